// Two of ours at 1.3: every suite, group and key; HelloRetryRequest; which version it becomes.
#include <tuple>

#include <gtest/gtest.h>

#include "data_flows.h"
#include "dtls/cipher_suite.h"
#include "dtls/connection.h"
#include "libssl_peer.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using crypto::NamedGroup;
using test::config;
using test::expectDataFlows;
using test::Pair;

Config config13(Role role, KeyType type = KeyType::kEcdsaP256) {
  return config(role, type, Version::kDtls13);
}

std::string why(const Pair& pair) {
  return (pair.clientLog.error ? "client: " + pair.clientLog.error->toString() : "") +
         (pair.serverLog.error ? " server: " + pair.serverLog.error->toString() : "");
}

void expectSameKeys(const test::Log& a, const test::Log& b) {
  ASSERT_TRUE(a.keys && b.keys);
  EXPECT_EQ(a.keys->profile, b.keys->profile);
  EXPECT_TRUE(equalBytes(a.keys->localKey.view(), b.keys->remoteKey.view()));
  EXPECT_TRUE(equalBytes(a.keys->remoteKey.view(), b.keys->localKey.view()));
  EXPECT_TRUE(equalBytes(a.keys->localSalt.view(), b.keys->remoteSalt.view()));
  EXPECT_TRUE(equalBytes(a.keys->remoteSalt.view(), b.keys->localSalt.view()));
  EXPECT_FALSE(equalBytes(a.keys->localKey.view(), a.keys->remoteKey.view()));
}

class Suites13 : public testing::TestWithParam<std::tuple<uint16_t, NamedGroup, KeyType, KeyType>> {};

TEST_P(Suites13, ConnectAndExport) {
  const auto [suite, group, clientKey, serverKey] = GetParam();
  Config client = config13(Role::kClient, clientKey), server = config13(Role::kServer, serverKey);
  client.cipherSuites = {suite};
  client.groups = {group};
  Pair pair(client, server);
  pair.start();
  ASSERT_TRUE(pair.connect()) << why(pair);
  pair.run(Duration::seconds(10));
  for (const Role role : {Role::kClient, Role::kServer}) {
    EXPECT_EQ(pair.of(role).version(), Version::kDtls13);
    EXPECT_EQ(pair.of(role).cipherSuite(), findCipherSuite(suite)->name);
    EXPECT_EQ(pair.of(role).group(), name(group));
    EXPECT_EQ(pair.logOf(role).states, (std::vector<State>{State::kConnecting, State::kConnected}));
    EXPECT_EQ(pair.of(role).stats().flightsRetransmitted, 0u);
    EXPECT_EQ(pair.of(role).stats().recordsDropped, 0u);
    EXPECT_TRUE(pair.of(role).nextTimeout().isNever());
  }
  // The client's last flight is acknowledged, and nothing else needs a word.
  EXPECT_EQ(pair.server.stats().acksSent, 1u);
  EXPECT_EQ(pair.client.stats().acksSent, 0u);
  expectSameKeys(pair.clientLog, pair.serverLog);
  EXPECT_TRUE(equalBytes(pair.client.remoteCertificate()->der(), test::identity(serverKey).certificate().der()));
  EXPECT_TRUE(equalBytes(pair.server.remoteCertificate()->der(), test::identity(clientKey).certificate().der()));
  const auto a = pair.client.exportKeyingMaterial("EXPERIMENTAL tin", 77);
  const auto b = pair.server.exportKeyingMaterial("EXPERIMENTAL tin", 77);
  EXPECT_TRUE(a.ok() && b.ok() && equalBytes(a->view(), b->view()));
  expectDataFlows(pair);
}

INSTANTIATE_TEST_SUITE_P(All, Suites13,
                         testing::Combine(testing::Values(0x1301, 0x1302, 0x1303),
                                          testing::Values(NamedGroup::kX25519, NamedGroup::kP256, NamedGroup::kP384),
                                          testing::Values(KeyType::kEcdsaP256, KeyType::kRsa2048, KeyType::kEd25519),
                                          testing::Values(KeyType::kEcdsaP256, KeyType::kRsa2048, KeyType::kEd25519)));

TEST(Dtls13, RetryByGroupByCookieAndByBoth) {
  for (const bool cookie : {false, true}) {
    for (const bool group : {false, true}) {
      Config client = config13(Role::kClient), server = config13(Role::kServer);
      server.cookieExchange = cookie;
      if (group) server.groups = {NamedGroup::kP384};
      Pair pair(client, server);
      pair.network.delay = Duration::millis(50);
      pair.start();
      ASSERT_TRUE(pair.connect()) << why(pair);
      EXPECT_EQ(pair.client.group(), group ? "P-384" : "X25519");
      const bool retried = cookie || group;
      EXPECT_EQ((pair.now - TimePoint::fromMicros(1'000'000)).millis(), retried ? 250 : 150);
      expectSameKeys(pair.clientLog, pair.serverLog);
      expectDataFlows(pair);
    }
  }
}

TEST(Dtls13, ServersPassOverSharesThatTheyDoNotKnowOrWant) {
  // P-256 first in the client's list, with the share; the server would rather X25519, but not for a round trip.
  Config client = config13(Role::kClient), server = config13(Role::kServer);
  client.groups = {NamedGroup::kP256, NamedGroup::kX25519};
  Pair pair(client, server);
  pair.network.delay = Duration::millis(50);
  pair.start();
  ASSERT_TRUE(pair.connect()) << why(pair);
  EXPECT_EQ(pair.client.group(), "P-256");
  EXPECT_EQ((pair.now - TimePoint::fromMicros(1'000'000)).millis(), 150);
}

// RFC 8446 §4.4.4: half a round trip ahead of everything else.
TEST(Dtls13, AServerSpeaksBeforeItKnowsTheClient) {
  for (const Version version : {Version::kDtls12, Version::kDtls13}) {
    Pair pair(config(Role::kClient, KeyType::kEcdsaP256, version), config(Role::kServer, KeyType::kEcdsaP256, version));
    pair.network.delay = Duration::millis(50);
    EXPECT_EQ(pair.server.sendEarly(pair.now, asBytes("no keys")).error().code(), ErrorCode::kInvalidStateError);
    pair.start();
    bool said = false;
    while (pair.server.state() != State::kConnected && pair.step(pair.now + Duration::seconds(5))) {
      EXPECT_FALSE(pair.client.takesEarlyData());
      EXPECT_FALSE(pair.client.sendEarly(pair.now, asBytes("a client")).ok());
      if (said || !pair.server.takesEarlyData()) continue;
      EXPECT_FALSE(pair.server.send(pair.now, asBytes("to the peer alone")).ok());
      said = pair.server.sendEarly(pair.now, asBytes("to anyone")).ok();
      pair.run(Duration::zero());
    }
    EXPECT_EQ(said, version == Version::kDtls13);
    EXPECT_FALSE(pair.server.takesEarlyData());
    EXPECT_FALSE(pair.server.sendEarly(pair.now, asBytes("late")).ok());
    EXPECT_EQ(pair.clientLog.data.size(), said ? 1u : 0u) << "it was there when the client's last flight was";
    ASSERT_TRUE(pair.connect()) << why(pair);  // in 1.2 the server is the first
    expectDataFlows(pair);
  }
}

TEST(Dtls13, NoSrtpNoKeys) {
  Config client = config13(Role::kClient), server = config13(Role::kServer);
  client.srtpProfiles.clear();
  Pair pair(client, server);
  pair.start();
  ASSERT_TRUE(pair.connect()) << why(pair);
  EXPECT_FALSE(pair.clientLog.keys || pair.serverLog.keys);
}

struct Speaks {
  Version min, max;
};
constexpr Speaks kOnly12{Version::kDtls12, Version::kDtls12}, kOnly13{Version::kDtls13, Version::kDtls13},
    kBoth{Version::kDtls12, Version::kDtls13};

Config config(Role role, Speaks versions, KeyType type = KeyType::kEcdsaP256) {
  Config out = test::config(role, type);
  out.minVersion = versions.min;
  out.maxVersion = versions.max;
  return out;
}

TEST(Versions, EveryPairing) {
  for (const Speaks client : {kOnly12, kOnly13, kBoth}) {
    for (const Speaks server : {kOnly12, kOnly13, kBoth}) {
      for (const bool cookie : {false, true}) {
        Config ofServer = config(Role::kServer, server);
        ofServer.cookieExchange = cookie;
        Pair pair(config(Role::kClient, client), ofServer);
        pair.start();
        const bool both13 = client.max == Version::kDtls13 && server.max == Version::kDtls13;
        const bool both12 = client.min == Version::kDtls12 && server.min == Version::kDtls12;
        ASSERT_EQ(pair.connect(Duration::seconds(5)), both13 || both12) << why(pair);
        if (!both13 && !both12) {
          EXPECT_GT(pair.server.stats().helloesRefused, 0u);
          continue;
        }
        const Version expected = both13 ? Version::kDtls13 : Version::kDtls12;
        EXPECT_EQ(pair.client.version(), expected);
        EXPECT_EQ(pair.server.version(), expected);
        expectSameKeys(pair.clientLog, pair.serverLog);
        expectDataFlows(pair);
      }
    }
  }
}

TEST(Versions, AMinimumAboveTheMaximumFailsWithAReason) {
  PacketPool pool;
  SeededRandom random(1);
  Connection connection(config(Role::kClient, {Version::kDtls13, Version::kDtls12}), random, pool);
  connection.start({});
  EXPECT_EQ(connection.state(), State::kFailed);
}

// libssl knows 1.2 alone.
TEST(Versions, LibsslIsMetWith12) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    for (const bool cookie : {false, true}) {
      PacketPool pool;
      SeededRandom random(1);
      Config ours = config(role, kBoth, KeyType::kRsa2048);
      ours.cookieExchange = cookie;
      Connection connection(ours, random, pool);
      connection.setRemoteFingerprints(test::fingerprintsOf(test::identity(KeyType::kEcdsaP256)));
      test::LibsslPeer::Options options;
      options.role = role == Role::kClient ? Role::kServer : Role::kClient;
      options.cookie = cookie;
      test::LibsslPeer peer(test::identity(KeyType::kEcdsaP256), options);
      test::Log log;
      connection.start({});
      peer.start();
      for (bool moved = true; moved;) {
        moved = false;
        PacketBuffer packet;
        while (connection.pollTransmit({}, packet)) peer.receive(packet.view()), moved = true;
        for (const Bytes& datagram : peer.take()) connection.receive({}, pool.copy(datagram)), moved = true;
        log.drain(connection);
      }
      EXPECT_EQ(connection.state(), State::kConnected) << (log.error ? log.error->toString() : "");
      EXPECT_TRUE(peer.connected());
      EXPECT_EQ(connection.version(), Version::kDtls12);
      EXPECT_TRUE(log.keys);
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::dtls
