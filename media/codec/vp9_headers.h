#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace tincan::inline v0::media {

/// What the uncompressed headers of a VP9 frame say before a decoder reads on. `bytes` may be a superframe (VP9 bitstream
/// specification, annex B), where a small picture in front can hide a large one; and frames between key frames may state
/// a size too (§7.2.5).
struct Vp9Headers {
  int largestSide = 0;    ///< in pixels, of any frame that states its size; 0 where none does
  bool hasIndex = false;  ///< without one nothing tells where a second frame would begin
  /// base_q_idx (§7.2.9), 0 to 255, of the last frame: of several spatial layers the highest. Absent where that is cut
  /// off, or shows a picture that is there already.
  std::optional<uint8_t> quantizer{};

  static Vp9Headers read(ByteView bytes);
};

/// Appends an index that makes all of `bytes` one frame: whatever lies behind it is then not taken for another.
void appendVp9Index(Bytes& bytes);

}  // namespace tincan::inline v0::media
