#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0 {

/// Bits of a frame's header, the highest first. What lies past the end reads as 0, and `ok()` says so.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  /// `count` at most 32.
  uint32_t bits(unsigned count) {
    uint32_t value = 0;
    for (unsigned i = 0; i < count; ++i) value = value << 1 | bit();
    return value;
  }
  bool flag() { return bit() != 0; }
  void skip(size_t count) { at_ += count; }
  /// ns(n) of AV1 §4.10.7: one of `values` values, the small ones in a bit less. `values` at least 1.
  uint32_t nonSymmetric(uint32_t values) {
    const auto width = static_cast<unsigned>(std::bit_width(values));
    const uint32_t shorter = (uint32_t{1} << width) - values;
    const uint32_t value = bits(width - 1);
    return value < shorter ? value : (value << 1) - shorter + bit();
  }
  /// ue(v) of H.264 §9.1: so many zeros, a one, so many bits. Past 32 zeros it has failed.
  uint32_t exponentialGolomb() {
    unsigned zeros = 0;
    while (ok() && bit() == 0) ++zeros;
    if (zeros > 31) at_ = bytes_.size() * 8 + 1;
    return ok() ? (uint32_t{1} << zeros) - 1 + bits(zeros) : 0;
  }
  size_t position() const { return at_; }  ///< bits read
  bool ok() const { return at_ <= bytes_.size() * 8; }

 private:
  uint32_t bit() {
    const size_t at = at_++;
    return at / 8 < bytes_.size() ? bytes_[at / 8] >> (7 - at % 8) & 1u : 0;
  }

  ByteView bytes_;
  size_t at_ = 0;
};

}  // namespace tincan::inline v0
