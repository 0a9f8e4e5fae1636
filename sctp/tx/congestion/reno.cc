#include "sctp/tx/congestion/reno.h"

#include <algorithm>

namespace tincan::inline v0::sctp {

void Reno::onAck(const AckEvent& event) {
  if (event.inRecovery || !event.windowLimited) return;
  if (inSlowStart()) {
    window_ += std::min(event.ackedBytes, packet_);
    return;
  }
  partial_ += event.ackedBytes;  // §7.2.2
  if (partial_ < window_) return;
  partial_ -= window_;
  window_ += packet_;
}

void Reno::onCongestion(TimePoint, size_t) {
  windowBefore_ = window_;
  thresholdBefore_ = threshold_;
  threshold_ = std::max(window_ / 2, 4 * packet_);  // §7.2.3
  window_ = threshold_;
  partial_ = 0;
}

void Reno::onSpurious(TimePoint) {
  if (windowBefore_ == 0) return;
  window_ = std::max(window_, windowBefore_);
  threshold_ = std::max(threshold_, thresholdBefore_);
}

void Reno::onTimeout(TimePoint, size_t, bool again) {
  if (!again) {
    windowBefore_ = window_;
    thresholdBefore_ = threshold_;
    threshold_ = std::max(window_ / 2, 4 * packet_);
  }
  window_ = packet_;
  partial_ = 0;
}

}  // namespace tincan::inline v0::sctp
