#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "base/sequence.h"
#include "base/time.h"
#include "rtp/repair/retransmission_budget.h"

namespace tincan::inline v0::rtp {

/// The packets that one sending stream can send again: copies of plain RTP, before SRTP, found by sequence number.
/// Owned by the sending stream. Bounded in bytes and in age; and a NACK storm gets no more out of it than the budget of
/// its line.
class RetransmissionBuffer {
 public:
  struct Config {
    size_t maxBytes = size_t{4} << 20;  ///< each packet counts as its 2 KiB slot
    Duration maxAge = Duration::millis(2000);
  };
  struct Stats {
    uint64_t stored = 0;
    uint64_t resent = 0;
    uint64_t resentBytes = 0;
    uint64_t unknown = 0;  ///< asked for, but never there or gone
    uint64_t tooSoon = 0;  ///< asked for again within a round trip
    uint64_t capped = 0;   ///< refused by the budget
  };

  RetransmissionBuffer(const Config& config, PacketPool& pool);

  void setRoundTripTime(Duration rtt);
  /// Keeps a copy of a packet that was sent now. False when it is no RTP or the pool is empty.
  bool store(TimePoint now, ByteView rtpPacket);
  /// The packet, when it may be sent again now: the view lives until the next `store`. Counts as resent.
  std::optional<ByteView> take(TimePoint now, uint16_t sequenceNumber, RetransmissionBudget& budget);
  /// The newest packet of `atMost` bytes that was not sent again yet, for probes: their bytes then are of use where one
  /// was lost. Counts as none resent, and takes no budget; the same is not given twice. Good until the next `store`.
  std::optional<ByteView> repeat(TimePoint now, size_t atMost);
  void clear();

  size_t size() const { return held_; }
  const Stats& stats() const { return stats_; }

 private:
  struct Slot {
    PacketBuffer packet;
    int64_t sequence = 0;
    TimePoint stored;
    TimePoint lastResent;
    bool resent = false;
  };
  static constexpr int64_t kRepeatWindow = 64;  // looked at for repeat()
  Slot& slot(int64_t sequence) { return slots_[static_cast<size_t>(sequence) & (slots_.size() - 1)]; }
  void makeRoom(int64_t sequence);
  void evictBefore(int64_t sequence);
  void evictOlderThan(TimePoint limit);
  void drop(Slot& slot);

  Config config_;
  PacketPool& pool_;
  size_t maxSlots_;          // a power of two
  std::vector<Slot> slots_;  // likewise; none before the first packet, and as many as are in use at once
  SequenceUnwrapper<uint16_t> unwrapper_;
  int64_t oldest_ = 0;  // no slot before it is in use
  int64_t end_ = 0;     // one past the newest
  size_t held_ = 0;
  Duration minResendInterval_;
  Stats stats_;
};

}  // namespace tincan::inline v0::rtp
