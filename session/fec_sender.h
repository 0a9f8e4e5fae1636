#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/packet_buffer.h"
#include "base/time.h"
#include "rtp/repair/fec_encoder.h"
#include "session/fec_amount.h"
#include "session/fec_types.h"

namespace tincan::inline v0::session {

/// Parity for one stream of ours: gathers what leaves into groups, and makes of each as many parity packets as FecAmount
/// asks for. Knows frames only by their ends. Owned by OutboundStream.
///
///     add ─► the group ─► its end ─► next, next … ─► empty again
///
/// A group ends with a frame, since parity in the midst of one would come no sooner: once it has kLeastPackets, or is as
/// old as half a round trip, since what comes later than a packet that is sent again is of no use; and at kMostPackets.
class FecSender {
 public:
  static constexpr size_t kLeastPackets = 4;  ///< as libwebrtc: parity of fewer is a copy
  static constexpr size_t kMostPackets =
      rtp::FecPacket::kUlpfecMaxMask - 8;  ///< parity of the group before lies between
  struct Counters {
    uint64_t groups = 0;
    uint64_t packets = 0;  ///< of parity
    uint64_t lost = 0;     ///< groups that could not be protected: no slot in the pool
  };

  /// `repairs`: what is missed is sent again, too.
  FecSender(rtp::FecScheme scheme, PacketPool& pool, bool repairs);

  FecAmount& amount() { return amount_; }
  /// Whether what leaves now is protected.
  bool protects() const { return amount_.protection() > 0; }
  /// A packet that leaves now, as it is to be repaired: plain, out of its RED. True when the group has ended: then
  /// `next` gives its parity.
  bool add(TimePoint now, ByteView packet, bool endsFrame);
  /// Appends the payload of the next parity packet; false when there is no more, and the group is empty again.
  bool next(PacketBuffer& out);
  const Counters& counters() const { return counters_; }

 private:
  bool ends(TimePoint now, bool endsFrame) const;
  void clear();

  PacketPool& pool_;
  rtp::FecEncoder encoder_;
  FecAmount amount_;
  std::vector<PacketBuffer> group_;
  std::vector<ByteView> views_;  // of group_, while parity is made
  TimePoint began_;
  Counters counters_;
};

}  // namespace tincan::inline v0::session
