#pragma once

#include <cstdint>

namespace tincan::inline v0 {

/// The two bits of a packet's IP header that a router marks instead of dropping it (RFC 3168 §5).
enum class Ecn : uint8_t { kNotCapable = 0, kCapable1 = 1, kCapable0 = 2, kCongested = 3 };

}  // namespace tincan::inline v0
