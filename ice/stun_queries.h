#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"
#include "base/random.h"
#include "ice/config.h"
#include "stun/message.h"
#include "stun/transaction.h"

namespace tincan::inline v0::ice {

/// What we ask STUN servers: a Binding request from each base to each address of a server (RFC 8445 §5.1.1.2), a pace
/// apart; and the indications that keep open what they found. Owned by the gatherer, which makes candidates and errors of
/// the outcomes.
class StunQueries {
 public:
  /// What a server told of one base; or, where none of its queries is left to wait for, why the last one told nothing.
  struct Outcome {
    size_t server = 0;
    SocketAddress base{}, remote{};
    uint16_t code = 0;  ///< 0: it answered
    std::string reason{};
    SocketAddress mapped{};
    Duration roundTrip = Duration::zero();
  };

  /// All outlive it.
  StunQueries(const AgentConfig& config, RandomSource& random, PacketPool& pool, Stats& stats)
      : config_(config), random_(random), pool_(pool), stats_(stats) {}

  /// Forgets them all; the next one goes out at once.
  void restart(TimePoint now);
  void add(TimePoint now, size_t server, const SocketAddress& remote, const SocketAddress& base);
  /// Some query has had no outcome yet.
  bool busy() const;
  bool busy(size_t server) const;
  /// True when the message answers one of them.
  bool handleResponse(TimePoint now, const Route& route, const stun::Message& message);
  bool pollOutcome(Outcome& out);
  /// These bases are no more.
  void closedUdp(const std::vector<SocketAddress>& locals);
  /// What was found need not be kept open any more.
  void stopKeepalive();
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);
  void close();

 private:
  struct Query {
    size_t server = 0;
    SocketAddress remote;
    SocketAddress base;
    stun::Transaction transaction;
    bool finished = false;
    TimePoint keepalive = TimePoint::never();
  };

  void fail(Query& query, uint16_t code, std::string reason);
  void send(const Query& query, const stun::TransactionId& id, stun::Class messageClass);

  const AgentConfig& config_;
  RandomSource& random_;
  PacketPool& pool_;
  Stats& stats_;
  std::vector<Query> queries_;
  TimePoint next_;
  Queue<Outcome> outcomes_;
  Queue<Transmit> transmits_;
};

}  // namespace tincan::inline v0::ice
