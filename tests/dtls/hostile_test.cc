// The rows A13 to A22 of the hostile inputs, against whole connections: of 1.2 where a test says nothing else.
#include <array>

#include <gtest/gtest.h>

#include "data_flows.h"
#include "dtls/connection.h"
#include "dtls/handshake/reassembly.h"
#include "peers.h"
#include "records.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::Fingerprint;
using crypto::HashAlgorithm;
using crypto::KeyType;
using test::config;
using test::expectDataFlows;
using test::Pair;

Fingerprint of(const crypto::Identity& identity, HashAlgorithm algorithm) {
  return identity.certificate().fingerprint(algorithm);
}
const crypto::Identity& genuine() {
  return test::identity(KeyType::kEcdsaP256);
}

/// What holds for both versions.
class HostileInEither : public testing::TestWithParam<Version> {
 protected:
  static Config config(Role role) { return test::config(role, KeyType::kEcdsaP256, GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Versions, HostileInEither, testing::Values(Version::kDtls12, Version::kDtls13),
                         [](const auto& each) { return each.param == Version::kDtls12 ? "Dtls12" : "Dtls13"; });

TEST_P(HostileInEither, A14FingerprintsThatDoNotMatch) {
  const std::vector<std::vector<Fingerprint>> lists = {
      {of(test::otherIdentity(), HashAlgorithm::kSha256)},
      {of(genuine(), HashAlgorithm::kSha1)},
      {of(genuine(), HashAlgorithm::kSha1), of(test::otherIdentity(), HashAlgorithm::kSha256)},
      {of(genuine(), HashAlgorithm::kSha256), of(test::otherIdentity(), HashAlgorithm::kSha512)},
      {},
  };
  for (const Role role : {Role::kClient, Role::kServer}) {
    for (const auto& list : lists) {
      Pair pair(config(Role::kClient), config(Role::kServer));
      pair.of(role).setRemoteFingerprints(list);
      pair.start();
      EXPECT_FALSE(pair.connect(Duration::seconds(70)));
      pair.run(Duration::seconds(1));
      EXPECT_EQ(pair.of(role).state(), State::kFailed);
      EXPECT_FALSE(pair.logOf(role).keys);
      ASSERT_TRUE(pair.logOf(role).error);
      EXPECT_EQ(pair.logOf(role).error->code(), ErrorCode::kUnauthenticated);
      EXPECT_FALSE(pair.of(role).send(pair.now, asBytes("x")).ok());
      EXPECT_FALSE(pair.of(role).exportKeyingMaterial("EXTRACTOR-dtls_srtp", 10).ok());
    }
  }
}

TEST_P(HostileInEither, A14FingerprintsThatMatch) {
  const std::vector<std::vector<Fingerprint>> lists = {
      {of(genuine(), HashAlgorithm::kSha384)},
      {of(genuine(), HashAlgorithm::kSha512)},
      {of(genuine(), HashAlgorithm::kSha1), of(genuine(), HashAlgorithm::kSha256)},
      {of(test::otherIdentity(), HashAlgorithm::kSha256), of(genuine(), HashAlgorithm::kSha256)},
  };
  for (const auto& list : lists) {
    Pair pair(config(Role::kClient), config(Role::kServer));
    pair.client.setRemoteFingerprints(list);
    pair.start();
    EXPECT_TRUE(pair.connect());
  }
}

TEST(Hostile, FingerprintsThatComeLateAreAwaited) {
  for (const bool right : {true, false}) {
    for (const Role late : {Role::kClient, Role::kServer}) {
      PacketPool pool;
      SeededRandom a(1), b(2);
      Connection client(config(Role::kClient), a, pool), server(config(Role::kServer), b, pool);
      Connection& waiting = late == Role::kClient ? client : server;
      Connection& ready = late == Role::kClient ? server : client;
      ready.setRemoteFingerprints(test::fingerprintsOf(genuine()));
      test::Log log, other;
      const TimePoint now;
      const auto exchange = [&] {
        for (bool moved = true; moved;) {
          moved = false;
          PacketBuffer packet;
          while (client.pollTransmit(now, packet)) server.receive(now, std::move(packet)), moved = true;
          while (server.pollTransmit(now, packet)) client.receive(now, std::move(packet)), moved = true;
        }
        log.drain(waiting);
        other.drain(ready);
      };
      server.start(now);
      client.start(now);
      exchange();
      EXPECT_EQ(ready.state(), State::kConnected);
      EXPECT_EQ(waiting.state(), State::kConnecting);
      EXPECT_FALSE(log.keys);
      EXPECT_FALSE(waiting.send(now, asBytes("x")).ok());
      ASSERT_TRUE(ready.send(now, asBytes("early bird")).ok());
      exchange();
      EXPECT_TRUE(log.data.empty());
      EXPECT_TRUE(waiting.nextTimeout().isNever());
      waiting.setRemoteFingerprints(test::fingerprintsOf(right ? genuine() : test::otherIdentity()));
      exchange();
      EXPECT_EQ(waiting.state(), right ? State::kConnected : State::kFailed);
      EXPECT_EQ(log.keys.has_value(), right);
      EXPECT_EQ(log.data.size(), right ? 1u : 0u);
      EXPECT_EQ(ready.state(), right ? State::kConnected : State::kFailed);
    }
  }
}

// The documented policy (crypto::Certificate): a self-signed certificate's dates are not judged.
TEST(Hostile, A15ExpiredCertificateIsAccepted) {
  SeededRandom random(9);
  const auto expired = crypto::Identity::generate(KeyType::kEcdsaP256, random, 600'000'000);
  ASSERT_TRUE(expired.ok());
  Config server = config(Role::kServer);
  server.identity = &*expired;
  Pair pair(config(Role::kClient), server);
  pair.start();
  EXPECT_TRUE(pair.connect());
}

TEST(Hostile, A17MessagesThatClaimMuchAreNotHeld) {
  Reassembly reassembly;
  const Bytes one(1);
  for (uint32_t i = 0; i < 10000; ++i) {
    const auto sequence = static_cast<uint16_t>(i % 100);
    EXPECT_EQ(reassembly.add({HandshakeType::kCertificate, 0xFFFFFF, sequence, i, 1}, one, 0),
              Reassembly::Outcome::kRefused);
    (void)reassembly.add({HandshakeType::kCertificate, 65536, sequence, i, 1}, one, 0);
    EXPECT_LE(reassembly.heldBytes(), Reassembly::kMaxHeld);
  }
  EXPECT_GT(reassembly.heldBytes(), 0u);
}

TEST(Hostile, A17AConnectionSurvivesThem) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.server.start(pair.now);
  for (uint32_t i = 0; i < 10000; ++i) {
    ByteBuilder payload;
    const uint32_t length = i % 2 == 0 ? 0xFFFFFF : 65536;
    FragmentHeader{HandshakeType::kClientHello, length, static_cast<uint16_t>(i % 20), i, 1}.write(payload);
    pair.server.receive(pair.now, pair.pool.copy(test::plainRecord(ContentType::kHandshake, payload.u8(0).view(), i)));
  }
  EXPECT_EQ(pair.pool.outstanding(), 0u);
  pair.start();
  EXPECT_TRUE(pair.connect());
}

TEST(Hostile, A19RecordsThatDoNotAuthenticateMoveNothing) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.start();
  ASSERT_TRUE(pair.connect());
  const Bytes junk(64, 0x5A);
  for (const uint16_t epoch : {uint16_t{1}, uint16_t{2}, uint16_t{65535}}) {
    for (const uint64_t sequence : {uint64_t{100}, kMaxSequence}) {
      pair.server.receive(pair.now,
                          pair.pool.copy(test::plainRecord(ContentType::kApplicationData, junk, sequence, epoch)));
    }
  }
  EXPECT_EQ(pair.server.stats().authenticationFailures, 2u);
  EXPECT_EQ(pair.server.stats().recordsDropped, 6u);
  expectDataFlows(pair);
}

TEST_P(HostileInEither, ReplaysAndChangedBytesAreDropped) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.start();
  ASSERT_TRUE(pair.connect());
  ASSERT_TRUE(pair.client.send(pair.now, asBytes("once")).ok());
  PacketBuffer packet;
  ASSERT_TRUE(pair.client.pollTransmit(pair.now, packet));
  const Bytes record = toBytes(packet.view());
  const uint64_t dropped = pair.server.stats().recordsDropped;
  size_t tried = 0;
  for (size_t i = 0; i < record.size(); ++i, ++tried) {
    Bytes changed = record;
    changed[i] ^= 0x10;
    pair.server.receive(pair.now, pair.pool.copy(changed));
  }
  for (size_t cut = 1; cut < record.size(); ++cut, ++tried) {
    pair.server.receive(pair.now, pair.pool.copy(ByteView(record).first(cut)));
  }
  pair.serverLog.drain(pair.server);
  EXPECT_TRUE(pair.serverLog.data.empty());
  // A changed length can leave a second piece that is dropped on its own.
  EXPECT_GE(pair.server.stats().recordsDropped - dropped, tried);
  for (int i = 0; i < 3; ++i) pair.server.receive(pair.now, pair.pool.copy(record));
  pair.serverLog.drain(pair.server);
  EXPECT_EQ(pair.serverLog.data.size(), 1u);
  EXPECT_EQ(pair.server.stats().recordsReplayed, 2u);
}

TEST_P(HostileInEither, A22PlaintextOnceKeysAreOnIsDropped) {
  for (const Role role : {Role::kClient, Role::kServer}) {
    Pair pair(config(Role::kClient), config(Role::kServer));
    pair.start();
    ASSERT_TRUE(pair.connect());
    const std::array<uint8_t, 2> fatal = {2, 40}, closing = {1, 0};
    const std::array<uint8_t, 1> change = {1};
    Connection& subject = pair.of(role);
    const uint64_t dropped = subject.stats().recordsDropped;
    size_t sent = 0;
    const auto inject = [&](ContentType type, ByteView payload) {
      subject.receive(pair.now, pair.pool.copy(test::plainRecord(type, payload, sent)));
      ++sent;
    };
    inject(ContentType::kAlert, fatal);
    inject(ContentType::kAlert, closing);
    inject(ContentType::kChangeCipherSpec, change);
    inject(ContentType::kApplicationData, asBytes("plain"));
    inject(ContentType::kAck, Bytes(18));
    inject(ContentType::kHandshake, Bytes(12));
    for (int type = 0; type < 256; ++type) inject(static_cast<ContentType>(type), asBytes("anything"));
    PacketBuffer none;
    EXPECT_FALSE(subject.pollTransmit(pair.now, none));
    EXPECT_EQ(subject.state(), State::kConnected);
    EXPECT_GE(subject.stats().recordsDropped - dropped, sent);  // one may look like several records of 1.3
    expectDataFlows(pair);
  }
}

// Before each datagram of the handshake and once it is over, to either end: each of them is dropped, counted, and never
// told, not even later.
TEST_P(HostileInEither, A22PlaintextApplicationDataIsDroppedAtAnyTime) {
  const Bytes plain = test::plainRecord(ContentType::kApplicationData, asBytes("plain"));
  Pair pair(config(Role::kClient), config(Role::kServer));
  size_t injected = 0;
  const auto inject = [&](Role to) {
    const uint64_t before = pair.of(to).stats().recordsDropped;
    pair.of(to).receive(pair.now, pair.pool.copy(plain));
    EXPECT_EQ(pair.of(to).stats().recordsDropped, before + 1) << injected;
    ++injected;
  };
  pair.onDatagram = [&](Role, Bytes&) {
    inject(Role::kClient);
    inject(Role::kServer);
    return true;
  };
  pair.start();
  ASSERT_TRUE(pair.connect());
  EXPECT_GE(injected, 8u);
  pair.onDatagram = {};
  inject(Role::kClient);
  inject(Role::kServer);
  pair.run(Duration::seconds(1));
  EXPECT_TRUE(pair.serverLog.data.empty() && pair.clientLog.data.empty());
  expectDataFlows(pair);
}

TEST(Hostile, RecordsThatOvertakeTheirKeysAreHeldNotLost) {
  // Both datagrams of the client's second flight, the one with Finished first.
  Config client = config(Role::kClient);
  client.mtu = 420;
  Pair pair(client, config(Role::kServer));
  std::vector<Bytes> held;
  pair.onDatagram = [&](Role sender, Bytes& datagram) {
    const auto records = test::splitRecords(datagram);
    const bool flight5 = sender == Role::kClient && (records.back().epoch == 1 || records.front().body()[0] == 11);
    if (!flight5 || pair.client.state() == State::kConnected) return true;
    held.push_back(datagram);
    return false;
  };
  pair.start();
  pair.run(Duration::millis(100));
  ASSERT_EQ(held.size(), 2u);
  pair.onDatagram = nullptr;
  pair.server.receive(pair.now, pair.pool.copy(held[1]));
  EXPECT_EQ(pair.server.state(), State::kConnecting);
  pair.server.receive(pair.now, pair.pool.copy(held[0]));
  EXPECT_EQ(pair.server.state(), State::kConnected);
  pair.run(Duration::millis(30));
  EXPECT_EQ(pair.client.state(), State::kConnected);
  EXPECT_EQ(pair.client.stats().flightsRetransmitted, 0u);
}

TEST(Hostile, ForgedAlertsAndMessagesInTheClearEndNoHandshake) {
  const std::array<uint8_t, 2> fatal = {2, 40}, closing = {1, 0};
  for (const Version version : {Version::kDtls12, Version::kDtls13}) {
    Pair pair(config(Role::kClient, KeyType::kEcdsaP256, version), config(Role::kServer, KeyType::kEcdsaP256, version));
    // Before each genuine datagram: alerts, and every type of message as the next one, unparsable.
    pair.onDatagram = [&](Role sender, Bytes&) {
      Connection& victim = pair.of(sender == Role::kClient ? Role::kServer : Role::kClient);
      victim.receive(pair.now, pair.pool.copy(test::plainRecord(ContentType::kAlert, fatal)));
      victim.receive(pair.now, pair.pool.copy(test::plainRecord(ContentType::kAlert, closing)));
      for (uint16_t sequence = 0; sequence < 6; ++sequence) {
        for (int type = 0; type < 25; ++type) {
          const auto forged = test::handshakeRecord(static_cast<HandshakeType>(type), sequence, Bytes{1, 2, 3});
          victim.receive(pair.now, pair.pool.copy(forged));
        }
      }
      return true;
    };
    pair.start();
    EXPECT_TRUE(pair.connect(Duration::seconds(50))) << name(version);
    EXPECT_GT(pair.client.stats().messagesPassedOver, 0u);
    pair.onDatagram = nullptr;
    expectDataFlows(pair);
  }
}

TEST(Hostile, AHandshakeThatNeverEndsFailsAndSaysWhatItHeard) {
  const std::array<uint8_t, 2> fatal = {2, 40};
  for (const bool alerted : {false, true}) {
    Pair pair(config(Role::kClient), config(Role::kServer));
    const TimePoint begin = pair.now;
    pair.client.start(pair.now);
    if (alerted) pair.client.receive(pair.now, pair.pool.copy(test::plainRecord(ContentType::kAlert, fatal)));
    while (pair.client.state() == State::kConnecting && pair.now - begin < Duration::seconds(100)) {
      pair.now = pair.client.nextTimeout();
      pair.client.handleTimeout(pair.now);
    }
    EXPECT_EQ(pair.client.state(), State::kFailed);
    EXPECT_EQ(pair.now - begin, Duration::seconds(60));
    pair.clientLog.drain(pair.client);
    ASSERT_TRUE(pair.clientLog.error);
    const std::string expected = alerted ? "handshake_failure" : "took too long";
    EXPECT_NE(pair.clientLog.error->message().find(expected), std::string::npos) << pair.clientLog.error->message();
  }
}

// Conflicting fragments: a head of 4 bytes that lies, and overlapping pieces that do, ahead of each genuine datagram.
TEST(Hostile, A16ForgedFragmentsDoNotWinByBeingFirst) {
  for (const Version version : {Version::kDtls12, Version::kDtls13}) {
    Pair pair(config(Role::kClient, KeyType::kEcdsaP256, version), config(Role::kServer, KeyType::kEcdsaP256, version));
    pair.onDatagram = [&](Role sender, Bytes& datagram) {
      Connection& victim = pair.of(sender == Role::kClient ? Role::kServer : Role::kClient);
      for (const auto& record : test::splitRecords(datagram)) {
        if (record.type != 22 || record.epoch != 0) continue;
        ByteReader reader(record.body());
        const FragmentHeader genuine = FragmentHeader::read(reader);
        for (const uint32_t offset : {0u, 2u, genuine.length / 2}) {
          FragmentHeader forged = genuine;
          forged.offset = std::min(offset, genuine.length);
          forged.fragmentLength = std::min(4u, genuine.length - forged.offset);
          ByteBuilder payload;
          forged.write(payload);
          payload.bytes(Bytes(forged.fragmentLength, 0xEE));
          victim.receive(pair.now, pair.pool.copy(test::plainRecord(ContentType::kHandshake, payload.view())));
        }
      }
      return true;
    };
    pair.start();
    EXPECT_TRUE(pair.connect(Duration::seconds(2))) << name(version);
    EXPECT_EQ(pair.client.stats().flightsRetransmitted, 0u);
  }
}

TEST(Hostile, LimitsOfSend) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  EXPECT_EQ(pair.client.send(pair.now, asBytes("x")).error().code(), ErrorCode::kInvalidStateError);
  pair.start();
  ASSERT_TRUE(pair.connect());
  const Bytes fits(1200 - 13 - 8 - 16);
  EXPECT_TRUE(pair.client.send(pair.now, fits).ok());
  EXPECT_EQ(pair.client.send(pair.now, Bytes(fits.size() + 1)).error().code(), ErrorCode::kLimit);
  size_t queued = 1;
  while (pair.client.send(pair.now, fits).ok()) ++queued;
  EXPECT_LE(queued, 2048u);
  pair.client.close(pair.now);
  EXPECT_FALSE(pair.client.send(pair.now, fits).ok());
}

TEST(Hostile, NothingMovesBeforeStartOrAfterClose) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.client.receive(pair.now, pair.pool.copy(Bytes(30, 22)));
  pair.client.handleTimeout(pair.now);
  EXPECT_EQ(pair.client.state(), State::kNew);
  pair.client.close(pair.now);
  pair.client.close(pair.now);
  pair.client.start(pair.now);
  EXPECT_EQ(pair.client.state(), State::kClosed);
  PacketBuffer none;
  EXPECT_FALSE(pair.client.pollTransmit(pair.now, none));
  EXPECT_TRUE(pair.client.nextTimeout().isNever());
}

TEST(Hostile, NoIdentityFailsWithAReason) {
  Config bad;
  PacketPool pool;
  SeededRandom random(1);
  Connection connection(bad, random, pool);
  connection.start({});
  test::Log log;
  log.drain(connection);
  ASSERT_TRUE(log.error);
  EXPECT_EQ(log.error->code(), ErrorCode::kInvalidAccessError);
}

TEST(Hostile, AnEmptyPoolIsNoCrash) {
  PacketPool pool(0);
  SeededRandom random(1);
  Connection client(config(Role::kClient), random, pool);
  client.start({});
  client.handleTimeout(client.nextTimeout());
  client.receive({}, PacketBuffer());
  EXPECT_EQ(client.state(), State::kConnecting);
}

}  // namespace
}  // namespace tincan::inline v0::dtls
