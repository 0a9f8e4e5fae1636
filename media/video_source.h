#pragma once

#include "base/time.h"
#include "media/video_frame.h"

namespace tincan::inline v0::media {

/// Where pictures come from. Pulled in virtual time: the same calls give the same pictures.
class VideoSource {
 public:
  virtual ~VideoSource() = default;
  /// When the next picture is there; TimePoint() (at once) before the first, never() when there is none to come.
  virtual TimePoint nextFrameTime() const = 0;
  /// Fills `out` and says true when a picture is due at `now`; the first call starts the source. A caller that comes
  /// late gets the latest picture: those it missed are gone, as with a camera.
  virtual bool capture(TimePoint now, VideoFrame& out) = 0;
};

}  // namespace tincan::inline v0::media
