#pragma once

#include "base/endpoint.h"
#include "base/queue.h"
#include "ice/config.h"
#include "stun/message.h"

namespace tincan::inline v0::ice {

/// Answers to checks that are of no session: who has no password of ours gets an error (RFC 8489 §9.1.3), up to a bound.
class Refusals {
 public:
  Refusals(PacketPool& pool, Stats& stats) : pool_(pool), stats_(stats) {}

  void add(const Route& route, const stun::Message& request, stun::ErrorNumber number);
  bool take(Transmit& out);
  void clear() { waiting_.clear(); }

 private:
  PacketPool& pool_;
  Stats& stats_;
  Queue<Transmit> waiting_;
};

}  // namespace tincan::inline v0::ice
