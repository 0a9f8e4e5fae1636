#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/packet_buffer.h"
#include "base/time.h"
#include "rtp/payload/payload_format.h"

namespace tincan::inline v0::media {

/// Video packets by unwrapped sequence number, in a ring that grows by powers of two up to a bound. The video jitter
/// buffer's own; all that is held lies within one capacity of each other.
class PacketRing {
 public:
  static constexpr int64_t kUnused = INT64_MIN;
  struct Slot {
    int64_t sequence = kUnused;
    uint32_t timestamp = 0;
    uint8_t payloadType = 0;
    bool recovered = false;
    TimePoint received;
    rtp::Depacketized info;
    ByteView dependencies{};  // the descriptor's value, in the buffer
    ByteView contributing{};  // likewise its CSRCs, four bytes each
    PacketBuffer buffer;
  };

  /// `maxSlots` is rounded down to a power of two, at least 64.
  explicit PacketRing(size_t maxSlots);

  size_t size() const { return size_; }
  size_t maxSlots() const { return maxSlots_; }
  /// Whether `sequence` can be held beside all that is: `oldest` is the lowest number that must stay.
  bool reserve(int64_t oldest, int64_t sequence) {
    const auto needed = static_cast<uint64_t>(sequence - oldest) + 1;
    return sequence >= oldest && (needed <= mask_ + 1 || growTo(needed));
  }
  const Slot* find(int64_t sequence) const {
    const Slot& slot = slots_[index(sequence)];
    return slot.sequence == sequence ? &slot : nullptr;
  }
  /// The place for a number that `reserve` allowed and `find` did not find.
  Slot& put(int64_t sequence) {
    Slot& slot = slots_[index(sequence)];
    if (slot.sequence == kUnused) ++size_;
    slot.sequence = sequence;
    return slot;
  }
  void drop(int64_t sequence) {
    Slot& slot = slots_[index(sequence)];
    if (slot.sequence != sequence) return;
    slot.sequence = kUnused;
    slot.buffer.reset();
    --size_;
  }
  /// Drops all in [from, to); gives how many there were.
  size_t dropRange(int64_t from, int64_t to);

 private:
  size_t index(int64_t sequence) const { return static_cast<size_t>(sequence) & mask_; }
  bool growTo(uint64_t needed);

  size_t maxSlots_;
  size_t size_ = 0;
  size_t mask_;  // the number of slots, a power of two, less one
  std::vector<Slot> slots_;
};

}  // namespace tincan::inline v0::media
