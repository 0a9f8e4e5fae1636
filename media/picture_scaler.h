#pragma once

#include "media/video_frame.h"

namespace tincan::media {

/// Makes `out` the picture at another size, at most the original's: each pixel is the mean of those that it covers.
/// `out` keeps its memory. Sizes are made even, and 2 at least.
void scaleDown(const VideoFrame& picture, int width, int height, VideoFrame& out);

/// The size of a picture whose sides are divided by `factor` (at least 1): whole numbers, even, 2 at least.
int scaledSide(int side, double factor);

}  // namespace tincan::media
