#include "stack/media_section.h"

#include <algorithm>
#include <string_view>

#include "stack/section_fec.h"

namespace tincan::inline v0::stack {

rtp::ExtensionMap extensionMap(const NegotiatedSection& section) {
  rtp::ExtensionMap map;
  map.allowMixed = section.extmapAllowMixed;
  for (const ExtensionSpec& extension : section.extensions) {
    if (auto kind = rtp::extensionKind(extension.uri)) map.add(*kind, extension.id);
  }
  return map;
}

// Who takes PLI is asked by that, as in libwebrtc; who takes FIR alone by that: some room systems of video conferences. Who names
// neither is asked by PLI: many who do not say so take it, and others ignore it.
session::KeyFrameRequest keyFrameRequest(const NegotiatedSection& section) {
  const auto has = [&](std::string_view feedback) {
    return std::any_of(section.codecs.begin(), section.codecs.end(),
                       [&](const CodecSpec& codec) { return codec.hasFeedback(feedback); });
  };
  return has("ccm fir") && !has("nack pli") ? session::KeyFrameRequest::kFir : session::KeyFrameRequest::kPli;
}

// What is missing of pictures is asked for; the jitter buffer, which knows frames, sorts what comes of it.
session::Section toSession(const NegotiatedSection& section) {
  session::Section out;
  out.mid = section.mid;
  out.receive = section.receive;
  out.extensions = extensionMap(section);
  out.passOld = true;
  for (const CodecSpec& codec : section.codecs) {
    session::Format& format = out.formats.emplace_back();
    format.type = PayloadType(codec.payloadType);
    format.clockRate = codec.clockRate;
    if (codec.rtxPayloadType) format.rtxType = PayloadType(*codec.rtxPayloadType);
    out.transportFeedback |= codec.hasFeedback("transport-cc");
    out.congestionFeedback |= codec.hasFeedback(kCongestionFeedback);
    out.remb |= codec.hasFeedback("goog-remb");
    out.nack |= codec.hasFeedback("nack");
  }
  out.keyFrames = keyFrameRequest(section);
  out.remoteRids = section.receiveRids;
  out.fec = fecTypes(section);
  for (const uint32_t ssrc : section.remoteSsrcs) out.remoteSsrcs.push_back(Ssrc(ssrc));
  for (const RtxPair& pair : section.remoteRtx) out.remoteRtx.push_back({Ssrc(pair.ssrc), Ssrc(pair.rtxSsrc)});
  return out;
}

}  // namespace tincan::inline v0::stack
