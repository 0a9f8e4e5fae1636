#pragma once

#include <cstdint>

#include "session/fec_types.h"
#include "session/inbound_stream.h"
#include "session/outbound_stream.h"
#include "stack/configuration.h"
#include "stack/negotiated_section.h"
#include "stack/stats.h"

/// What a negotiated section says of RED, ULPFEC and FlexFEC, in the session's words.
namespace tincan::inline v0::stack {

/// Of FlexFEC: drawn with the stream's own two, and as random as they are.
constexpr uint32_t flexfecSsrc(uint32_t ssrc, uint32_t rtxSsrc) {
  return ssrc ^ (rtxSsrc << 16 | rtxSsrc >> 16);
}

session::FecTypes fecTypes(const NegotiatedSection& section);
/// Fills in what `stream`, which sends `sending` in this section, may be protected by: FlexFEC rather than ULPFEC.
void protect(session::OutboundStream::Config& stream, const NegotiatedSection& section, const CodecSpec& sending,
             const FecSettings& settings);
void addFecStats(const session::InboundStream& stream, RTCInboundRtpStreamStats& out);

}  // namespace tincan::inline v0::stack
