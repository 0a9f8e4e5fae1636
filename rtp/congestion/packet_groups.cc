#include "rtp/congestion/packet_groups.h"

#include <algorithm>

namespace tincan::inline v0::rtp {

bool PacketGroups::belongs(TimePoint sentAt, TimePoint receivedAt) const {
  if (sentAt - current_.firstSent <= kGroup) return true;
  const Duration gap = receivedAt - current_.lastReceived;
  const Duration sentGap = sentAt - current_.lastSent;
  return gap <= kBurstGap && gap < sentGap && receivedAt - current_.firstReceived < kLongestBurst;
}

std::optional<PacketGroups::Delta> PacketGroups::add(TimePoint sentAt, TimePoint receivedAt, size_t size) {
  size = std::max<size_t>(size, 1);
  if (!current_.empty() && sentAt < current_.firstSent) return std::nullopt;  // overtaken: it says nothing of the queue
  if (!current_.empty() && belongs(sentAt, receivedAt)) {
    current_.lastSent = std::max(current_.lastSent, sentAt);
    current_.lastReceived = std::max(current_.lastReceived, receivedAt);
    current_.bytes += size;
    return std::nullopt;
  }
  std::optional<Delta> delta;
  if (!current_.empty() && !previous_.empty()) {
    delta = Delta{current_.lastSent - previous_.lastSent, current_.lastReceived - previous_.lastReceived,
                  current_.lastReceived, current_.bytes};
    if (delta->received < Duration::zero()) {
      if (++reordered_ >= kMostReordered) reset();
      return std::nullopt;
    }
    reordered_ = 0;
  }
  previous_ = current_;
  current_ = {sentAt, sentAt, receivedAt, receivedAt, size};
  return delta;
}

}  // namespace tincan::inline v0::rtp
