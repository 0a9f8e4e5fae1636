#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"

// Planes of a library's picture, whose rows have a stride, into those of a VideoFrame, whose rows have none.
namespace tincan::inline v0::media {

inline void copyPlane(const uint8_t* from, std::ptrdiff_t stride, MutableByteView to, int width, int height) {
  uint8_t* row = to.data();
  for (int y = 0; y < height; ++y, from += stride, row += width) std::memcpy(row, from, static_cast<size_t>(width));
}

/// Of 16-bit samples, in the machine's order, of which `shift` bits too many. `stride` counts bytes.
inline void copyDeepPlane(const uint8_t* from, std::ptrdiff_t stride, unsigned shift, MutableByteView to, int width,
                          int height) {
  uint8_t* row = to.data();
  for (int y = 0; y < height; ++y, from += stride, row += width)
    for (int x = 0; x < width; ++x) {
      uint16_t sample = 0;
      std::memcpy(&sample, from + 2 * x, sizeof sample);
      row[x] = static_cast<uint8_t>(sample >> shift);
    }
}

}  // namespace tincan::inline v0::media
