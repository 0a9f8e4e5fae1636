#pragma once

#include <cstdint>
#include <optional>

#include "rtp/congestion/aimd_rate.h"
#include "rtp/congestion/alr_detector.h"
#include "rtp/congestion/delay_estimator.h"
#include "rtp/congestion/loss_estimator.h"
#include "rtp/congestion/probe_controller.h"
#include "rtp/congestion/probe_estimator.h"
#include "rtp/congestion/rate_controller.h"
#include "rtp/congestion/report_rate.h"
#include "rtp/congestion/throughput_estimator.h"

namespace tincan::inline v0::rtp {

/// The default: as much as delay, losses and the far end's REMB allow, and probes for more (draft-ietf-rmcat-gcc-02, and
/// what libwebrtc has made of it).
///
///     FeedbackReport ─┬► ThroughputEstimator ─► what arrives ─┐
///                     ├► DelayEstimator ─► state, queue ──────┼► AimdRate ─────┐
///                     ├► LossEstimator ◄──────────────────────┴── its rate     ├► the least ─► target
///                     └► ProbeEstimator ─► measured ─► AimdRate, ProbeController │
///     onSent ─► AlrDetector ─► application-limited        REMB, limits ─────────┘
///
/// Without any feedback of packets, REMB and RTCP's loss reports decide (ReportRate).
class DelayLossController final : public RateController {
 public:
  /// libwebrtc: 2.5 times the rate until feedback has come, then 1.1 times.
  static constexpr double kFirstPacing = 2.5, kPacing = 1.1;
  /// What may be on its way: the round trip, and this. More of it means that feedback does not come, or a queue.
  static constexpr Duration kWindowSlack = Duration::millis(350);
  static constexpr Duration kRemembered = Duration::seconds(5);  // what the rate was before a drain
  static constexpr Duration kTick = Duration::millis(100);

  DelayLossController(TimePoint now, const RateLimits& limits);

  void onSent(const SentPacket& packet) override;
  void onFeedback(const FeedbackReport& report) override;
  void onRoundTripTime(TimePoint now, Duration roundTrip) override;
  void onLossReport(TimePoint now, double fractionLost) override;
  void onRemb(TimePoint now, uint64_t bitsPerSecond) override;
  void onRouteChange(TimePoint now) override;
  void setLimits(TimePoint now, const RateLimits& limits, uint64_t wanted) override;
  void handleTimeout(TimePoint now) override;
  TimePoint nextTimeout() const override { return tickAt_; }
  RateTarget target() const override;
  bool pollProbe(ProbeCluster& out) override;

  // For tests and for the curious.
  const AimdRate& delayRate() const { return aimd_; }
  const LossEstimator& losses() const { return losses_; }
  const DelayEstimator& delays() const { return delays_; }
  const ProbeController& probes() const { return probes_; }
  bool applicationLimited() const { return alr_.limited(); }
  std::optional<double> acknowledged() const { return throughput_.rate(); }

 private:
  void noteProbes(const FeedbackReport& report);
  void followDrain(TimePoint now, double before);
  void combine(TimePoint now);
  void pushBack(TimePoint now);
  double clamped(double rate) const;
  ProbeController::Line line(TimePoint now) const;

  RateLimits limits_;
  uint64_t wanted_ = 0;
  ThroughputEstimator throughput_;
  DelayEstimator delays_;
  AimdRate aimd_;
  LossEstimator losses_;
  AlrDetector alr_;
  ProbeEstimator probeResults_;
  std::optional<ProbeEstimator::Result> halfTold_;  // by the report before, which ended among the packets of a cluster
  ProbeController probes_;
  ReportRate reports_;
  double estimate_ = 0;
  double pushedBack_ = 1;  // share of the estimate that encoders may make
  bool feedbackSeen_ = false;
  Duration roundTrip_ = Duration::zero(), leastRoundTrip_ = Duration::zero();
  size_t inFlight_ = 0;
  TimePoint reportedAt_ = TimePoint::never(), silentSince_ = TimePoint::never();
  TimePoint tickAt_ = TimePoint::never();
  std::optional<uint64_t> remb_;
  bool draining_ = false;
  TimePoint drainedAt_;
  double beforeDrain_ = 0;
  TimePoint raisedAt_ = TimePoint::never();  // by a probe
  bool probeSaturated_ = false;
  double probed_ = 0;  // by the report at hand
};

}  // namespace tincan::inline v0::rtp
