#pragma once

#include <cstdint>

#include "base/sequence.h"
#include "base/strong_id.h"

namespace tincan::inline v0::sctp {

/// A transmission sequence number as it is on the wire (RFC 9260 §3.3.1). Inside, TSNs are int64: those that only grow,
/// whose low 32 bits are the wire's.
using Tsn = StrongId<struct TsnTag, uint32_t>;

constexpr Tsn toTsn(int64_t unwrapped) {
  return Tsn(static_cast<uint32_t>(unwrapped));
}

/// The int64 that `tsn` means, by the shortest way from `near` (RFC 1982 §3.2).
constexpr int64_t unwrapTsn(Tsn tsn, int64_t near) {
  return near + static_cast<int32_t>(tsn.value() - static_cast<uint32_t>(near));
}

}  // namespace tincan::inline v0::sctp
