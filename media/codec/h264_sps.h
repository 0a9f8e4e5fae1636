#pragma once

#include <optional>

#include "base/bytes.h"

namespace tincan::inline v0::media {

/// What an H.264 sequence parameter set says of the pictures that follow it.
struct H264Sps {
  int codedWidth = 0;  ///< in whole macroblocks: what a decoder makes room for
  int codedHeight = 0;
  int width = 0;  ///< what is shown
  int height = 0;

  /// `unit` is the NAL unit with its header. Nothing where it ends too early or says what cannot be.
  static std::optional<H264Sps> parse(ByteView unit);
};

}  // namespace tincan::inline v0::media
