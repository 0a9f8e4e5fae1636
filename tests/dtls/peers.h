#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "dtls/connection.h"

namespace tincan::inline v0::dtls::test {

/// Identities are slow to make (RSA): one of each for all tests.
const crypto::Identity& identity(crypto::KeyType type);
const crypto::Identity& otherIdentity();
std::vector<crypto::Fingerprint> fingerprintsOf(const crypto::Identity& identity);

/// What a connection has told so far.
struct Log {
  std::vector<State> states;
  std::optional<crypto::SrtpKeys> keys;
  std::optional<Error> error;
  std::vector<Bytes> data;
  void drain(Connection& connection);
};

/// Two connections of ours over a network in virtual time that delays, loses, repeats and reorders by a seed.
class Pair {
 public:
  struct Network {
    Duration delay = Duration::millis(20);
    int lossPercent = 0;
    int duplicatePercent = 0;
    int reorderPercent = 0;  ///< held back for up to three more delays
  };

  Pair(Config client, Config server, uint64_t seed = 1);

  void start();
  /// Moves on until both are connected (or failed), or `limit` has passed; true when both are connected.
  bool connect(Duration limit = Duration::seconds(300));
  /// Moves on for this long.
  void run(Duration span);
  /// Delivers what is due next, or fires the next timer; false when nothing is left.
  bool step(TimePoint limit);

  Connection& of(Role role) { return role == Role::kClient ? client : server; }
  Log& logOf(Role role) { return role == Role::kClient ? clientLog : serverLog; }

  Network network;
  /// Sees each datagram, by who sent it, and may change it; false drops it.
  std::function<bool(Role sender, Bytes& datagram)> onDatagram;
  std::vector<std::pair<Role, Bytes>> trace;
  bool tracing = false;
  size_t largest = 0;
  TimePoint now = TimePoint::fromMicros(1'000'000);

  PacketPool pool;
  SeededRandom clientRandom, serverRandom, networkRandom;
  Connection client, server;
  Log clientLog, serverLog;

 private:
  struct InFlight {
    Role to;
    Bytes bytes;
  };
  void pump();
  void deliver(Role to, const Bytes& bytes);
  std::multimap<TimePoint, InFlight> inFlight_;
};

/// Speaks this version alone.
Config config(Role role, crypto::KeyType type = crypto::KeyType::kEcdsaP256, Version version = Version::kDtls12);

}  // namespace tincan::inline v0::dtls::test
