#include "peers.h"

#include <algorithm>

namespace tincan::inline v0::dtls::test {

using crypto::Identity;
using crypto::KeyType;

namespace {

constexpr int64_t kNow = 1'790'000'000;

Identity make(KeyType type, uint64_t seed) {
  SeededRandom random(seed);
  return std::move(Identity::generate(type, random, kNow)).value();
}

}  // namespace

const Identity& identity(KeyType type) {
  static const Identity ecdsa = make(KeyType::kEcdsaP256, 1);
  static const Identity rsa = make(KeyType::kRsa2048, 2);
  static const Identity ed25519 = make(KeyType::kEd25519, 3);
  if (type == KeyType::kRsa2048 || type == KeyType::kRsa3072) return rsa;
  return type == KeyType::kEd25519 ? ed25519 : ecdsa;
}

const Identity& otherIdentity() {
  static const Identity other = make(KeyType::kEcdsaP256, 4);
  return other;
}

std::vector<crypto::Fingerprint> fingerprintsOf(const Identity& of) {
  return {of.certificate().fingerprint(crypto::HashAlgorithm::kSha256)};
}

Config config(Role role, KeyType type, Version version) {
  Config out;
  out.role = role;
  out.identity = &identity(type);
  out.minVersion = out.maxVersion = version;
  return out;
}

void Log::drain(Connection& connection) {
  while (auto event = connection.pollEvent()) {
    if (auto* changed = std::get_if<StateChanged>(&*event)) states.push_back(changed->state);
    if (auto* exported = std::get_if<KeysExported>(&*event)) keys = std::move(exported->keys);
    if (auto* received = std::get_if<ApplicationData>(&*event)) data.push_back(toBytes(received->data.view()));
    if (auto* failed = std::get_if<Failed>(&*event)) error = failed->error;
  }
}

Pair::Pair(Config clientConfig, Config serverConfig, uint64_t seed)
    : clientRandom(seed * 3),
      serverRandom(seed * 3 + 1),
      networkRandom(seed * 3 + 2),
      client(clientConfig, clientRandom, pool),
      server(serverConfig, serverRandom, pool) {
  client.setRemoteFingerprints(fingerprintsOf(*serverConfig.identity));
  server.setRemoteFingerprints(fingerprintsOf(*clientConfig.identity));
}

void Pair::start() {
  server.start(now);
  client.start(now);
  pump();
}

void Pair::pump() {
  for (const Role sender : {Role::kClient, Role::kServer}) {
    const Role receiver = sender == Role::kClient ? Role::kServer : Role::kClient;
    PacketBuffer packet;
    while (of(sender).pollTransmit(now, packet)) {
      Bytes bytes = toBytes(packet.view());
      largest = std::max(largest, bytes.size());
      if (tracing) trace.emplace_back(sender, bytes);
      if (onDatagram && !onDatagram(sender, bytes)) continue;
      const auto percent = [&](int p) { return networkRandom.below(100) < static_cast<uint64_t>(p); };
      const int copies = percent(network.duplicatePercent) ? 2 : 1;
      for (int i = 0; i < copies; ++i) {
        if (percent(network.lossPercent)) continue;
        Duration delay = network.delay;
        if (percent(network.reorderPercent)) {
          delay += Duration::micros(
              static_cast<int64_t>(networkRandom.below(static_cast<uint64_t>(network.delay.micros()) * 3)));
        }
        inFlight_.emplace(now + delay, InFlight{receiver, bytes});
      }
    }
    logOf(sender).drain(of(sender));
  }
}

void Pair::deliver(Role to, const Bytes& bytes) {
  of(to).receive(now, pool.copy(bytes));
}

bool Pair::step(TimePoint limit) {
  TimePoint next = earlier(client.nextTimeout(), server.nextTimeout());
  if (!inFlight_.empty()) next = earlier(next, inFlight_.begin()->first);
  if (next > limit) {
    now = limit;
    return false;
  }
  now = std::max(now, next);
  while (!inFlight_.empty() && inFlight_.begin()->first <= now) {
    const InFlight arrived = std::move(inFlight_.begin()->second);
    inFlight_.erase(inFlight_.begin());
    deliver(arrived.to, arrived.bytes);
    pump();
  }
  client.handleTimeout(now);
  server.handleTimeout(now);
  pump();
  return true;
}

bool Pair::connect(Duration limit) {
  const TimePoint end = now + limit;
  const auto isUp = [](Connection& c) { return c.state() == State::kConnected; };
  const auto isDown = [](Connection& c) { return c.state() == State::kFailed || c.state() == State::kClosed; };
  while (!(isUp(client) && isUp(server)) && !isDown(client) && !isDown(server) && step(end)) {
  }
  return isUp(client) && isUp(server);
}

void Pair::run(Duration span) {
  pump();
  const TimePoint end = now + span;
  while (step(end)) {
  }
}

}  // namespace tincan::inline v0::dtls::test
