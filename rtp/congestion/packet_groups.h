#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// Groups packets that were sent together, and says how much later than its predecessor each group was sent, and how much
/// later it came (draft-ietf-rmcat-gcc-02 §4.1, §4.2). One group is always open: a delta is said when the next begins.
class PacketGroups {
 public:
  /// draft-ietf-rmcat-gcc-02 §4.1: packets sent within 5 ms are a group, and so are those that came in a burst after a
  /// hold-up (libwebrtc: while it lasts no longer than 100 ms).
  static constexpr Duration kGroup = Duration::millis(5);
  static constexpr Duration kBurstGap = Duration::millis(5), kLongestBurst = Duration::millis(100);
  /// libwebrtc: so many groups that came before their predecessor mean that the clock is another.
  static constexpr int kMostReordered = 3;

  struct Delta {
    Duration sent, received;
    TimePoint receivedAt;  ///< of the group's last packet
    size_t bytes = 0;
  };

  /// A packet that came; in order of arrival.
  std::optional<Delta> add(TimePoint sentAt, TimePoint receivedAt, size_t size);
  void reset() { *this = {}; }

 private:
  struct Group {
    TimePoint firstSent, lastSent, firstReceived, lastReceived;
    size_t bytes = 0;
    bool empty() const { return bytes == 0; }
  };
  bool belongs(TimePoint sentAt, TimePoint receivedAt) const;

  Group current_, previous_;
  int reordered_ = 0;
};

}  // namespace tincan::inline v0::rtp
