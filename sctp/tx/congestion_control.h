#pragma once

#include <cstdint>

namespace tincan::inline v0::sctp {

/// Which algorithm decides how much may be on its way.
enum class CongestionControl : uint8_t {
  kReno,   ///< RFC 9260 §7.2, to the letter
  kCubic,  ///< RFC 9438 with HyStart++ (RFC 9406): the default
  kBbr,    ///< draft-ietf-ccwg-bbr; experimental
};

}  // namespace tincan::inline v0::sctp
