// RFC 9147 §8: new keys with data in the air, both ways, lost, repeated and reordered.
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "data_flows.h"
#include "dtls/connection.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

using test::expectDataFlows;
using test::Pair;

Config config(Role role) {
  return test::config(role, crypto::KeyType::kEcdsaP256, Version::kDtls13);
}

struct Connected : Pair {
  explicit Connected(uint64_t seed = 1, Config ofClient = config(Role::kClient))
      : Pair(ofClient, config(Role::kServer), seed) {
    start();
    EXPECT_TRUE(connect());
    run(Duration::seconds(1));  // and the last flight is acknowledged
  }
};

TEST(KeyUpdate, EitherOrBothAndAtOnce) {
  for (const bool fromClient : {false, true}) {
    for (const bool fromServer : {false, true}) {
      for (const bool peerToo : {false, true}) {
        Connected pair;
        if (fromClient) {
          ASSERT_TRUE(pair.client.updateKeys(pair.now, peerToo).ok());
        }
        if (fromServer) {
          ASSERT_TRUE(pair.server.updateKeys(pair.now, peerToo).ok());
        }
        pair.run(Duration::seconds(1));
        // Each writer's renewal counts at both ends. Who asks while the other's own is on its way may get a second one.
        const uint64_t writers = (fromClient ? 1u : 0u) + (fromServer ? 1u : 0u);
        const uint64_t asked = peerToo ? writers : 0u;
        for (const Role role : {Role::kClient, Role::kServer}) {
          EXPECT_GE(pair.of(role).stats().keyUpdates, writers + (writers == 1 ? asked : 0));
          EXPECT_LE(pair.of(role).stats().keyUpdates, writers + asked);
          EXPECT_EQ(pair.of(role).stats().authenticationFailures, 0u);
        }
        EXPECT_EQ(pair.client.stats().keyUpdates, pair.server.stats().keyUpdates);
        expectDataFlows(pair);
      }
    }
  }
}

// What is under the old keys and comes late is still read; long after the new ones came into use it is not.
TEST(KeyUpdate, RecordsOfTheOldEpochAreReadForAWhile) {
  for (const bool tooLate : {false, true}) {
    Connected pair;
    ASSERT_TRUE(pair.client.send(pair.now, asBytes("overtaken")).ok());
    PacketBuffer overtaken;
    ASSERT_TRUE(pair.client.pollTransmit(pair.now, overtaken));
    ASSERT_TRUE(pair.client.updateKeys(pair.now, false).ok());
    pair.run(Duration::millis(200));
    ASSERT_TRUE(pair.client.send(pair.now, asBytes("under new keys")).ok());
    pair.run(tooLate ? Duration::seconds(6) : Duration::seconds(4));
    ASSERT_EQ(pair.serverLog.data.size(), 1u);
    pair.server.receive(pair.now, std::move(overtaken));
    pair.run(Duration::millis(1));
    EXPECT_EQ(pair.serverLog.data.size(), tooLate ? 1u : 2u);
    EXPECT_EQ(pair.server.state(), State::kConnected);
    expectDataFlows(pair);
  }
}

TEST(KeyUpdate, WithDataInTheAirOnBadNetworks) {
  for (const int loss : {0, 20}) {
    for (uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE("loss " + std::to_string(loss) + " seed " + std::to_string(seed));
      Connected pair(seed);
      pair.network = {Duration::millis(20), loss, 10, 30};
      int sent = 0;
      for (; sent < 600; ++sent) {
        const std::string text = std::to_string(sent);
        ASSERT_TRUE(pair.client.send(pair.now, asBytes(text)).ok());
        ASSERT_TRUE(pair.server.send(pair.now, asBytes(text)).ok());
        if (sent % 60 == 10) {
          ASSERT_TRUE(pair.client.updateKeys(pair.now, sent % 120 == 10).ok());
        }
        if (sent % 60 == 40) {
          ASSERT_TRUE(pair.server.updateKeys(pair.now, sent % 120 == 40).ok());
        }
        pair.run(Duration::millis(10));
      }
      pair.network = {};
      pair.run(Duration::seconds(120));
      for (const Role role : {Role::kClient, Role::kServer}) {
        EXPECT_EQ(pair.of(role).state(), State::kConnected);
        EXPECT_GE(pair.of(role).stats().keyUpdates, loss == 0 ? 20u : 10u);
        EXPECT_EQ(pair.of(role).stats().authenticationFailures, 0u);
        std::map<std::string, int> came;
        for (const Bytes& each : pair.logOf(role).data) ++came[std::string(asText(each))];
        if (loss == 0) {
          EXPECT_EQ(came.size(), static_cast<size_t>(sent));
        }
        for (const auto& [text, count] : came) EXPECT_EQ(count, 1) << text;
      }
      expectDataFlows(pair);
    }
  }
}

// RFC 9147 §4.5.3: before a key is worn out there are new ones, without being asked for.
TEST(KeyUpdate, ComesByItselfBeforeAKeyIsWornOut) {
  Config client = config(Role::kClient);
  client.recordsPerKey = 50;
  Connected pair(1, client);
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(pair.client.send(pair.now, asBytes("x")).ok()) << i;
    pair.run(Duration::millis(5));
  }
  pair.run(Duration::seconds(1));
  EXPECT_GE(pair.client.stats().keyUpdates, 5u);
  EXPECT_EQ(pair.serverLog.data.size(), 500u);
}

TEST(KeyUpdate, WithoutAnAnswerTheKeysWearOut) {
  Config client = config(Role::kClient);
  client.recordsPerKey = 50;
  Connected pair(1, client);
  pair.network.lossPercent = 100;
  int sent = 0;
  while (sent < 1000 && pair.client.send(pair.now, asBytes("x")).ok()) {
    ++sent;
    pair.run(Duration::millis(1));
  }
  EXPECT_GE(sent, 90);
  EXPECT_LE(sent, 100);
}

TEST(KeyUpdate, IsNotThereIn12NorBeforeTheHandshake) {
  Pair pair(test::config(Role::kClient), test::config(Role::kServer));
  EXPECT_EQ(pair.client.updateKeys(pair.now, true).error().code(), ErrorCode::kInvalidStateError);
  pair.start();
  ASSERT_TRUE(pair.connect());
  EXPECT_EQ(pair.client.updateKeys(pair.now, true).error().code(), ErrorCode::kNotSupportedError);
}

}  // namespace
}  // namespace tincan::inline v0::dtls
