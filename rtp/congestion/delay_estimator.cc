#include "rtp/congestion/delay_estimator.h"

#include <algorithm>

namespace tincan::inline v0::rtp {

void DelayEstimator::reset() {
  groups_.reset();
  trendline_.reset();
  detector_.reset();
  queue_ = {};
  surge_ = false;
  seenAt_ = TimePoint::never();
}

void DelayEstimator::onReport(const FeedbackReport& report) {
  for (const PacketResult& result : report.results) {
    // What came after all tells of its detour.
    if (!result.lost() && !result.recovered) received_.push_back(result);
  }
  if (received_.empty()) return;
  if (report.clockJumped || (!seenAt_.isNever() && report.at - seenAt_ > kSilence)) {
    groups_.reset();
    trendline_.reset();
    detector_.reset();
  }
  seenAt_ = report.at;
  const Duration before = queue_.delay();
  queue_.onReport(report);
  surge_ = queue_.delay() >= kSurged && queue_.delay() - before >= kSurge;
  std::sort(received_.begin(), received_.end(), [](const PacketResult& a, const PacketResult& b) {
    return a.receivedAt != b.receivedAt ? a.receivedAt < b.receivedAt : a.sent.number < b.sent.number;
  });
  for (const PacketResult& result : received_) {
    const auto delta = groups_.add(result.sent.sentAt, result.receivedAt, result.sent.size);
    if (!delta) continue;
    trendline_.add(delta->sent, delta->received, delta->receivedAt);
    if (const auto trend = trendline_.value()) detector_.update(*trend, delta->sent, delta->receivedAt);
  }
  received_.clear();
}

}  // namespace tincan::inline v0::rtp
