// Bad networks, in virtual time: loss, reordering, duplication, small MTUs. All handshakes complete.
#include <algorithm>
#include <cstdio>
#include <optional>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "dtls/connection.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::Pair;

/// It is retransmission that is tried here, to its end.
Config config(Role role, KeyType type = KeyType::kEcdsaP256, Version version = Version::kDtls12) {
  Config out = test::config(role, type, version);
  out.handshakeTimeout = Duration::infinite();
  return out;
}

void expectConnects(Pair& pair, uint64_t seed) {
  pair.start();
  ASSERT_TRUE(pair.connect(Duration::seconds(3600)))
      << "seed " << seed << " " << (pair.clientLog.error ? pair.clientLog.error->toString() : "timed out");
  ASSERT_TRUE(pair.clientLog.keys && pair.serverLog.keys);
  EXPECT_TRUE(equalBytes(pair.clientLog.keys->localKey.view(), pair.serverLog.keys->remoteKey.view()));
}

TEST(Network, LossReorderingAndDuplicationBySeed) {
  for (const int loss : {5, 20, 50}) {
    for (uint64_t seed = 1; seed <= 12; ++seed) {
      Config server = config(Role::kServer);
      server.cookieExchange = seed % 2 == 0;
      Pair pair(config(Role::kClient), server, seed);
      pair.network = {Duration::millis(30), loss, 10, 30};
      expectConnects(pair, seed);
    }
  }
}

TEST(Network, EveryMtu) {
  for (size_t mtu : {256, 257, 300, 511, 576, 900, 1200, 1500}) {
    for (const int loss : {0, 20}) {
      Config client = config(Role::kClient, KeyType::kRsa2048), server = config(Role::kServer, KeyType::kRsa2048);
      client.mtu = server.mtu = mtu;
      Pair pair(client, server, mtu);
      pair.network = {Duration::millis(30), loss, 5, 20};
      expectConnects(pair, mtu);
      EXPECT_LE(pair.largest, mtu);
    }
  }
}

// What is longer than the path's MTU vanishes; nobody is told (RFC 6347 §4.1.1.1).
TEST(Network, BlackHoleForLargeDatagrams) {
  Pair pair(config(Role::kClient, KeyType::kRsa2048), config(Role::kServer, KeyType::kRsa2048));
  pair.onDatagram = [](Role, Bytes& datagram) { return datagram.size() <= 600; };
  expectConnects(pair, 0);
}

// Each datagram of the handshake lost once, alone: the timers and the answers to what comes again bring it back.
TEST(Network, EachDatagramLostOnce) {
  for (int lost = 0; lost < 12; ++lost) {
    Config client = config(Role::kClient), server = config(Role::kServer);
    client.mtu = server.mtu = 400;
    Pair pair(client, server);
    int index = 0;
    pair.onDatagram = [&](Role, Bytes&) { return index++ != lost; };
    expectConnects(pair, static_cast<uint64_t>(lost));
    EXPECT_LE((pair.now - TimePoint::fromMicros(1'000'000)).millis(), 1300) << lost;
  }
}

TEST(Network, TheLastFlightLostIsSentAgainWhenTheClientAsks) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  int fromServer = 0;
  // Flight 4 is one datagram; the first copy of flight 6 is the second.
  pair.onDatagram = [&](Role sender, Bytes&) { return sender == Role::kClient || ++fromServer != 2; };
  expectConnects(pair, 1);
  EXPECT_EQ(pair.server.stats().flightsRetransmitted, 1u);
  EXPECT_EQ(pair.client.stats().flightsRetransmitted, 1u);
}

TEST(Network, TimersDoubleFrom400MillisecondsToTheCap) {
  PacketPool pool;
  SeededRandom random(1);
  Connection client(config(Role::kClient), random, pool);
  TimePoint now = TimePoint::fromMicros(0);
  client.start(now);
  int64_t expected = 400;
  for (int i = 0; i < 12; ++i) {
    EXPECT_EQ((client.nextTimeout() - now).millis(), expected);
    now = client.nextTimeout();
    client.handleTimeout(now - Duration::micros(1));
    EXPECT_EQ(client.nextTimeout(), now);
    client.handleTimeout(now);
    expected = std::min<int64_t>(expected * 2, 60000);
  }
  EXPECT_EQ(client.state(), State::kConnecting);
}

TEST(Network, HandshakeTimeoutFails) {
  Config silent = config(Role::kClient);
  silent.handshakeTimeout = Duration::seconds(5);
  PacketPool pool;
  SeededRandom random(1);
  Connection client(silent, random, pool);
  client.start(TimePoint());
  TimePoint now;
  while (!client.nextTimeout().isNever()) client.handleTimeout(now = client.nextTimeout());
  EXPECT_EQ(now, TimePoint() + Duration::seconds(5));
  EXPECT_EQ(client.state(), State::kFailed);
}

TEST(Network, SameSeedSameBytes) {
  std::vector<std::pair<Role, Bytes>> first;
  for (int i = 0; i < 2; ++i) {
    Pair pair(config(Role::kClient, KeyType::kRsa2048), config(Role::kServer, KeyType::kRsa2048), 42);
    pair.network = {Duration::millis(30), 20, 10, 30};
    pair.tracing = true;
    expectConnects(pair, 42);
    if (i == 0) {
      first = pair.trace;
    } else {
      EXPECT_TRUE(first == pair.trace);
    }
  }
}

// RFC 5288 §3, LIMITS A20: all records of a connection, retransmissions too.
TEST(Network, NoExplicitNonceRepeats) {
  Pair pair(config(Role::kClient), config(Role::kServer), 9);
  pair.network = {Duration::millis(30), 40, 0, 0};
  std::set<std::pair<Role, Bytes>> seen;
  size_t records = 0;
  pair.onDatagram = [&](Role sender, Bytes& datagram) {
    ByteReader reader(datagram);
    while (!reader.atEnd()) {
      reader.skip(3);
      const uint16_t epoch = reader.u16();
      reader.skip(6);
      const ByteView body = reader.prefixed16();
      if (epoch == 0) continue;
      ++records;
      EXPECT_TRUE(seen.emplace(sender, toBytes(body.first(8))).second);
    }
    return true;
  };
  expectConnects(pair, 9);
  for (int i = 0; i < 2000; ++i) {
    (void)pair.client.send(pair.now, asBytes("x"));
    (void)pair.server.send(pair.now, asBytes("y"));
    if (i % 50 == 0) pair.run(Duration::millis(1));
  }
  pair.run(Duration::seconds(1));
  EXPECT_GT(records, 4000u);
}

// From the client's first datagram until each end has its SRTP keys, in round trips.
TEST(Network, RoundTripsToKeys) {
  struct Row {
    Version version;
    bool retry;
    double client, server;
  };
  // 1.2: ClientHello, ServerHello..Done, Certificate..Finished, Finished. 1.3: ClientHello, ServerHello..Finished,
  // Certificate..Finished. A cookie costs one more in either.
  const Row rows[] = {{Version::kDtls12, false, 2, 1.5},
                      {Version::kDtls12, true, 3, 2.5},
                      {Version::kDtls13, false, 1, 1.5},
                      {Version::kDtls13, true, 2, 2.5}};
  const Duration roundTrip = Duration::millis(100);
  for (const Row& row : rows) {
    // The client offers both: what is not known beforehand costs nothing.
    Config client = config(Role::kClient), server = config(Role::kServer);
    client.maxVersion = Version::kDtls13;
    server.minVersion = server.maxVersion = row.version;
    server.cookieExchange = row.retry;
    Pair pair(client, server);
    pair.network.delay = roundTrip / 2;
    const TimePoint begun = pair.now;
    std::optional<TimePoint> keysOf[2];
    pair.start();
    for (int i = 0; i < 1000 && !(pair.clientLog.keys && pair.serverLog.keys); ++i) {
      ASSERT_TRUE(pair.step(begun + Duration::seconds(10)));
      for (const Role role : {Role::kClient, Role::kServer}) {
        auto& at = keysOf[role == Role::kClient ? 0 : 1];
        if (pair.logOf(role).keys && !at) at = pair.now;
      }
    }
    ASSERT_TRUE(keysOf[0] && keysOf[1]);
    EXPECT_EQ(pair.client.version(), row.version);
    const auto trips = [&](TimePoint at) {
      return static_cast<double>((at - begun).micros()) / static_cast<double>(roundTrip.micros());
    };
    const double atClient = trips(*keysOf[0]), atServer = trips(*keysOf[1]);
    std::printf("%s%s: SRTP keys after %.1f round trips at the client, %.1f at the server, %.1f at both\n",
                std::string(name(row.version)).c_str(), row.retry ? " with a cookie" : "", atClient, atServer,
                std::max(atClient, atServer));
    EXPECT_DOUBLE_EQ(atClient, row.client);
    EXPECT_DOUBLE_EQ(atServer, row.server);
  }
}

}  // namespace
}  // namespace tincan::inline v0::dtls
