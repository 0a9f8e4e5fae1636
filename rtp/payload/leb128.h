#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0::rtp {

/// The variable-length number of AV1 (AV1 bitstream specification §4.10.5): seven bits a byte, the lowest first, the
/// top bit says that more follow.
constexpr size_t leb128Size(uint64_t value) {
  size_t size = 1;
  while (value >>= 7) ++size;
  return size;
}

inline void writeLeb128(uint8_t* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<uint8_t>(value | 0x80);
  *out = static_cast<uint8_t>(value);
}

/// Gives how many bytes it took; 0 when `bytes` ends inside it, or it is longer than 8 bytes or larger than 32 bits
/// (§4.10.5 forbids both).
inline size_t readLeb128(ByteView bytes, uint32_t& value) {
  uint64_t sum = 0;
  for (size_t i = 0; i < 8 && i < bytes.size(); ++i) {
    sum |= uint64_t{bytes[i] & 0x7fu} << (7 * i);
    if ((bytes[i] & 0x80) != 0) continue;
    value = static_cast<uint32_t>(sum);
    return sum <= UINT32_MAX ? i + 1 : 0;
  }
  return 0;
}

}  // namespace tincan::inline v0::rtp
