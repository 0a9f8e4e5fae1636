#pragma once

#include <algorithm>
#include <optional>

#include "base/time.h"
#include "rtp/congestion/feedback_report.h"

namespace tincan::inline v0::rtp {

/// How long packets wait on the way: their one-way delay above the smallest of late. The clocks of both ends differ by a
/// constant, which the smallest takes away; what they drift apart in a minute is a few milliseconds at most.
class QueueDelay {
 public:
  /// The smallest is that of this time and of the one before: a route that got longer is known after at most two.
  static constexpr Duration kEpoch = Duration::seconds(30);

  void onReport(const FeedbackReport& report) {
    if (report.clockJumped) *this = {};
    std::optional<Duration> smallest;
    for (const PacketResult& result : report.results) {
      if (result.lost()) continue;
      const Duration delay = result.receivedAt - result.sent.sentAt;
      smallest = smallest ? std::min(*smallest, delay) : delay;
    }
    if (!smallest) return;
    if (report.at - epochBegan_ > kEpoch || !base_) {
      before_ = base_;
      base_ = smallest;
      epochBegan_ = report.at;
    }
    base_ = std::min(*base_, *smallest);
    const Duration base = before_ ? std::min(*before_, *base_) : *base_;
    delay_ = *smallest - base;
  }
  /// Of the packet in the last report that waited least: jitter that only adds is not counted.
  Duration delay() const { return delay_; }

 private:
  std::optional<Duration> base_, before_;
  TimePoint epochBegan_;
  Duration delay_;
};

}  // namespace tincan::inline v0::rtp
