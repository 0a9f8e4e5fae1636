#pragma once

#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::apps {

/// The time of each frame of one track in a recording: as far apart as their RTP timestamps say, so that jitter of the
/// network is not in the file. It begins at the first frame's time of arrival, and does so again where the sender's
/// clock and ours have come apart (a pause, a timestamp that jumped).
class MediaClock {
 public:
  /// `rate` of the RTP timestamps, ticks a second.
  explicit MediaClock(int64_t rate) : rate_(rate) {}

  TimePoint timeOf(uint32_t rtpTimestamp, TimePoint arrived) {
    if (running_) {
      ticks_ += static_cast<int32_t>(rtpTimestamp - lastTimestamp_);
      const TimePoint time = anchor_ + Duration::micros(ticks_ * 1'000'000 / rate_);
      lastTimestamp_ = rtpTimestamp;
      if (time - arrived < kApart && arrived - time < kApart) return time;
    }
    running_ = true;
    anchor_ = arrived;
    lastTimestamp_ = rtpTimestamp;
    ticks_ = 0;
    return arrived;
  }

 private:
  // More than any jitter buffer holds back, less than a viewer forgives.
  static constexpr Duration kApart = Duration::millis(1000);

  const int64_t rate_;
  bool running_ = false;
  TimePoint anchor_;
  uint32_t lastTimestamp_ = 0;
  int64_t ticks_ = 0;  // since the anchor
};

}  // namespace tincan::inline v0::apps
