#include "rtp/congestion/probe_estimator.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::rtp {

void ProbeEstimator::onCluster(const ProbeCluster& cluster) {
  clusters_[cluster.id % clusters_.size()] = {};
  clusters_[cluster.id % clusters_.size()].asked = cluster;
}

std::optional<ProbeEstimator::Result> ProbeEstimator::onPacket(const PacketResult& result) {
  const SentPacket& sent = result.sent;
  Cluster& cluster = clusters_[sent.probeCluster % clusters_.size()];
  if (sent.probeCluster == 0 || cluster.asked.id != sent.probeCluster) return std::nullopt;
  if (result.lost()) {
    ++cluster.lost;
    cluster.lostBytes += sent.size;
    return judge(cluster);
  }
  if (result.recovered && cluster.lost > 0) {
    --cluster.lost;
    cluster.lostBytes -= sent.size;
  }
  const bool first = cluster.packets == 0;
  if (first) cluster.origin = result.receivedAt;
  if (first || sent.sentAt < cluster.firstSent) cluster.firstSent = sent.sentAt;
  if (first || sent.sentAt >= cluster.lastSent) {
    cluster.lastSent = sent.sentAt;
    cluster.lastSentSize = sent.size;
  }
  if (first || result.receivedAt < cluster.firstReceived) cluster.firstReceived = result.receivedAt;
  if (first || result.receivedAt > cluster.lastReceived) cluster.lastReceived = result.receivedAt;
  ++cluster.packets;
  cluster.bytes += sent.size;
  const double x = static_cast<double>(cluster.bytes), y = (result.receivedAt - cluster.origin).toSeconds();
  cluster.sumX += x;
  cluster.sumY += y;
  cluster.sumXX += x * x;
  cluster.sumXY += x * y;
  return judge(cluster);
}

// By the slope of all arrivals over what had come by then: the first and the last alone would take their jitter for the
// line's rate, which is a fifth of a cluster of 30 ms.
double ProbeEstimator::arrivalRate(const Cluster& cluster) {
  const auto count = static_cast<double>(cluster.packets);
  const double bytes = count * cluster.sumXX - cluster.sumX * cluster.sumX;
  const double time = count * cluster.sumXY - cluster.sumX * cluster.sumY;
  return time > 0 ? 8 * bytes / time : HUGE_VAL;
}

std::optional<ProbeEstimator::Result> ProbeEstimator::judge(const Cluster& cluster) const {
  if (static_cast<double>(cluster.packets) < kLeastReceived * cluster.asked.packets) return std::nullopt;
  if (static_cast<double>(cluster.bytes) < kLeastReceived * static_cast<double>(cluster.asked.bytes()))
    return std::nullopt;
  const Duration sentSpan = cluster.lastSent - cluster.firstSent;
  const Duration receivedSpan = cluster.lastReceived - cluster.firstReceived;
  if (sentSpan <= Duration::zero() || sentSpan > kLongestSpan) return std::nullopt;
  if (receivedSpan <= Duration::zero() || receivedSpan > kLongestSpan) return std::nullopt;
  const double sendRate = static_cast<double>(cluster.bytes - cluster.lastSentSize) * 8 / sentSpan.toSeconds();
  const double receiveRate = arrivalRate(cluster);
  if (receiveRate > kMostRatio * sendRate) return std::nullopt;
  Result out{cluster.asked.id, std::min(sendRate, receiveRate), receiveRate < kSaturated * sendRate, false};
  if (out.saturated) out.rate = kOfSaturated * receiveRate;
  out.complete = cluster.packets + cluster.lost >= static_cast<size_t>(cluster.asked.packets) &&
                 cluster.bytes + cluster.lostBytes >= cluster.asked.bytes();
  return out;
}

}  // namespace tincan::inline v0::rtp
