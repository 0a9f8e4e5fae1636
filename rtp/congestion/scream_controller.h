#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "rtp/congestion/queue_delay.h"
#include "rtp/congestion/rate_controller.h"

namespace tincan::inline v0::rtp {

/// A window that follows marks, losses and queueing delay (draft-johansson-ccwg-rfc8298bis-screamv2), for lines that mark
/// packets early (L4S, RFC 9331): it sends with ECT(1), answers CE in proportion, and stays a classic controller where
/// nothing is marked. Needs feedback that tells marks (RFC 8888).
///
///     kRamp ── the first mark, loss or queue ──► kSteady
///
///     each report: marked share ─► alpha ─► window × (1 − alpha / 2), once a round trip
///                  loss ─► window × 0.7;   queue beyond its target ─► less, by how much it is beyond
///                  none of these ─► window + a packet and 2 % a (virtual) round trip
///     rate = window / round trip
///
/// The queue's target is of the classic answer only: where marks come, they come first.
class ScreamController final : public RateController {
 public:
  // libwebrtc's defaults for SCReAMv2.
  static constexpr double kLeastWindow = 3000, kSegment = 1000;  // bytes
  static constexpr double kAlphaUp = 1.0 / 8, kAlphaDown = 1.0 / 128;
  static constexpr double kBetaLoss = 0.7;
  static constexpr double kGrowth = 0.02;
  static constexpr double kPostCongestionRounds = 100, kLeastGrowth = 0.1;
  /// An encoder takes a picture or two to follow: until then a queue says nothing new.
  static constexpr Duration kEncoderLag = Duration::millis(60);
  static constexpr Duration kVirtualRoundTrip = Duration::millis(25);
  static constexpr double kPacing = 1.1;
  /// draft-johansson-ccwg-rfc8298bis-screamv2: the classic target of queueing delay is 60 ms, and from half of it the
  /// window is made smaller.
  static constexpr Duration kQueueTarget = Duration::millis(60);
  static constexpr double kMostQueueCut = 0.3;  // of the window, a round trip
  /// The window is of what is used: an encoder that makes less than it may leaves it as it is.
  static constexpr double kMostUnused = 1.5, kUsedDecay = 0.9;  // of it; a round trip
  static constexpr double kRampFactor = 1.5;                    // a round trip, until there is a sign of the line
  static constexpr Duration kSilence = Duration::seconds(1);

  enum class State : uint8_t { kRamp, kSteady };

  ScreamController(TimePoint now, const RateLimits& limits);

  void onSent(const SentPacket& packet) override;
  void onFeedback(const FeedbackReport& report) override;
  void onRoundTripTime(TimePoint, Duration roundTrip) override;
  void onLossReport(TimePoint, double) override {}
  void onRemb(TimePoint, uint64_t bitsPerSecond) override { remb_ = bitsPerSecond; }
  void onRouteChange(TimePoint now) override;
  void setLimits(TimePoint now, const RateLimits& limits, uint64_t wanted) override;
  void handleTimeout(TimePoint now) override;
  TimePoint nextTimeout() const override { return silentAt_; }
  RateTarget target() const override;
  bool pollProbe(ProbeCluster&) override { return false; }
  bool wantsEct1() const override { return true; }

  State state() const { return state_; }
  double alpha() const { return alpha_; }
  double window() const { return window_; }

 private:
  double rate() const;
  void grow(TimePoint now, double acknowledged);
  void clampWindow();

  RateLimits limits_;
  uint64_t wanted_ = 0;
  State state_ = State::kRamp;
  double window_ = kLeastWindow;
  double alpha_ = 0;
  Duration roundTrip_ = Duration::millis(100);
  QueueDelay queue_;
  // Of the round trip at hand.
  TimePoint roundBegan_ = TimePoint::never();
  double marked_ = 0, seen_ = 0, delivered_ = 0;
  double used_ = 0;  // bytes that arrived in a round trip, at most of late
  TimePoint reducedAt_ = TimePoint::never(), grewAt_ = TimePoint::never(), silentAt_ = TimePoint::never();
  uint64_t remb_ = UINT64_MAX;
  double lossRate_ = 0;
};

}  // namespace tincan::inline v0::rtp
