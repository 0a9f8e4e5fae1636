#include "base/packet_buffer.h"

#include <algorithm>
#include <vector>

namespace tincan {

struct PacketBuffer::Slot {
  Core* core = nullptr;
  Slot* next = nullptr;  // in the free list
  uint8_t bytes[kCapacity];
};

// Shared by the pool and the slots that are out; the last of them to go deletes it.
struct PacketBuffer::Core {
  static constexpr size_t kSlabSlots = 64;

  std::vector<std::unique_ptr<Slot[]>> slabs;
  Slot* free = nullptr;
  size_t outstanding = 0;
  size_t limit = 0;
  bool poolAlive = true;

  Slot* take() {
    if (outstanding >= limit) return nullptr;
    if (!free) grow();
    Slot* slot = free;
    free = slot->next;
    ++outstanding;
    return slot;
  }

  void give(Slot* slot) {
    slot->next = free;
    free = slot;
    --outstanding;
    if (!poolAlive && outstanding == 0) delete this;
  }

  void grow() {
    // Default initialisation: the bytes stay untouched until a packet needs them.
    slabs.push_back(std::unique_ptr<Slot[]>(new Slot[kSlabSlots]));
    for (size_t i = 0; i < kSlabSlots; ++i) {
      Slot& slot = slabs.back()[i];
      slot.core = this;
      slot.next = free;
      free = &slot;
    }
  }
};

uint8_t* PacketBuffer::data() { return slot_ ? slot_->bytes + offset_ : nullptr; }
const uint8_t* PacketBuffer::data() const { return slot_ ? slot_->bytes + offset_ : nullptr; }

bool PacketBuffer::resize(size_t size) {
  if (!slot_ || size > kCapacity - offset_) return false;
  size_ = static_cast<uint32_t>(size);
  return true;
}

uint8_t* PacketBuffer::prepend(size_t size) {
  if (!slot_ || size > offset_) return nullptr;
  offset_ -= static_cast<uint32_t>(size);
  size_ += static_cast<uint32_t>(size);
  return data();
}

uint8_t* PacketBuffer::append(size_t size) {
  if (!slot_ || size > tailroom()) return nullptr;
  uint8_t* end = data() + size_;
  size_ += static_cast<uint32_t>(size);
  return end;
}

bool PacketBuffer::append(ByteView bytes) {
  uint8_t* end = append(bytes.size());
  if (end && !bytes.empty()) std::copy(bytes.begin(), bytes.end(), end);
  return end != nullptr;
}

void PacketBuffer::trimFront(size_t size) {
  const auto drop = static_cast<uint32_t>(std::min<size_t>(size, size_));
  offset_ += drop;
  size_ -= drop;
}

void PacketBuffer::trimBack(size_t size) { size_ -= static_cast<uint32_t>(std::min<size_t>(size, size_)); }

void PacketBuffer::reset() {
  if (slot_) slot_->core->give(slot_);
  slot_ = nullptr;
  offset_ = size_ = 0;
}

PacketPool::PacketPool(size_t limit) : core_(new PacketBuffer::Core) { core_->limit = limit; }

PacketPool::~PacketPool() {
  core_->poolAlive = false;
  if (core_->outstanding == 0) delete core_;
}

PacketBuffer PacketPool::allocate() {
  PacketBuffer packet;
  packet.slot_ = core_->take();
  if (packet.slot_) packet.offset_ = PacketBuffer::kHeadroom;
  return packet;
}

PacketBuffer PacketPool::copy(ByteView bytes) {
  PacketBuffer packet = allocate();
  if (!packet || packet.append(bytes)) return packet;
  return {};
}

size_t PacketPool::outstanding() const { return core_->outstanding; }

}  // namespace tincan
