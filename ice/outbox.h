#pragma once

#include <utility>

#include "base/endpoint.h"
#include "base/ring.h"
#include "ice/config.h"

namespace tincan::inline v0::ice {

/// STUN messages that wait to be polled. What nobody polls is bounded: one too many is dropped and counted.
class Outbox {
 public:
  Outbox(PacketPool& pool, Stats& stats) : pool_(pool), stats_(stats) {}

  /// `write` fills the buffer that it is given and returns the size; 0: it did not fit. False when there was no place or no
  /// buffer (which is counted), or nothing was written.
  template <class Write>
  bool write(const Route& route, Write&& write) {
    PacketBuffer packet = transmits_.size() < kMost ? pool_.allocate() : PacketBuffer();
    if (!packet) {
      ++stats_.transmitsDropped;
      return false;
    }
    const size_t size = write(packet.writable());
    if (size == 0 || !packet.resize(size)) return false;
    transmits_.pushBack({route, std::move(packet)});
    return true;
  }
  bool take(Transmit& out) { return transmits_.take(out); }
  void clear() { transmits_.clear(); }

 private:
  static constexpr size_t kMost = 128;

  PacketPool& pool_;
  Stats& stats_;
  Ring<Transmit> transmits_;
};

}  // namespace tincan::inline v0::ice
