#pragma once

#include "base/result.h"
#include "media/video_frame.h"

namespace tincan::inline v0::media {

/// Pictures of another size, by libyuv: each pixel the mean of those that it stands for, or between its neighbours.
class VideoScaler {
 public:
  /// The whole picture, stretched to fit; capture time and timestamp stay. kRangeError for sizes that are none,
  /// kUnsupported where tincan was built without libyuv and the size is another.
  Result<VideoFrame> scale(const VideoFrame& picture, int width, int height) const;
};

}  // namespace tincan::inline v0::media
