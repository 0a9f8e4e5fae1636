#pragma once

#include "sctp/tx/congestion/congestion_controller.h"

namespace tincan::inline v0::sctp {

/// SCTP's own congestion control (RFC 9260 §7.2), with the L of §7.2.1 at 1.
class Reno final : public CongestionController {
 public:
  explicit Reno(size_t packet) : packet_(packet), window_(standardInitialWindow(packet)) {}

  void onAck(const AckEvent& event) override;
  void onCongestion(TimePoint now, size_t inFlight) override;
  void onSpurious(TimePoint now) override;
  void onTimeout(TimePoint now, size_t inFlight, bool again) override;
  void setPacket(size_t bytes) override { packet_ = bytes; }
  size_t window() const override { return window_; }
  uint64_t pacingRate(Duration srtt) const override { return windowPacingRate(window_, srtt, inSlowStart()); }
  bool inSlowStart() const override { return window_ <= threshold_; }

 private:
  size_t packet_;
  size_t window_;
  size_t threshold_ = SIZE_MAX / 4;  // §7.2.1: arbitrarily high
  size_t partial_ = 0;               // partial_bytes_acked
  size_t windowBefore_ = 0;
  size_t thresholdBefore_ = 0;
};

}  // namespace tincan::inline v0::sctp
