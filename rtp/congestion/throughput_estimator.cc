#include "rtp/congestion/throughput_estimator.h"

#include <algorithm>

namespace tincan::inline v0::rtp {

void ThroughputEstimator::onReport(const FeedbackReport& report) {
  if (report.clockJumped) {
    packets_.clear();
    begin_ = 0;
  }
  for (const PacketResult& result : report.results) {
    if (!result.lost() && result.sent.sentAt >= since_) add(result);
  }
  rate_ = compute();
}

void ThroughputEstimator::add(const PacketResult& result) {
  if (packets_.capacity() == 0) packets_.reserve(2 * kMostPackets);
  if (packets_.size() == packets_.capacity()) {
    packets_.erase(packets_.begin(), packets_.begin() + static_cast<std::ptrdiff_t>(begin_));
    begin_ = 0;
  }
  const Packet packet{result.sent.sentAt, result.receivedAt, result.sent.size};
  packets_.push_back(packet);
  // Overtaken packets find their place from behind: they are near it.
  for (size_t i = packets_.size() - 1; i > begin_ && packets_[i - 1].receivedAt > packet.receivedAt; --i) {
    std::swap(packets_[i - 1], packets_[i]);
  }
  forget();
}

void ThroughputEstimator::forget() {
  while (packets_.size() - begin_ > kLeastPackets) {
    const size_t count = packets_.size() - begin_;
    const Duration span = packets_.back().receivedAt - packets_[begin_].receivedAt;
    if (count <= kMostPackets && span <= kWindow) break;
    ++begin_;
  }
  while (begin_ + 1 < packets_.size() && packets_.back().receivedAt - packets_[begin_].receivedAt > kLongestWindow) {
    ++begin_;
  }
}

std::optional<double> ThroughputEstimator::compute() const {
  const size_t count = packets_.size() - begin_;
  if (count < kUsablePackets) return std::nullopt;
  TimePoint firstSent = TimePoint::never(), lastSent = TimePoint::fromMicros(INT64_MIN);
  Duration largestGap, secondGap;
  uint64_t bytes = 0;
  uint32_t lastSentSize = 0;
  for (size_t i = begin_; i < packets_.size(); ++i) {
    const Packet& packet = packets_[i];
    bytes += packet.size;
    firstSent = std::min(firstSent, packet.sentAt);
    if (packet.sentAt >= lastSent) {
      lastSent = packet.sentAt;
      lastSentSize = packet.size;
    }
    if (i == begin_) continue;
    const Duration gap = packet.receivedAt - packets_[i - 1].receivedAt;
    if (gap > largestGap) {
      secondGap = largestGap;
      largestGap = gap;
    } else {
      secondGap = std::max(secondGap, gap);
    }
  }
  // A hold-up on the way (Wi-Fi that scans) is one large gap: it counts as one of the others would.
  const Duration receiveSpan = packets_.back().receivedAt - packets_[begin_].receivedAt - largestGap + secondGap;
  const Duration least = Duration::millis(1);
  // Between the first and the last packet of a span lie all bytes but those of one of the two.
  const double receiveRate =
      static_cast<double>(bytes - packets_[begin_].size) * 8 / std::max(receiveSpan, least).toSeconds();
  const double sendRate =
      static_cast<double>(bytes - lastSentSize) * 8 / std::max(lastSent - firstSent, least).toSeconds();
  return std::min(receiveRate, sendRate);
}

}  // namespace tincan::inline v0::rtp
