#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tincan::inline v0::media {

/// Says which frame of a steady `numerator/denominator` frames a second is due, counted from the first time asked.
/// Frame n is due at start + n × denominator / numerator seconds, without drift.
class FrameClock {
 public:
  FrameClock(int64_t numerator, int64_t denominator) : numerator_(numerator), denominator_(denominator) {}

  TimePoint next() const { return start_ ? at(next_) : TimePoint(); }
  /// The latest frame due at `now`, or none; frames between it and the one taken before are skipped.
  std::optional<int64_t> takeLatest(TimePoint now);
  /// The next frame due, one after the other, or none. More than `patience` late, it goes on with the latest.
  std::optional<int64_t> takeNext(TimePoint now, Duration patience);

  TimePoint at(int64_t frame) const { return start_.value_or(TimePoint()) + Duration::micros(scale(frame, 1'000'000)); }
  /// The time of a frame in ticks of a clock of `rate` Hz.
  int64_t ticks(int64_t frame, int64_t rate) const { return scale(frame, rate); }

 private:
  int64_t scale(int64_t frame, int64_t rate) const { return frame * denominator_ * rate / numerator_; }
  int64_t latest(TimePoint now) const;

  int64_t numerator_;
  int64_t denominator_;
  std::optional<TimePoint> start_;
  int64_t next_ = 0;
};

}  // namespace tincan::inline v0::media
