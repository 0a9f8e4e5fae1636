#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0 {

/// The reverse of BitReader: into a buffer whose bytes it clears as it comes to them. What does not fit is not written,
/// and `ok()` says so.
class BitWriter {
 public:
  explicit BitWriter(MutableByteView out) : out_(out) {}

  /// The `count` low bits of `value`, at most 32.
  void bits(uint32_t value, unsigned count) {
    while (count > 0) bit(value >> --count & 1u);
  }
  void flag(bool value) { bit(value ? 1 : 0); }
  /// ns(n) of AV1 §4.10.7, as BitReader::nonSymmetric reads it. `value` below `values`.
  void nonSymmetric(uint32_t value, uint32_t values) {
    const auto width = static_cast<unsigned>(std::bit_width(values));
    const uint32_t shorter = (uint32_t{1} << width) - values;
    if (value < shorter) return bits(value, width - 1);
    bits(value + shorter, width);
  }
  size_t bytes() const { return (at_ + 7) / 8; }  ///< begun, the last one padded with zeros
  bool ok() const { return at_ <= out_.size() * 8; }

 private:
  void bit(uint32_t value) {
    const size_t at = at_++;
    if (at / 8 >= out_.size()) return;
    if (at % 8 == 0) out_[at / 8] = 0;
    out_[at / 8] |= static_cast<uint8_t>(value << (7 - at % 8));
  }

  MutableByteView out_;
  size_t at_ = 0;
};

}  // namespace tincan::inline v0
