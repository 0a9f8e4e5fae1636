#include "ice/arrivals.h"

#include <utility>

#include "ice/generations.h"

namespace tincan::inline v0::ice {

PacketBuffer Arrivals::sort(TimePoint now, const Route& route, PacketBuffer packet, const Generations& generations) {
  CandidatePair* carrier = generations.carrier(route);
  if (!carrier) {
    const bool early = generations.newest().wasCheckedEarly(route) && EarlyData::isWorthKeeping(packet.view());
    if (early && early_.keep(route, packet)) {
      ++stats_.earlyData;
    } else {
      ++stats_.strayData;
    }
    return {};
  }
  ++stats_.packetsReceived;
  stats_.bytesReceived += packet.size();
  ++carrier->traffic.packetsReceived;
  carrier->traffic.bytesReceived += packet.size();
  carrier->traffic.lastReceived = now;
  return packet;
}

// The checks that came over the same routes were learnt just now, within the limits for pairs.
void Arrivals::releaseEarly(const Session& session) {
  early_.release([&](const Route& route, PacketBuffer packet) {
    if (!session.accepts(route)) {
      // Of yet another agent, whose description may be the next one.
      if (!session.wasCheckedEarly(route) || !early_.keep(route, packet)) ++stats_.strayData;
      return;
    }
    ++stats_.packetsReceived;
    stats_.bytesReceived += packet.size();
    received_.pushBack(std::move(packet));
  });
}

void Arrivals::clear() {
  received_.clear();
  early_.clear();
}

}  // namespace tincan::inline v0::ice
