#pragma once

#include "sctp/tx/congestion/congestion_controller.h"
#include "sctp/tx/congestion/hystart.h"

namespace tincan::inline v0::sctp {

/// CUBIC (RFC 9438), which names SCTP among the protocols that it is for (§1), with HyStart++ (RFC 9406).
/// Windows are in bytes; the cubic function counts packets.
class Cubic final : public CongestionController {
 public:
  explicit Cubic(size_t packet);

  void onAck(const AckEvent& event) override;
  void onCongestion(TimePoint now, size_t inFlight) override;
  void onSpurious(TimePoint now) override;
  void onTimeout(TimePoint now, size_t inFlight, bool again) override;
  void setPacket(size_t bytes) override { packet_ = static_cast<double>(bytes); }
  size_t window() const override { return static_cast<size_t>(state_.window); }
  uint64_t pacingRate(Duration srtt) const override { return windowPacingRate(window(), srtt, inSlowStart()); }
  bool inSlowStart() const override { return state_.window < state_.threshold; }

 private:
  /// What a spurious reduction gives back (§4.9).
  struct State {
    double window = 0;
    double threshold = 0;
    double maximum = 0;   // W_max
    double prior = 0;     // cwnd_prior
    double estimate = 0;  // W_est
    double k = 0;         // seconds
    TimePoint epoch{};    // t_epoch; zero: none yet
  };

  void startEpoch(TimePoint now);
  void grow(const AckEvent& event);
  void reduce();

  double packet_;
  State state_;
  State before_;
  HyStart hystart_;
  TimePoint lastGrowth_{};
};

}  // namespace tincan::inline v0::sctp
