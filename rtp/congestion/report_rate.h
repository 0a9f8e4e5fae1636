#pragma once

#include <algorithm>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// The rate of a path whose far end reports no packets, by the fraction lost in RTCP's reports
/// (draft-ietf-rmcat-gcc-02 §6): above 10 % it falls by half of that fraction, below 2 % it grows by 8 % a second. It falls
/// again no sooner than the far end can have seen the fall before, as libwebrtc: reports of single frames would halve it
/// several times for one burst.
class ReportRate {
 public:
  static constexpr double kFallAbove = 0.1, kGrowBelow = 0.02, kGrowth = 0.08;

  void setRate(double bitsPerSecond) { rate_ = bitsPerSecond; }
  static constexpr Duration kFallEvery = Duration::millis(300);  ///< and a round trip

  void onReport(TimePoint now, double lost, double most, Duration roundTrip) {
    const double seconds = std::clamp((now - at_).toSeconds(), 0.0, 1.0);
    at_ = now;
    if (lost > kFallAbove) {
      if (!fellAt_.isNever() && now - fellAt_ < kFallEvery + roundTrip) return;
      fellAt_ = now;
      rate_ *= 1 - lost / 2;
    } else if (lost < kGrowBelow) {
      rate_ = std::min(rate_ * (1 + kGrowth * seconds) + 1000 * seconds, most);
    }
  }
  double rate() const { return rate_; }

 private:
  double rate_ = 0;
  TimePoint at_, fellAt_ = TimePoint::never();
};

}  // namespace tincan::inline v0::rtp
