#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "media/audio_frame.h"
#include "media/video_frame.h"

namespace tincan::inline v0::media {

/// How many pictures came within the second before now. Rates above kMost are told as kMost.
class FrameRateMeter {
 public:
  static constexpr size_t kMost = 128;

  void note(TimePoint at) {
    times_[next_++ % kMost] = at;
    last_ = at;
  }
  double rate() const { return rate(last_); }
  double rate(TimePoint now) const;
  uint64_t count() const { return next_; }

 private:
  std::array<TimePoint, kMost> times_{};
  uint64_t next_ = 0;
  TimePoint last_;
};

/// Sound as webrtc-stats measures it: each sample's level, squared, times its duration.
class SoundMeter {
 public:
  void note(const AudioFrame& frame);
  double level() const { return level_; }        ///< of the last frame, 0 to 1
  double energy() const { return energy_; }      ///< summed
  double duration() const { return duration_; }  ///< seconds

 private:
  double level_ = 0, energy_ = 0, duration_ = 0;
};

/// What a source has given: webrtc-stats' RTCVideoSourceStats and RTCAudioSourceStats.
struct SourceStatistics {
  int width = 0, height = 0;  ///< of the last picture
  FrameRateMeter pictures;
  SoundMeter sound;

  void note(TimePoint now, const VideoFrame& picture) {
    width = picture.width;
    height = picture.height;
    pictures.note(now);
  }
};

}  // namespace tincan::inline v0::media
