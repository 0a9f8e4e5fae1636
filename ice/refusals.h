#pragma once

#include "ice/outbox.h"
#include "stun/message.h"

namespace tincan::inline v0::ice {

/// Answers to checks that are of no session: who has no password of ours gets an error (RFC 8489 §9.1.3), up to a bound.
class Refusals {
 public:
  Refusals(PacketPool& pool, Stats& stats) : stats_(stats), outbox_(pool, stats) {}

  void add(const Route& route, const stun::Message& request, stun::ErrorNumber number);
  bool take(Transmit& out) { return outbox_.take(out); }
  void clear() { outbox_.clear(); }

 private:
  Stats& stats_;
  Outbox outbox_;
};

}  // namespace tincan::inline v0::ice
