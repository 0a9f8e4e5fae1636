#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "rtp/congestion/feedback_report.h"

namespace tincan::inline v0::rtp {

/// The rate that losses allow. Two things lose packets: a queue that is full, whose losses grow with the rate, and a line
/// that loses some whatever the rate. Both are told apart by likelihood: of some candidates for the bandwidth, each with
/// the inherent loss that suits it best, the one is taken under which what was seen is the least surprising (libwebrtc's
/// second loss-based estimator does the same).
///
///     loss of a packet = inherent + (1 − inherent) · max(0, sent rate − bandwidth) / sent rate
///
///     reports ─► observations of 250 ms ─► candidates × likelihood ─► estimate ─► rise at most 1.3 × in 300 ms,
///                                                                              held for a while after each fall
class LossEstimator {
 public:
  // libwebrtc's constants.
  static constexpr Duration kObservation = Duration::millis(250);
  static constexpr size_t kWindow = 15, kLeastObservations = 3;
  static constexpr double kTemporalWeight = 0.9;
  static constexpr double kFirstInherent = 0.01, kLeastInherent = 0.001;
  static constexpr double kMostInherentOffset = 0.05, kInherentBalance = 100'000;  // bits a second
  static constexpr double kInstantOffset = 0.05, kInstantBalance = 100'000;
  static constexpr double kNewtonStep = 0.75;
  static constexpr double kUpCandidate = 1.02, kDownCandidate = 0.95;
  static constexpr double kRampUp = 1.5, kRampUpInHold = 1.2;  // times what arrives
  static constexpr double kMostRise = 1.3;                     // in kRiseWindow
  static constexpr Duration kRiseWindow = Duration::millis(300);
  static constexpr double kBiasLinear = 0.0002, kBiasLogarithm = 0.02, kBiasLoss = 0.2;
  static constexpr Duration kFirstHold = Duration::millis(300), kLongestHold = Duration::seconds(60);
  static constexpr double kGone = 0.005;  // of what the window has seen

  enum class State : uint8_t {
    kDelayLimited,  ///< the delay allows less than losses do
    kIncreasing,    ///< losses hold the rate, and it grows
    kDecreasing,
  };

  /// `delayBased`: what the delay allows.
  void onReport(const FeedbackReport& report, double delayBased, std::optional<double> acknowledged);
  /// What losses allow; `delayBased` or less. None while too little is known.
  std::optional<double> estimate() const { return usable() ? estimate_ : std::nullopt; }
  State state() const { return state_; }
  double inherentLoss() const { return inherent_; }
  /// Of the observations in the window, weighted.
  double averageLoss() const;
  /// A probe or another part has set the rate: losses allow no less until they say so.
  void setEstimate(double rate) {
    estimate_ = rate;
    state_ = State::kDelayLimited;
  }
  void reset() { *this = {}; }

 private:
  struct Observation {
    double lost = 0, packets = 0, rate = 0;
  };
  bool usable() const { return count_ >= kLeastObservations && estimate_; }
  bool observe(const FeedbackReport& report);
  double mostInherent(double bandwidth) const;
  double fitInherent(double bandwidth) const;
  double objective(double bandwidth, double inherent) const;
  double instantBound() const;
  template <class Visit>
  void eachObservation(Visit visit) const;
  void settle(TimePoint now, double best, double delayBased, std::optional<double> acknowledged);

  std::array<Observation, kWindow> observations_;
  size_t count_ = 0;  // in all
  Observation partial_;
  double partialBytes_ = 0;
  TimePoint partialSince_ = TimePoint::never(), partialUntil_;
  std::optional<double> estimate_;
  double inherent_ = kFirstInherent;
  State state_ = State::kDelayLimited;
  TimePoint holdUntil_;
  Duration hold_ = kFirstHold;
  double held_ = 0;
  TimePoint riseBegan_;
  double riseFrom_ = 0;
};

}  // namespace tincan::inline v0::rtp
