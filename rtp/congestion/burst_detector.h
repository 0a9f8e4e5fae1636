#pragma once

#include <algorithm>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// Whether others send bursts through the queue (web pages: RFC 8867 §5.7). A sender of our kind lengthens a queue by as
/// much as its rate is too high, some milliseconds from report to report; ten segments at once (RFC 6928 §2) are a jump,
/// and the queue is empty again a moment later. One such jump may be a line whose rate has fallen, or a flow that
/// begins: it takes some in a row.
class BurstDetector {
 public:
  static constexpr Duration kJump = Duration::millis(40), kLongestQueue = Duration::millis(250);
  static constexpr Duration kReports = Duration::millis(200);  // apart at most, to be compared
  static constexpr Duration kPasses = Duration::millis(1000);  // within this
  static constexpr Duration kForgets = Duration::seconds(4);   // one burst each
  static constexpr int kEnough = 3, kMost = 4;

  /// Each report: how long the packets of it waited, and whether that counts as an empty queue.
  void onReport(TimePoint now, Duration queue, bool empty) {
    const bool comparable = !seenAt_.isNever() && now - seenAt_ < kReports;
    if (comparable && queue - before_ >= kJump && queue < kLongestQueue) jumpedAt_ = now;
    before_ = queue;
    seenAt_ = now;
    if (!jumpedAt_.isNever() && empty) {
      if (now - jumpedAt_ < kPasses) {
        bursts_ = std::min(bursts_ + 1, kMost);
        passedAt_ = now;
      }
      jumpedAt_ = TimePoint::never();
    }
    if (bursts_ > 0 && now - passedAt_ > kForgets) {
      --bursts_;
      passedAt_ = now;
    }
  }
  bool bursty() const { return bursts_ >= kEnough; }

 private:
  int bursts_ = 0;
  Duration before_;
  TimePoint seenAt_ = TimePoint::never(), jumpedAt_ = TimePoint::never(), passedAt_;
};

}  // namespace tincan::inline v0::rtp
