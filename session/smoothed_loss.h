#pragma once

#include <utility>

#include "base/time.h"
#include "rtp/stats/reported_loss.h"

namespace tincan::inline v0::session {

/// The share of packets that get lost, of windows of about a second, which scatter: quick to rise, by a half of the way
/// with each, and slow to fall, by a quarter.
class SmoothedLoss {
 public:
  /// A second, less what RTCP's intervals vary by (RFC 3550 §6.2): so reports of one a second are a window each.
  static constexpr Duration kWindow = Duration::millis(800);

  void onReport(TimePoint now, const rtp::ReportedLoss& loss) {
    const auto share = window_.add(now, loss);
    if (!share) return;
    if (!std::exchange(known_, true)) loss_ = *share;
    loss_ += (*share - loss_) * (*share > loss_ ? 0.5 : 0.25);
  }
  /// 0 before there is a window.
  double value() const { return loss_; }

 private:
  rtp::LossWindow window_{kWindow};
  bool known_ = false;
  double loss_ = 0;
};

}  // namespace tincan::inline v0::session
