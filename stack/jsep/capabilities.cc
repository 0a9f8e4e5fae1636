#include "stack/jsep/negotiate.h"

namespace tincan::stack {
namespace {

// Chromium's ids, so that a two-way call needs no second numbering.
const ExtensionSpec kMid{4, "urn:ietf:params:rtp-hdrext:sdes:mid"};  // RFC 9143 §15.2
const ExtensionSpec kAbsSendTime{2, "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"};
const ExtensionSpec kTransportSequence{3, "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"};

CodecSpec opus() {
  CodecSpec codec{"opus", 111, 48'000, 2, {}, {}, {}};  // RFC 7587 §7: always 48000/2
  codec.parameters = {{"minptime", "10"}, {"useinbandfec", "1"}};
  codec.feedback = {"transport-cc"};
  return codec;
}

CodecSpec vp8() {
  CodecSpec codec{"VP8", 96, 90'000, 1, {}, {}, 97};  // RFC 7741 §6
  codec.feedback = {"goog-remb", "transport-cc", "ccm fir", "nack", "nack pli"};
  return codec;
}

}  // namespace

MediaCapabilities defaultCapabilities(MediaKind kind) {
#ifdef TINCAN_WITHOUT_CODECS  // nothing is promised that media/ cannot do
  return {};
#endif
  switch (kind) {
    case MediaKind::kAudio: return {{opus()}, {kAbsSendTime, kTransportSequence, kMid}};
    case MediaKind::kVideo: return {{vp8()}, {kAbsSendTime, kTransportSequence, kMid}};
    case MediaKind::kApplication: return {};
  }
  return {};
}

}  // namespace tincan::stack
