#pragma once

#include "base/time.h"
#include "media/audio_frame.h"

namespace tincan::inline v0::media {

/// Where sound comes from: 48 kHz frames of 20 ms, pulled in virtual time.
class AudioSource {
 public:
  virtual ~AudioSource() = default;
  /// When the next frame is there; TimePoint() (at once) before the first.
  virtual TimePoint nextFrameTime() const = 0;
  /// Fills `out` and says true when a frame is due at `now`; the first call starts the source. Sound has no gaps: a
  /// caller that comes late calls again until false. Only after more than a second of absence is the rest skipped.
  virtual bool capture(TimePoint now, AudioFrame& out) = 0;
};

}  // namespace tincan::inline v0::media
