// Somebody on the path repeats the handshake's own packets with changes in them, thousands a second, while two peers
// connect.
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

constexpr Duration kDelay = Duration::millis(10);
constexpr Duration kBetween = Duration::micros(200);  // 5,000 a second

LinkConfig halfOfTheWay() {
  LinkConfig link;
  link.delay = kDelay / 2;
  return link;
}

bool isDtls(ByteView packet) {
  return !packet.empty() && packet[0] >= 20 && packet[0] <= 63;
}

/// Sees all packets of both peers, keeps those of DTLS, and injects changed copies of them as if they came from the peer.
class Mutator {
 public:
  /// `lag`: from when a packet leaves until its first changed copy may arrive.
  Mutator(World& world, std::array<Peer*, 2> peers, Duration lag)
      : world_(world), random_(world.newRandom()), lag_(lag) {
    world.onPacket([this, peers](const TracedPacket& packet) {
      if (packet.protocol != Protocol::kUdp || !isDtls(packet.bytes)) return;
      Peer* const victim = packet.from.name() == "a" ? peers[1] : peers[0];
      seen_.push_back(
          {world_.now(), victim, {Protocol::kUdp, packet.destination, packet.source}, toBytes(packet.bytes)});
    });
    next();
  }
  ~Mutator() { world_.onPacket({}); }
  void stop() { stopped_ = true; }
  uint64_t injected() const { return injected_; }

 private:
  struct Seen {
    TimePoint at;
    Peer* victim;
    Route route;
    Bytes bytes;
  };

  void next() {
    world_.after(kBetween, [this] {
      if (stopped_) return;
      inject();
      next();
    });
  }

  void inject() {
    const auto known = std::partition_point(seen_.begin(), seen_.end(),
                                            [&](const Seen& each) { return each.at + lag_ <= world_.now(); });
    const auto count = static_cast<uint64_t>(known - seen_.begin());
    if (count == 0) return;
    const Seen& source = seen_[random_.below(count)];
    const Bytes changed = mutate(source.bytes);
    ++injected_;
    source.victim->pc->receive(world_.now(), source.route, world_.pool().copy(changed));
  }

  Bytes mutate(Bytes bytes) {
    switch (random_.below(8)) {
      case 0: bytes.resize(1 + random_.below(bytes.size())); break;
      case 1: bytes.insert(bytes.end(), 1 + random_.below(20), static_cast<uint8_t>(random_.below(256))); break;
      case 2: bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(random_.below(bytes.size()))); break;
      case 3:  // in the headers of record and message
        bytes[random_.below(std::min<size_t>(bytes.size(), 25))] = static_cast<uint8_t>(random_.below(256));
        break;
      default:
        for (uint64_t count = 1 + random_.below(3); count > 0; --count) {
          bytes[random_.below(bytes.size())] ^= static_cast<uint8_t>(1 + random_.below(255));
        }
    }
    return bytes;
  }

  World& world_;
  RandomSource& random_;
  Duration lag_;
  std::vector<Seen> seen_;
  uint64_t injected_ = 0;
  bool stopped_ = false;
};

struct Outcome {
  bool connected = false;
  Duration taken;
  uint64_t injected = 0;
  std::string why;
};

Outcome connectUnderAttack(uint64_t seed, dtls::Version version, Duration lag) {
  World world(seed);
  stack::RTCConfiguration configuration;
  configuration.security.minVersion = configuration.security.maxVersion = version;
  Peer a(world, world.addHost("a", "203.0.113.1", halfOfTheWay()), configuration);
  Peer b(world, world.addHost("b", "203.0.113.2", halfOfTheWay()), configuration);
  Mutator mutator(world, {&a, &b}, lag);
  trickle(a, b);
  trickle(b, a);
  auto channel = a.pc->createDataChannel("under attack").value();
  signal(a, b);
  const TimePoint from = world.now();
  Outcome out;
  out.connected = world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(30));
  out.taken = world.now() - from;
  out.injected = mutator.injected();
  out.why = "a: " + a.pc->negotiationFailure() + ", b: " + b.pc->negotiationFailure();
  mutator.stop();
  return out;
}

/// How many of `count` connect, by when their copies come: behind the packet itself, half its way before it, all of it.
void expectToConnect(dtls::Version version, const std::vector<Duration>& lags, uint64_t count, uint64_t least) {
  for (const Duration lag : lags) {
    uint64_t up = 0, injected = 0;
    std::vector<int64_t> times;
    std::string why;
    for (uint64_t seed = 1; seed <= count; ++seed) {
      const Outcome out = connectUnderAttack(seed, version, lag);
      up += out.connected ? 1 : 0;
      injected += out.injected;
      times.push_back(out.taken.millis());
      if (!out.connected && why.empty()) why = ", seed " + std::to_string(seed) + ": " + out.why;
    }
    std::sort(times.begin(), times.end());
    const std::string measured = std::to_string(up) + " of " + std::to_string(count) + " connected, after " +
                                 std::to_string(times[times.size() / 2]) + " ms (median) to " +
                                 std::to_string(times.back()) + " ms, under " + std::to_string(injected) +
                                 " changed packets" + why;
    EXPECT_GE(up, least) << name(version) << ", copies " << lag.millis() << " ms behind: " << measured;
    std::printf("%s, copies %d ms behind the packet leaving: %s\n", std::string(name(version)).c_str(),
                static_cast<int>(lag.millis()), measured.c_str());
  }
}

TEST(MutatedPackets, NinetyNineOfAHundredConnectWithDtls13) {
  expectToConnect(dtls::Version::kDtls13, {kDelay, kDelay / 2, Duration::zero()}, 100, 99);
}

// In 1.2 much more is said in the clear. Behind the packets they do no harm; in front of them some handshakes take seconds.
TEST(MutatedPackets, AllConnectWithDtls12BehindThePacketsAndMostInFrontOfThem) {
  expectToConnect(dtls::Version::kDtls12, {kDelay}, 100, 99);
  expectToConnect(dtls::Version::kDtls12, {kDelay / 2}, 5, 4);
}

}  // namespace
}  // namespace tincan::inline v0::sim
