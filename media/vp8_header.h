#pragma once

#include <optional>

#include "base/bytes.h"

namespace tincan::media {

/// What a VP8 frame says of itself before any entropy coding.
struct Vp8Header {
  bool keyFrame = false;
  int width = 0;  ///< key frames only
  int height = 0;

  /// Nothing when the bytes start no VP8 frame.
  static std::optional<Vp8Header> parse(ByteView frame);
};

}  // namespace tincan::media
