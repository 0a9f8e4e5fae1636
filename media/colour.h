#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "media/video_frame.h"

namespace tincan::inline v0::media {

struct Rgb {
  uint8_t r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

struct Yuv {
  uint8_t y = 16, u = 128, v = 128;
  bool operator==(const Yuv&) const = default;
};

// BT.601, limited range (Y 16..235, U and V 16..240): what browsers assume of VP8 that says nothing else.
Yuv toYuv(Rgb colour);
Rgb toRgb(Yuv colour);

/// Three bytes a pixel, rows from the top. Colour is interpolated between its samples, as browsers do.
Bytes toRgb24(const VideoFrame& frame);
/// kRangeError unless there are 3 × width × height bytes, and both sides are within VideoFrame::kMaxSide.
Result<VideoFrame> fromRgb24(ByteView rgb, int width, int height);

}  // namespace tincan::inline v0::media
