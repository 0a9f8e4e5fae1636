#pragma once

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// What the line is doing, by the trend of its delay against a threshold that adapts (draft-ietf-rmcat-gcc-02 §5.2,
/// §5.4): beside a TCP that fills each queue, a fixed one would starve us.
class OveruseDetector {
 public:
  enum class State : char { kNormal, kUnderuse, kOveruse };

  // libwebrtc's, in milliseconds.
  static constexpr double kFirstThreshold = 12.5, kLeastThreshold = 6, kMostThreshold = 600;
  static constexpr double kUp = 0.0087, kDown = 0.039;  // of the difference, a millisecond
  static constexpr double kOutlier = 15;                // beyond the threshold: it does not adapt to a spike
  static constexpr Duration kLongestStep = Duration::millis(100);
  static constexpr Duration kOveruseTime = Duration::millis(10);  // above for so long, and twice

  State update(double trend, Duration sentDelta, TimePoint at);
  State state() const { return state_; }
  double threshold() const { return threshold_; }
  void reset() { *this = {}; }

 private:
  void adapt(double trend, TimePoint at);

  State state_ = State::kNormal;
  double threshold_ = kFirstThreshold;
  double previous_ = 0;
  Duration above_ = Duration::micros(-1);  // how long the trend has been above; negative: it is not
  int times_ = 0;
  TimePoint adapted_ = TimePoint::never();
};

}  // namespace tincan::inline v0::rtp
