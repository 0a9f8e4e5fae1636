#pragma once

#include <cstddef>
#include <utility>
#include <vector>

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
    if (held_.size() == kMax) return false;
    held_.push_back({route, std::move(packet)});
    return true;
  }
  /// Gives all of them out, in the order in which they came.
  template <class Take>
  void release(Take&& take) {
    for (Held& each : std::exchange(held_, {})) take(each.route, std::move(each.packet));
  }
  size_t size() const { return held_.size(); }
  void clear() { held_ = std::vector<Held>(); }

 private:
  struct Held {
    Route route{};
    PacketBuffer packet{};
  };
  std::vector<Held> held_;  // idle connections hold no room for it
};

}  // namespace tincan::inline v0::ice
