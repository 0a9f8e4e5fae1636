#pragma once

#include <array>
#include <cstddef>
#include <utility>

#include "base/address.h"
#include "base/packet_buffer.h"

namespace tincan::inline v0::ice {

/// DTLS packets that outran the peer's description: a ClientHello is on its way as soon as the peer has our answer to
/// its check, and its description may take longer. Kept until the credentials in it are known, so that the handshake
/// waits for no retransmission. Owned by the Agent, which asks only for routes that an authenticated check came over.
///
/// Invariant (B20): at most kMax packets of one slot of 2 KiB each; what comes once it is full is refused, for it is a
/// repetition of the first.
class EarlyData {
 public:
  /// A hello with a post-quantum key share comes in two datagrams: twice that.
  static constexpr size_t kMax = 4;

  /// RFC 7983 §7: DTLS. Nothing else can be of use before there are keys.
  static bool isWorthKeeping(ByteView packet) { return !packet.empty() && packet[0] >= 20 && packet[0] <= 63; }

  /// False, and `packet` untouched, when there is no room.
  bool keep(const Route& route, PacketBuffer& packet) {
    if (size_ == kMax) return false;
    held_[size_++] = {route, std::move(packet)};
    return true;
  }
  /// Gives all of them out, in the order in which they came.
  template <class Take>
  void release(Take&& take) {
    const size_t count = std::exchange(size_, 0);
    for (size_t i = 0; i < count; ++i) take(held_[i].route, std::move(held_[i].packet));
  }
  size_t size() const { return size_; }
  void clear() {
    held_ = {};
    size_ = 0;
  }

 private:
  struct Held {
    Route route{};
    PacketBuffer packet{};
  };
  std::array<Held, kMax> held_;
  size_t size_ = 0;
};

}  // namespace tincan::inline v0::ice
