#pragma once

#include <cstddef>
#include <utility>

#include "base/endpoint.h"
#include "base/packet_buffer.h"
#include "base/ring.h"
#include "base/time.h"
#include "ice/agent.h"
#include "stack/transport_counters.h"

namespace tincan::inline v0::stack {

/// What leaves a transport, whichever of its layers made it: each packet gets the route of ICE's selected pair, is counted,
/// and waits to be taken. Owned by the Transport.
class Departures {
 public:
  /// Both outlive it.
  Departures(ice::Agent& ice, TransportCounters& counters) : ice_(ice), counters_(counters) {}

  /// Dropped, and counted, where there is no pair to send it over.
  void send(TimePoint now, PacketBuffer packet) {
    Transmit transmit;
    const size_t size = packet.size();
    const Ecn ecn = packet.ecn();
    const uint8_t dscp = packet.dscp();
    if (!ice_.send(now, std::move(packet), transmit)) {
      ++counters_.unsent;
      return;
    }
    transmit.ecn = ecn;
    transmit.dscp = dscp;
    ++counters_.packetsSent;
    counters_.bytesSent += size;
    waiting_.pushBack(std::move(transmit));
  }
  /// In the order in which they were sent; false when there is none.
  bool take(Transmit& out) { return waiting_.take(out); }

 private:
  ice::Agent& ice_;
  TransportCounters& counters_;
  Ring<Transmit> waiting_;
};

}  // namespace tincan::inline v0::stack
