#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace tincan::inline v0::net {

/// As much of a STUN message (RFC 8489 §5) as it takes to tell whose it is: nothing is verified, the endpoint does
/// that.
struct StunPeek {
  enum class Class : uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

  Class messageClass = Class::kRequest;
  uint16_t method = 0;
  std::array<uint8_t, 12> transactionId{};
  /// What stands before the colon in USERNAME: the receiver's ufrag in a check (RFC 8445 §7.2.2). Points into the
  /// packet.
  std::string_view ufrag;

  /// Nothing for what is no STUN (RFC 7983 §7).
  static std::optional<StunPeek> read(ByteView packet);
};

}  // namespace tincan::inline v0::net
