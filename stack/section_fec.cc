#include "stack/section_fec.h"

#include <algorithm>
#include <optional>

#include "media/codec/codec_format.h"
#include "sdp/text.h"
#include "stack/jsep/codec_format.h"

namespace tincan::inline v0::stack {
namespace {

const CodecSpec* find(const NegotiatedSection& section, std::string_view name) {
  const auto found = std::find_if(section.codecs.begin(), section.codecs.end(),
                                  [&](const CodecSpec& codec) { return sdp::equalsIgnoringCase(codec.name, name); });
  return found == section.codecs.end() ? nullptr : &*found;
}

std::optional<PayloadType> typeOf(const CodecSpec* codec) {
  return codec ? std::optional(PayloadType(codec->payloadType)) : std::nullopt;
}

bool isSound(const NegotiatedSection& section) {
  return section.transceiver->kind() == MediaKind::kAudio;
}

// RFC 2198, of the codec that is sent: RED has its clock and its channels. Listed in front of it, it is always used, as
// Chromium does.
void repeatSound(session::OutboundStream::Config& stream, const NegotiatedSection& section, const CodecSpec& sending,
                 FecSettings::Audio how) {
  const CodecSpec* red = find(section, "red");
  if (!red || how == FecSettings::Audio::kNone) return;
  if (red->clockRate != sending.clockRate || red->channels != sending.channels) return;
  const bool first = red == section.codecs.data();
  stream.red = {PayloadType(red->payloadType), stream.payloadType, first || how == FecSettings::Audio::kAlways};
}

}  // namespace

session::FecTypes fecTypes(const NegotiatedSection& section) {
  session::FecTypes out;
  if (isSound(section)) {
    out.redundant = typeOf(find(section, "red"));
    return out;
  }
  out.red = typeOf(find(section, "red"));
  out.ulpfec = typeOf(find(section, "ulpfec"));
  out.flexfec = typeOf(find(section, "flexfec-03"));
  return out;
}

void protect(session::OutboundStream::Config& stream, const NegotiatedSection& section, const CodecSpec& sending,
             const FecSettings& settings) {
  if (isSound(section)) return repeatSound(stream, section, sending, settings.audio);
  if (settings.video == FecSettings::Video::kNone) return;
  const session::FecTypes types = fecTypes(section);
  session::FecSending fec;
  // Of several encodings no SSRC is told, and so none of their parity could be: they have ULPFEC, which is in their own
  // numbering. libwebrtc does the same.
  if (types.flexfec && stream.rid.empty()) {
    fec.scheme = rtp::FecScheme::kFlexfec03;
    fec.type = *types.flexfec;
    fec.ssrc = Ssrc(flexfecSsrc(stream.ssrc.value(), stream.rtxSsrc.value()));
    stream.fec = fec;
    return;
  }
  if (!types.red || !types.ulpfec || !media::hasPictureNumbers(formatOf(MediaKind::kVideo, sending))) return;
  fec.type = *types.ulpfec;
  fec.red = *types.red;
  if (const auto rtx = find(section, "red")->rtxPayloadType) fec.redRtx = PayloadType(*rtx);
  stream.fec = fec;
}

// webrtc-stats, fecPacketsReceived: packets of parity; of sound, what RED repeats.
void addFecStats(const session::InboundStream& stream, RTCInboundRtpStreamStats& out) {
  if (const auto* fec = stream.fec()) {
    const auto stats = fec->stats();
    out.fecPacketsReceived = stats.packets;
    out.fecBytesReceived = stats.bytes;
    out.fecPacketsDiscarded = stats.discarded;
  }
  if (const auto* red = stream.red()) {
    out.fecPacketsReceived = red->stats().blocks;
    out.fecBytesReceived = red->stats().bytes;
    out.fecPacketsDiscarded = red->stats().discarded;
  }
}

}  // namespace tincan::inline v0::stack
