#include "base/packet_buffer.h"

#include <vector>

namespace tincan {

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

void PacketBuffer::release() {
  slot_->core->give(slot_);
}

PacketPool::PacketPool(size_t limit) : core_(new PacketBuffer::Core) {
  core_->limit = limit;
}

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

size_t PacketPool::outstanding() const {
  return core_->outstanding;
}

}  // namespace tincan
