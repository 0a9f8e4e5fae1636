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
  /// What waited longer than this came through a queue that was not empty in between: at the line's own rate, or at our
  /// share of it. It takes so many packets, and so long, to say at which.
  static constexpr Duration kStood = Duration::millis(20), kLeastSpan = Duration::millis(20);
  static constexpr int kLeastPackets = 4;

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
    measure(report, base);
  }
  /// At which rate what waited came, bits a second; of the last report alone.
  std::optional<double> through() const { return through_; }
  /// Of the packet in the last report that waited least: jitter that only adds is not counted.
  Duration delay() const { return delay_; }

 private:
  void measure(const FeedbackReport& report, Duration base) {
    TimePoint first = TimePoint::never(), last;
    uint32_t firstSize = 0;
    double bytes = 0;
    int packets = 0;
    for (const PacketResult& result : report.results) {
      if (result.lost() || result.recovered) continue;
      if (result.receivedAt - result.sent.sentAt - base < kStood) continue;
      if (result.receivedAt < first) {
        first = result.receivedAt;
        firstSize = result.sent.size;
      }
      last = packets == 0 ? result.receivedAt : std::max(last, result.receivedAt);
      bytes += result.sent.size;
      ++packets;
    }
    through_.reset();
    if (packets < kLeastPackets || last - first < kLeastSpan) return;
    through_ = (bytes - firstSize) * 8 / (last - first).toSeconds();
  }

  std::optional<Duration> base_, before_;
  std::optional<double> through_;
  TimePoint epochBegan_;
  Duration delay_;
};

}  // namespace tincan::inline v0::rtp
