#pragma once

#include "base/packet_buffer.h"
#include "base/ring.h"
#include "ice/config.h"
#include "ice/early_data.h"

namespace tincan::inline v0::ice {

class Generations;
class Session;

/// Data that has come, as far as it is the peer's: told apart by the pairs, and kept until it is polled.
///
///     over a pair that works, or that the peer has checked ─► the transport above
///     over a route whose check was before the peer's description ─► early: kept until the credentials are here
///     over any other ─► counted, and gone
class Arrivals {
 public:
  explicit Arrivals(Stats& stats) : stats_(stats) {}

  /// Gives it back where it is the peer's.
  PacketBuffer sort(TimePoint now, const Route& route, PacketBuffer packet, const Generations& generations);
  /// The peer's credentials are here: what came over the routes of its early checks is its.
  void releaseEarly(const Session& session);
  /// A restart: what is early from now on is of the generation that it offers.
  void dropEarly() { early_.clear(); }

  void push(PacketBuffer packet) { received_.pushBack(std::move(packet)); }
  bool take(PacketBuffer& out) { return received_.take(out); }
  void clear();

 private:
  Stats& stats_;
  Ring<PacketBuffer> received_;
  EarlyData early_;
};

}  // namespace tincan::inline v0::ice
