#include <string>

#include "media/codec/payload_types.h"
#include "rtp/extensions.h"
#include "stack/jsep/codec_format.h"
#include "stack/jsep/negotiate.h"
#include "stack/jsep/payload_type_table.h"

namespace tincan::inline v0::stack {
namespace {

// Chromium's ids, so that a two-way call needs no second numbering.
const ExtensionSpec kMid{4, "urn:ietf:params:rtp-hdrext:sdes:mid"};  // RFC 9143 §15.2
const ExtensionSpec kAbsSendTime{2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"};
const ExtensionSpec kPlayoutDelay{5, "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"};
const ExtensionSpec kAudioLevel{1, "urn:ietf:params:rtp-hdrext:ssrc-audio-level"};  // RFC 6464 §5
const ExtensionSpec kCsrcAudioLevel{8, "urn:ietf:params:rtp-hdrext:csrc-audio-level",
                                    Direction::kRecvOnly};               // RFC 6465 §4: of mixers
const ExtensionSpec kVideoOrientation{9, "urn:3gpp:video-orientation"};  // 3GPP TS 26.114 §7.4.5
const ExtensionSpec kTransportSequence{3, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"};
// RFC 8852 §4, for encodings of one section.
const ExtensionSpec kRid{10, "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"};
const ExtensionSpec kRepairedRid{11, "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"};
const ExtensionSpec kAbsCaptureTime{6, std::string(rtp::uri(rtp::ExtensionKind::kAbsCaptureTime))};
// What forwarders choose layers by.
const ExtensionSpec kDependencies{
    12, "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"};
const ExtensionSpec kLayersAllocation{13, "http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00"};

}  // namespace

CodecSpec specOf(const media::CodecFormat& format) {
  const auto types = media::usualPayloadTypes(format);
  CodecSpec codec{format.name, types.media, format.clockRate, format.channels, format.parameters, {}, types.rtx};
  if (format.is("red") || format.is("ulpfec")) {
    // Of the media in it: none of its own, as browsers have it.
  } else if (format.is("flexfec-03")) {
    codec.feedback = {"goog-remb", "transport-cc", std::string(kCongestionFeedback)};
  } else if (format.kind == media::CodecKind::kVideo) {
    codec.feedback = {"goog-remb", "transport-cc", "ccm fir", "nack", "nack pli", std::string(kCongestionFeedback)};
  } else {
    codec.feedback = {"transport-cc", std::string(kCongestionFeedback)};
  }
  return codec;
}

MediaCapabilities capabilities(MediaKind kind, const media::CodecFactory& factory) {
  if (kind == MediaKind::kApplication) return {};
  MediaCapabilities out;
  PayloadTypeTable numbers;
  for (const media::SupportedFormat& supported : factory.formats(codecKindOf(kind))) {
    CodecSpec codec = specOf(supported.format);
    if (numbers.number(kind, codec)) out.codecs.push_back(std::move(codec));
  }
  if (kind == MediaKind::kAudio) linkRedundancy(out.codecs);
  if (!out.codecs.empty()) out.extensions = defaultExtensions(kind);
  return out;
}

MediaCapabilities defaultCapabilities(MediaKind kind) {
  return capabilities(kind, media::builtInCodecs());
}

std::vector<ExtensionSpec> defaultExtensions(MediaKind kind) {
  switch (kind) {
    case MediaKind::kAudio:
      return {kAudioLevel, kAbsSendTime, kTransportSequence, kMid, kCsrcAudioLevel, kAbsCaptureTime};
    case MediaKind::kVideo:
      return {kAbsSendTime, kTransportSequence, kVideoOrientation, kMid,           kPlayoutDelay, kRid,
              kRepairedRid, kDependencies,      kLayersAllocation, kAbsCaptureTime};
    case MediaKind::kApplication: break;
  }
  return {};
}

// As Chromium, which lists it as stopped, and answers it.
bool isOfferedUnasked(std::string_view uri) {
  return uri != kAbsCaptureTime.uri;
}

}  // namespace tincan::inline v0::stack
