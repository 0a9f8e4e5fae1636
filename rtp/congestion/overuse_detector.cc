#include "rtp/congestion/overuse_detector.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::rtp {

OveruseDetector::State OveruseDetector::update(double trend, Duration sentDelta, TimePoint at) {
  if (trend > threshold_) {
    // The first time it is not known since when: half of the step is the best guess.
    above_ = above_ < Duration::zero() ? sentDelta / 2 : above_ + sentDelta;
    ++times_;
    if (above_ > kOveruseTime && times_ > 1 && trend >= previous_) {
      above_ = Duration::zero();
      times_ = 0;
      state_ = State::kOveruse;
    }
  } else {
    above_ = Duration::micros(-1);
    times_ = 0;
    state_ = trend < -threshold_ ? State::kUnderuse : State::kNormal;
  }
  previous_ = trend;
  adapt(trend, at);
  return state_;
}

void OveruseDetector::adapt(double trend, TimePoint at) {
  if (adapted_.isNever()) adapted_ = at;
  const double size = std::fabs(trend);
  if (size <= threshold_ + kOutlier) {
    const double step = static_cast<double>(std::clamp(at - adapted_, Duration::zero(), kLongestStep).micros()) / 1000;
    const double gain = size < threshold_ ? kDown : kUp;
    threshold_ = std::clamp(threshold_ + gain * (size - threshold_) * step, kLeastThreshold, kMostThreshold);
  }
  adapted_ = at;
}

}  // namespace tincan::inline v0::rtp
