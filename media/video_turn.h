#pragma once

#include "media/video_frame.h"

namespace tincan::inline v0::media {

/// The picture after that many quarter turns clockwise, then mirrored left to right if asked. Its times stay.
VideoFrame turned(const VideoFrame& picture, int quarterTurns, bool mirrored);

}  // namespace tincan::inline v0::media
