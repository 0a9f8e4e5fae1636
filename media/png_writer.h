#pragma once

#include <string>

#include "base/result.h"
#include "media/video_frame.h"

namespace tincan::inline v0::media {

/// Writes a picture as an 8-bit RGB PNG. kIo says why it could not.
Result<void> writePng(const std::string& path, const VideoFrame& frame);

}  // namespace tincan::inline v0::media
