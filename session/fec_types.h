#pragma once

#include <optional>

#include "base/strong_id.h"
#include "rtp/repair/fec_packet.h"

namespace tincan::inline v0::session {

/// The payload types of parity and redundancy that a section has agreed on.
struct FecTypes {
  std::optional<PayloadType> red{};        ///< around media and ULPFEC (RFC 5109 §14.1, RFC 2198)
  std::optional<PayloadType> ulpfec{};     ///< within RED
  std::optional<PayloadType> flexfec{};    ///< a stream of its own (flexfec-03)
  std::optional<PayloadType> redundant{};  ///< sound in RED, with what was sent before (RFC 2198)
  bool operator==(const FecTypes&) const = default;
};

/// By what one of our streams is protected.
struct FecSending {
  rtp::FecScheme scheme = rtp::FecScheme::kUlpfec;
  PayloadType type;                     ///< of parity
  PayloadType red{};                    ///< ULPFEC: around media and parity
  std::optional<PayloadType> redRtx{};  ///< of repairs of what is in RED; none: they are of the media in it
  Ssrc ssrc{};                          ///< FlexFEC: of parity. Nothing reports on it, and so it gives way to nobody
};

}  // namespace tincan::inline v0::session
