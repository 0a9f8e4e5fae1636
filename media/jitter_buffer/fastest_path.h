#pragma once

#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::media {

/// When a timestamp arrives by the fastest path: a minimum over the last 5 to 10 s of how long after their timestamps
/// packets came, so that it follows a drifting clock and a changed route. Integer arithmetic only.
class FastestPath {
 public:
  explicit FastestPath(uint32_t clockRate) : clockRate_(clockRate) {}

  /// `timestamp` unwrapped. False when it came by another clock than the one before it, and all begins anew.
  bool arrived(TimePoint now, int64_t timestamp);
  /// Of use once something has arrived.
  TimePoint arrival(int64_t timestamp) const { return TimePoint::fromMicros(toMicros(timestamp) + fastest()); }
  /// From a timestamp to a time, in µs: to be compared with others of this stream.
  int64_t transit(TimePoint at, int64_t timestamp) const { return at.micros() - toMicros(timestamp); }
  int64_t toMicros(int64_t timestamp) const;
  /// The shortest transit, in µs.
  int64_t fastest() const { return windowMin_ < previousMin_ ? windowMin_ : previousMin_; }
  bool started() const { return started_; }
  void reset() { started_ = false; }
  /// The path or the sender's clock is another one since this arrival.
  void rebase(TimePoint now, int64_t timestamp);

 private:
  uint32_t clockRate_;
  bool started_ = false;
  int64_t lastTransit_ = 0;
  TimePoint windowStart_;
  int64_t windowMin_ = 0;
  int64_t previousMin_ = 0;
};

}  // namespace tincan::inline v0::media
