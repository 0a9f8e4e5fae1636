#include "media/jitter_buffer/packet_ring.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tincan::inline v0::media {
namespace {

constexpr size_t kMinSlots = 64;

}  // namespace

PacketRing::PacketRing(size_t maxSlots)
    : maxSlots_(std::bit_floor(std::max(maxSlots, kMinSlots))), mask_(kMinSlots - 1), slots_(kMinSlots) {}

bool PacketRing::growTo(uint64_t needed) {
  if (needed > maxSlots_) return false;
  std::vector<Slot> old(std::bit_ceil(static_cast<size_t>(needed)));
  old.swap(slots_);
  mask_ = slots_.size() - 1;
  for (Slot& slot : old) {
    if (slot.sequence != kUnused) slots_[index(slot.sequence)] = std::move(slot);
  }
  return true;
}

size_t PacketRing::dropRange(int64_t from, int64_t to) {
  const size_t before = size_;
  // A range longer than the ring meets each slot once.
  if (to - from >= static_cast<int64_t>(slots_.size())) {
    for (Slot& slot : slots_) {
      if (slot.sequence >= from && slot.sequence < to) drop(slot.sequence);
    }
    return before - size_;
  }
  for (int64_t sequence = from; sequence < to && size_ > 0; ++sequence) drop(sequence);
  return before - size_;
}

}  // namespace tincan::inline v0::media
