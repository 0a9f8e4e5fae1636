#include "media/jitter_buffer/packet_ring.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace tincan::media {
namespace {

constexpr size_t kMinSlots = 64;

}  // namespace

PacketRing::PacketRing(size_t maxSlots) : maxSlots_(std::bit_floor(std::max(maxSlots, kMinSlots))), slots_(kMinSlots) {}

bool PacketRing::reserve(int64_t oldest, int64_t sequence) {
  if (sequence < oldest) return false;
  const auto needed = static_cast<uint64_t>(sequence - oldest) + 1;
  if (needed > maxSlots_) return false;
  if (needed > slots_.size()) grow(std::bit_ceil(static_cast<size_t>(needed)));
  return true;
}

void PacketRing::grow(size_t slots) {
  std::vector<Slot> old(slots);
  old.swap(slots_);
  for (Slot& slot : old) {
    if (slot.used) slots_[index(slot.sequence)] = std::move(slot);
  }
}

PacketRing::Slot& PacketRing::put(int64_t sequence) {
  Slot& slot = slots_[index(sequence)];
  if (!slot.used) ++size_;
  slot.used = true;
  slot.sequence = sequence;
  return slot;
}

void PacketRing::drop(int64_t sequence) {
  Slot& slot = slots_[index(sequence)];
  if (!slot.used || slot.sequence != sequence) return;
  slot.used = false;
  slot.buffer.reset();
  --size_;
}

size_t PacketRing::dropRange(int64_t from, int64_t to) {
  const size_t before = size_;
  // A range longer than the ring meets each slot once.
  if (to - from >= static_cast<int64_t>(slots_.size())) {
    for (Slot& slot : slots_) {
      if (slot.used && slot.sequence >= from && slot.sequence < to) drop(slot.sequence);
    }
    return before - size_;
  }
  for (int64_t sequence = from; sequence < to && size_ > 0; ++sequence) drop(sequence);
  return before - size_;
}

}  // namespace tincan::media
