#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace tincan::inline v0::sctp {

/// Why an ERROR or an ABORT was sent (RFC 9260 §3.3.10). The form is a parameter's.
enum class CauseCode : uint16_t {
  kInvalidStream = 1,
  kMissingParameter = 2,
  kStaleCookie = 3,
  kOutOfResource = 4,
  kUnresolvableAddress = 5,
  kUnrecognizedChunk = 6,
  kInvalidParameter = 7,
  kUnrecognizedParameters = 8,
  kNoUserData = 9,
  kCookieWhileShuttingDown = 10,
  kRestartWithNewAddresses = 11,
  kUserAbort = 12,
  kProtocolViolation = 13,
};

/// The first cause of an ERROR's or an ABORT's body, or nothing. What follows it is more of the same.
std::optional<CauseCode> firstCause(ByteView body);
/// A body of one cause; `information` is cut where it is long.
Bytes writeCause(CauseCode code, ByteView information);

}  // namespace tincan::inline v0::sctp
