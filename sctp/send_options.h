#pragma once

#include <cstdint>
#include <optional>

namespace tincan::inline v0::sctp {

/// How a message travels (RFC 3758, RFC 7496).
struct SendOptions {
  bool ordered = true;
  std::optional<uint16_t> maxRetransmits{};
  std::optional<uint16_t> maxLifetimeMillis{};
  bool acknowledgeAtOnce = false;  ///< RFC 7053: we wait for it
};

}  // namespace tincan::inline v0::sctp
