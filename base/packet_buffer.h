#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/ecn.h"
#include "base/fragmentation.h"

namespace tincan::inline v0 {

class PacketPool;

/// A move-only handle to one pooled slot of 2 KiB with headroom and tailroom, so that a packet is built, protected and
/// sent in place: a header is prepended, a tag appended, nothing is copied. An empty handle has no slot.
///
///     |<- headroom ->|<------ data ------>|<---- tailroom ---->|
///     0              offset               offset+size          2048
class PacketBuffer {
 public:
  static constexpr size_t kCapacity = 2048;
  /// Room for an RTP header with extensions (up to ~100 bytes) behind a TURN Send indication (36 + 24 for IPv6).
  static constexpr size_t kHeadroom = 192;

  PacketBuffer() = default;
  PacketBuffer(PacketBuffer&& other) noexcept
      : slot_(std::exchange(other.slot_, nullptr)),
        offset_(std::exchange(other.offset_, 0)),
        size_(std::exchange(other.size_, 0)) {}
  PacketBuffer& operator=(PacketBuffer&& other) noexcept {
    Slot* const old = std::exchange(slot_, std::exchange(other.slot_, nullptr));
    offset_ = std::exchange(other.offset_, 0);
    size_ = std::exchange(other.size_, 0);
    if (old) release(old);
    return *this;
  }
  PacketBuffer(const PacketBuffer&) = delete;
  PacketBuffer& operator=(const PacketBuffer&) = delete;
  ~PacketBuffer() {
    if (slot_) release(slot_);
  }

  explicit operator bool() const { return slot_ != nullptr; }
  uint8_t* data() { return slot_ ? slot_->bytes + offset_ : nullptr; }
  const uint8_t* data() const { return slot_ ? slot_->bytes + offset_ : nullptr; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t headroom() const { return offset_; }
  size_t tailroom() const { return slot_ ? kCapacity - offset_ - size_ : 0; }
  ByteView view() const { return {data(), size_}; }
  MutableByteView mutableView() { return {data(), size_}; }
  /// Everything from the data's start to the slot's end: what a writer or a socket may fill before `resize`.
  MutableByteView writable() { return {data(), size_ + tailroom()}; }

  /// Sets the size; false (and no change) when it does not fit.
  [[nodiscard]] bool resize(size_t size) {
    if (!slot_ || size > kCapacity - offset_) return false;
    size_ = static_cast<uint32_t>(size);
    return true;
  }
  /// `size` new bytes in front of the data, uninitialised; nullptr when there is no headroom for them.
  [[nodiscard]] uint8_t* prepend(size_t size) {
    if (!slot_ || size > offset_) return nullptr;
    offset_ -= static_cast<uint32_t>(size);
    size_ += static_cast<uint32_t>(size);
    return slot_->bytes + offset_;
  }
  /// `size` new bytes behind the data, uninitialised; nullptr when there is no tailroom for them.
  [[nodiscard]] uint8_t* append(size_t size) {
    if (!slot_ || size > tailroom()) return nullptr;
    uint8_t* end = slot_->bytes + offset_ + size_;
    size_ += static_cast<uint32_t>(size);
    return end;
  }
  [[nodiscard]] bool append(ByteView bytes) {
    uint8_t* end = append(bytes.size());
    if (end && !bytes.empty()) std::memcpy(end, bytes.data(), bytes.size());
    return end != nullptr;
  }
  /// Drops bytes from the front, or the back; at most all of them.
  void trimFront(size_t size) {
    const auto drop = static_cast<uint32_t>(std::min<size_t>(size, size_));
    offset_ += drop;
    size_ -= drop;
  }
  void trimBack(size_t size) { size_ -= static_cast<uint32_t>(std::min<size_t>(size, size_)); }
  /// The mark that the network put on it, or that it is to leave with.
  Ecn ecn() const { return slot_ ? slot_->ecn : Ecn::kNotCapable; }
  void setEcn(Ecn ecn) {
    if (slot_) slot_->ecn = ecn;
  }
  /// The differentiated services code point (RFC 2474 §3) that it is to leave with; 0: best effort.
  uint8_t dscp() const { return slot_ ? slot_->dscp : 0; }
  void setDscp(uint8_t dscp) {
    if (slot_) slot_->dscp = dscp;
  }
  Fragmentation fragmentation() const { return slot_ ? slot_->fragmentation : Fragmentation::kDefault; }
  void setFragmentation(Fragmentation fragmentation) {
    if (slot_) slot_->fragmentation = fragmentation;
  }
  /// Gives the slot back to its pool.
  void reset() { *this = PacketBuffer(); }

 private:
  friend class PacketPool;
  struct Core;
  // An odd number of cache lines: the data of slots side by side lie in different sets of a cache, where slots a power
  // of two apart would push each other out.
  struct alignas(64) Slot {
    uint8_t bytes[kCapacity];
    Core* core = nullptr;
    Slot* next = nullptr;  // in the free list
    Ecn ecn = Ecn::kNotCapable;
    uint8_t dscp = 0;
    Fragmentation fragmentation = Fragmentation::kDefault;
  };
  // What a pool and its slots that are out share; the last of them to go deletes it.
  struct Core {
    std::vector<std::unique_ptr<Slot[]>> slabs;
    Slot* free = nullptr;
    size_t outstanding = 0;
    size_t limit = 0;
    bool poolAlive = true;

    void grow();
  };

  explicit PacketBuffer(Slot* slot) : slot_(slot), offset_(kHeadroom) {
    slot->ecn = Ecn::kNotCapable;
    slot->dscp = 0;
    slot->fragmentation = Fragmentation::kDefault;
  }
  static void release(Slot* slot) {
    Core& core = *slot->core;
    slot->next = core.free;
    core.free = slot;
    if (--core.outstanding == 0 && !core.poolAlive) deleteCore(core);
  }
  static void deleteCore(Core& core);

  Slot* slot_ = nullptr;
  uint32_t offset_ = 0;
  uint32_t size_ = 0;
};

/// The slots of one loop or one test. Grows in slabs up to a limit and never gives memory back while it lives; slots
/// that are still out when the pool goes keep the memory alive. Not for use by two threads at once.
class PacketPool {
 public:
  /// `limit` is the most slots that may be out at once (2 KiB each).
  explicit PacketPool(size_t limit = 65536);
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  /// An empty packet with kHeadroom in front; an empty handle when the limit is reached.
  PacketBuffer allocate() {
    PacketBuffer::Core& core = *core_;
    if (core.outstanding >= core.limit) return {};
    if (!core.free) core.grow();
    ++core.outstanding;
    return PacketBuffer(std::exchange(core.free, core.free->next));
  }
  /// A packet that holds a copy of `bytes`; an empty handle when they do not fit or the limit is reached.
  PacketBuffer copy(ByteView bytes);
  size_t outstanding() const { return core_->outstanding; }

 private:
  PacketBuffer::Core* core_;
};

}  // namespace tincan::inline v0
