#pragma once

#include "base/bytes.h"

namespace tincan::inline v0::media {

/// What a decoder would have to make room for before it reads on. `bytes` may be a superframe (VP9 bitstream
/// specification, annex B), where a small picture in front can hide a large one; and frames between key frames may state
/// a size too (§7.2.5).
struct Vp9FrameSize {
  int largestSide = 0;    ///< in pixels, of any frame that states its size; 0 where none does
  bool hasIndex = false;  ///< without one nothing tells where a second frame would begin

  static Vp9FrameSize read(ByteView bytes);
};

/// Appends an index that makes all of `bytes` one frame: whatever lies behind it is then not taken for another.
void appendVp9Index(Bytes& bytes);

}  // namespace tincan::inline v0::media
