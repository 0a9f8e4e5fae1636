#include "base/packet_buffer.h"

namespace tincan::inline v0 {
namespace {

constexpr size_t kSlabSlots = 64;

}  // namespace

void PacketBuffer::Core::grow() {
  // Default initialisation: the bytes stay untouched until a packet needs them.
  slabs.push_back(std::unique_ptr<Slot[]>(new Slot[kSlabSlots]));
  for (size_t i = 0; i < kSlabSlots; ++i) {
    Slot& slot = slabs.back()[i];
    slot.core = this;
    slot.next = free;
    free = &slot;
  }
}

void PacketBuffer::deleteCore(Core& core) {
  delete &core;
}

PacketPool::PacketPool(size_t limit) : core_(new PacketBuffer::Core) {
  core_->limit = limit;
}

PacketPool::~PacketPool() {
  core_->poolAlive = false;
  if (core_->outstanding == 0) PacketBuffer::deleteCore(*core_);
}

PacketBuffer PacketPool::copy(ByteView bytes) {
  PacketBuffer packet = allocate();
  if (!packet || packet.append(bytes)) return packet;
  return {};
}

}  // namespace tincan::inline v0
