#pragma once

#include <array>

#include "fuzz/require.h"
#include "rtp/video_layers_allocation.h"

namespace tincan::inline v0::fuzz {

/// What is read is written, and must read the same.
inline void fuzzRtpLayersAllocation(ByteView input) {
  const auto read = rtp::VideoLayersAllocation::read(input);
  if (!read) return;
  std::array<uint8_t, 512> out;  // 16 layers of 4 rates of 5 bytes, and 5 bytes of size each
  const size_t size = read->write(out);
  require(size > 0);
  require(rtp::VideoLayersAllocation::read(ByteView(out).first(size)) == read);
}

}  // namespace tincan::inline v0::fuzz
