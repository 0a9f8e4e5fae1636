// 1.3 on bad networks: what is acknowledged is not sent again, and what the acknowledgement misses is sent again alone.
#include <gtest/gtest.h>

#include "dtls/connection.h"
#include "peers.h"

namespace tincan::inline v0::dtls {
namespace {

using test::Pair;

constexpr size_t kSmallMtu = 300;

Config config(Role role) {
  return test::config(role, crypto::KeyType::kEcdsaP256, Version::kDtls13);
}

Config small(Role role) {
  Config out = config(role);
  out.mtu = kSmallMtu;
  return out;
}

/// Datagrams of one side until both are connected and all is quiet.
struct Counts {
  int sent = 0;
  int64_t connectedAfter = 0;
};

/// One handshake in which the `lost`-th datagram (from 0) of one side does not arrive; -1 for none.
Counts handshake(Pair& pair, Role sender, int lost) {
  Counts out;
  pair.onDatagram = [&](Role from, Bytes&) { return from != sender || out.sent++ != lost; };
  const TimePoint begun = pair.now;
  pair.start();
  EXPECT_TRUE(pair.connect());
  out.connectedAfter = (pair.now - begun).millis();
  pair.run(Duration::seconds(30));
  EXPECT_TRUE(pair.client.nextTimeout().isNever());
  EXPECT_TRUE(pair.server.nextTimeout().isNever());
  pair.onDatagram = nullptr;
  return out;
}

TEST(Flight13, ALostFragmentIsSentAgainAlone) {
  for (const Role sender : {Role::kClient, Role::kServer}) {
    Pair whole(small(Role::kClient), small(Role::kServer));
    const Counts all = handshake(whole, sender, -1);
    EXPECT_EQ(all.connectedAfter, 60);
    EXPECT_EQ(whole.client.stats().flightsRetransmitted + whole.server.stats().flightsRetransmitted, 0u);
    // The first datagram begins the exchange: until it came there are no keys to acknowledge under. The server's last
    // is the ACK.
    const int hello = 1;
    const int last = all.sent - (sender == Role::kServer ? 1 : 0);
    ASSERT_GE(last - hello, 2);
    for (int lost = hello; lost < last; ++lost) {
      SCOPED_TRACE("datagram " + std::to_string(lost) + " of the " + (sender == Role::kClient ? "client" : "server"));
      Pair pair(small(Role::kClient), small(Role::kServer));
      const Counts counts = handshake(pair, sender, lost);
      const bool server = sender == Role::kServer;
      // One datagram more than without loss; of the server's flight none is repeated but the one that was lost.
      EXPECT_EQ(counts.sent, all.sent + 1);
      EXPECT_EQ(pair.of(sender).stats().flightsRetransmitted, 1u);
      EXPECT_EQ(pair.of(server ? Role::kClient : Role::kServer).stats().acksSent, server ? 1u : 2u);
      // A quarter of the 400 ms that the timer takes, and the way of the ACK and of the datagram.
      EXPECT_EQ(counts.connectedAfter, 60 + 100 + 40);
    }
  }
}

TEST(Flight13, TheAckOfTheLastFlightEndsItAndIsRepeatedWhenItIsLost) {
  for (const int lost : {0, 1, 3}) {
    Pair pair(config(Role::kClient), config(Role::kServer));
    int acks = 0;
    pair.onDatagram = [&](Role from, Bytes&) {
      return from != Role::kServer || pair.server.state() != State::kConnected || acks++ >= lost;
    };
    pair.start();
    ASSERT_TRUE(pair.connect());
    pair.run(Duration::seconds(30));
    EXPECT_EQ(acks, lost + 1);
    EXPECT_EQ(pair.server.stats().acksSent, static_cast<uint64_t>(lost + 1));
    EXPECT_EQ(pair.client.stats().acksReceived, 1u);
    EXPECT_EQ(pair.client.stats().flightsRetransmitted, static_cast<uint64_t>(lost));
    EXPECT_TRUE(pair.client.nextTimeout().isNever());
    EXPECT_TRUE(pair.server.nextTimeout().isNever());
  }
}

// Hello, flight, finish: what the client may say first is on its way with its Finished.
TEST(Flight13, DataMayFollowTheFinishedAndTheServersItsFlight) {
  Pair pair(config(Role::kClient), config(Role::kServer));
  pair.start();
  while (pair.client.state() != State::kConnected) ASSERT_TRUE(pair.step(TimePoint::never()));
  ASSERT_TRUE(pair.client.send(pair.now, asBytes("early")).ok());
  pair.run(Duration::millis(20));
  ASSERT_EQ(pair.serverLog.data.size(), 1u);
  EXPECT_EQ(asText(pair.serverLog.data[0]), "early");
}

}  // namespace
}  // namespace tincan::inline v0::dtls
