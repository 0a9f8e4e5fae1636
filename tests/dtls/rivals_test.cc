// Hellos that are not the peer's, word for word changed copies of it, in front of the genuine one; and what the client
// makes of the answers to them.
#include "dtls/rivals.h"

#include <gtest/gtest.h>

#include "dtls/handshake/client_hello.h"
#include "peers.h"
#include "records.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::KeyType;
using test::Pair;

Config config(Role role) {
  return test::config(role, KeyType::kEcdsaP256, Version::kDtls13);
}

/// A copy of a datagram that begins with a hello, with another random in it.
Bytes changed(Bytes datagram, uint8_t by) {
  datagram.at(13 + 12 + 2) ^= by;
  return datagram;
}

bool isOf(HandshakeType type, ByteView datagram) {
  return datagram.size() > 13 && datagram[0] == 22 && datagram[13] == static_cast<uint8_t>(type);
}

TEST(Rivals, A13AChangedHelloInFrontOfTheGenuineOneEndsNothing) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.onDatagram = [&](Role sender, Bytes& datagram) {
    if (sender == Role::kClient && isOf(HandshakeType::kClientHello, datagram) && !pair.server.version()) {
      pair.server.receive(pair.now, pair.pool.copy(changed(datagram, 1)));
    }
    return true;
  };
  const TimePoint begin = pair.now;
  pair.start();
  ASSERT_TRUE(pair.connect(Duration::seconds(3)));
  EXPECT_LT(pair.now - begin, Duration::millis(600)) << "with the first retransmission of the hello";
  EXPECT_EQ(pair.serverLog.states, (std::vector<State>{State::kConnecting, State::kConnected}));
  EXPECT_EQ(toBytes(pair.serverLog.keys->localKey.view()), toBytes(pair.clientLog.keys->remoteKey.view()));
  EXPECT_GE(pair.server.stats().messagesPassedOver, 1u) << "the genuine hello, when it was said once";
}

// Under the keys of a changed ServerHello nothing can be read: the genuine one is taken as soon as it comes.
TEST(Rivals, A13AChangedServerHelloInFrontOfTheGenuineOneCostsNoTime) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.onDatagram = [&](Role sender, Bytes& datagram) {
    if (sender != Role::kServer || !isOf(HandshakeType::kServerHello, datagram)) return true;
    const auto records = test::splitRecords(datagram);
    for (uint8_t by = 1; by < 20; ++by) pair.client.receive(pair.now, pair.pool.copy(changed(records.at(0).bytes, by)));
    return true;
  };
  const TimePoint begin = pair.now;
  pair.start();
  ASSERT_TRUE(pair.connect(Duration::seconds(3)));
  EXPECT_EQ((pair.now - begin).millis(), 60);
}

// A hello that is said once is not answered; said twice it is, by four handshakes at most.
TEST(Rivals, B23NoMoreThanFourBesideTheFirst) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  Bytes genuine;
  pair.onDatagram = [&](Role sender, Bytes& datagram) {
    if (sender == Role::kClient) genuine = datagram;
    return false;
  };
  pair.start();
  PacketBuffer packet;
  const auto answers = [&] {
    int count = 0;
    while (pair.server.pollTransmit(pair.now, packet))
      count += isOf(HandshakeType::kServerHello, packet.view()) ? 1 : 0;
    return count;
  };
  const auto say = [&](uint8_t by) { pair.server.receive(pair.now, pair.pool.copy(changed(genuine, by))); };
  say(1);
  EXPECT_EQ(answers(), 1) << "the first of all";
  for (uint8_t by = 2; by < 200; ++by) say(by);
  EXPECT_EQ(answers(), 0);
  for (uint8_t by = 2; by < 8; ++by) {
    say(by);
    EXPECT_EQ(answers(), 1);
  }
  pair.now += Duration::millis(401);
  pair.server.handleTimeout(pair.now);
  EXPECT_EQ(answers(), 5) << "the first, and four of the six";
}

// What is remembered of hellos said once: 2,048 of them.
TEST(Rivals, B23TheOldestOfTooManyHellosIsForgotten) {
  for (const bool oneMore : {false, true}) {
    Pair pair(config(Role::kClient), config(Role::kServer));
    Bytes genuine;
    pair.onDatagram = [&](Role sender, Bytes& datagram) {
      if (sender == Role::kClient) genuine = datagram;
      return false;
    };
    pair.start();
    PacketBuffer packet;
    pair.server.receive(pair.now, pair.pool.copy(changed(genuine, 1)));
    while (pair.server.pollTransmit(pair.now, packet)) packet.reset();
    pair.server.receive(pair.now, pair.pool.copy(genuine));
    for (size_t i = 0; i < Rivals::kMaxSeen - (oneMore ? 0 : 1); ++i) {
      Bytes other = genuine;
      storeBe16(&other[13 + 12 + 20], static_cast<uint16_t>(i + 1) ^ loadBe16(&other[13 + 12 + 20]));
      pair.server.receive(pair.now, pair.pool.copy(other));
    }
    pair.server.receive(pair.now, pair.pool.copy(genuine));
    EXPECT_EQ(pair.server.pollTransmit(pair.now, packet), !oneMore);
  }
}

}  // namespace
}  // namespace tincan::inline v0::dtls
