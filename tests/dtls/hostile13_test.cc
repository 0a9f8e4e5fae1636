// The rows A19, A20, A22 and A23 of the hostile inputs, as 1.3 alone has them. What both versions have is in hostile_test.cc.
#include <set>

#include <gtest/gtest.h>

#include "crypto/aead.h"
#include "data_flows.h"
#include "heap_scan.h"
#include "peers.h"
#include "records.h"
#include "scripted_peer.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::expectDataFlows;
using test::Pair;

Config config(Role role) {
  return test::config(role, KeyType::kEcdsaP256, Version::kDtls13);
}

//     001CSLEE sequence(2) length(2) …   RFC 9147 §4
Bytes junkRecord(uint8_t epochBits, uint16_t sequence) {
  ByteBuilder out;
  out.u8(static_cast<uint8_t>(0x2C | epochBits)).u16(sequence).u16(64).bytes(Bytes(64, 0x5A));
  return out.take();
}

TEST(Hostile13, A19RecordsThatDoNotAuthenticateMoveNothing) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.start();
  ASSERT_TRUE(pair.connect());
  const uint64_t dropped = pair.server.stats().recordsDropped;
  for (uint32_t i = 0; i < 400; ++i) {
    pair.server.receive(pair.now, pair.pool.copy(junkRecord(i % 4, static_cast<uint16_t>(i * 163))));
  }
  EXPECT_EQ(pair.server.stats().recordsDropped - dropped, 400u);
  EXPECT_GE(pair.server.stats().authenticationFailures, 100u);
  expectDataFlows(pair);
}

// While the server waits for the client's Certificate, keys are on already: what is in the clear is nobody's.
TEST(Hostile13, A22PlaintextInTheMiddleOfTheHandshakeEndsNothing) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  bool injected = false;
  pair.onDatagram = [&](Role sender, Bytes&) {
    if (sender != Role::kServer || injected) return true;
    injected = true;
    for (uint16_t sequence = 1; sequence < 5; ++sequence) {
      pair.server.receive(pair.now,
                          pair.pool.copy(test::handshakeRecord(HandshakeType::kCertificate, sequence, Bytes(4))));
    }
    return true;
  };
  pair.start();
  EXPECT_TRUE(pair.connect());
  EXPECT_TRUE(injected);
  expectDataFlows(pair);
}

TEST(Hostile13, A23AFloodOfAcksIsBounded) {
  test::Step ack = test::record(ContentType::kAck, 3, {});
  ByteBuilder numbers;
  numbers.prefixed(2, [&] {
    for (uint64_t i = 0; i < 60; ++i) numbers.u64(i % 5).u64(i * 1000);
  });
  ack.body = numbers.take();
  test::ScriptedPeer peer(config(Role::kServer), config(Role::kClient), nullptr);
  peer.run();
  // What a key keeps once it is used much is there before the flood.
  for (unsigned i = 0; i <= crypto::Aead::kFew; ++i) peer.send(ack);
  const size_t before = test::liveHeapBytes();
  for (int i = 0; i < 10'000; ++i) peer.send(ack);
  EXPECT_LT(test::liveHeapBytes(), before + 1000);
  EXPECT_EQ(peer.subject().state(), State::kConnected);
  EXPECT_TRUE(peer.alerts().empty());
}

TEST(Hostile13, A23AFloodOfKeyUpdatesIsEndedByAnAlert) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.start();
  ASSERT_TRUE(pair.connect());
  pair.run(Duration::seconds(1));
  int updates = 0;
  while (pair.server.state() == State::kConnected && updates < 1000) {
    ASSERT_TRUE(pair.client.updateKeys(pair.now, false).ok());
    pair.run(Duration::millis(200));
    ++updates;
  }
  EXPECT_EQ(pair.server.state(), State::kFailed);
  EXPECT_LE(updates, 40);
  ASSERT_TRUE(pair.clientLog.error);
  EXPECT_NE(pair.clientLog.error->message().find("unexpected_message"), std::string::npos);
}

// With data between them, renewals go on for ever; no record is the same twice (LIMITS A20: in 1.3 the nonce is not on
// the wire, but equal records under one key would be).
TEST(Hostile13, A20ManyKeyUpdatesWithDataAndNoRecordRepeats) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.start();
  ASSERT_TRUE(pair.connect());
  std::set<std::pair<Role, Bytes>> seen;
  pair.onDatagram = [&](Role sender, Bytes& datagram) {
    EXPECT_TRUE(seen.emplace(sender, datagram).second);
    return true;
  };
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(pair.client.updateKeys(pair.now, i % 2 == 0).ok());
    for (int k = 0; k < 10; ++k) ASSERT_TRUE(pair.client.send(pair.now, asBytes("the same")).ok());
    for (int k = 0; k < 10; ++k) ASSERT_TRUE(pair.server.send(pair.now, asBytes("the same")).ok());
    pair.run(Duration::millis(200));
    ASSERT_EQ(pair.server.state(), State::kConnected);
    ASSERT_EQ(pair.client.state(), State::kConnected);
  }
  EXPECT_EQ(pair.serverLog.data.size(), 1000u);
  EXPECT_EQ(pair.clientLog.data.size(), 1000u);
  EXPECT_GE(pair.client.stats().keyUpdates, 100u);
}

}  // namespace
}  // namespace tincan::inline v0::dtls
