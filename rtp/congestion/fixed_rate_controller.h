#pragma once

#include <algorithm>

#include "rtp/congestion/rate_controller.h"

namespace tincan::inline v0::rtp {

/// Sends at the start rate, whatever happens: for measuring, and for lines whose rate is one's own.
class FixedRateController final : public RateController {
 public:
  explicit FixedRateController(const RateLimits& limits) : limits_(limits) {}

  void onSent(const SentPacket&) override {}
  void onFeedback(const FeedbackReport& report) override {
    if (report.roundTrip > Duration::zero()) roundTrip_ = report.roundTrip;
  }
  void onRoundTripTime(TimePoint, Duration roundTrip) override { roundTrip_ = roundTrip; }
  void onLossReport(TimePoint, double fractionLost) override { lossRate_ = std::clamp(fractionLost, 0.0, 1.0); }
  void onRemb(TimePoint, uint64_t) override {}
  void onRouteChange(TimePoint) override { roundTrip_ = Duration::zero(); }
  void setLimits(TimePoint, const RateLimits& limits, uint64_t) override { limits_ = limits; }
  void handleTimeout(TimePoint) override {}
  TimePoint nextTimeout() const override { return TimePoint::never(); }
  bool pollProbe(ProbeCluster&) override { return false; }

  RateTarget target() const override {
    RateTarget out;
    out.estimate = out.bitrate = std::min(std::max(limits_.start, limits_.least), limits_.most);
    // Without anything to learn from it may send a picture at once: 2.5 times, as before an estimate.
    out.pacingRate = out.bitrate * 5 / 2;
    out.roundTrip = roundTrip_;
    out.lossRate = lossRate_;
    return out;
  }

 private:
  RateLimits limits_;
  Duration roundTrip_;
  double lossRate_ = 0;
};

}  // namespace tincan::inline v0::rtp
