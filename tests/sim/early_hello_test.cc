// An answer takes longer to the offerer than the answerer's checks and its ClientHello: what came first is not lost.
#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

constexpr Duration kDelay = Duration::millis(10);  // one way
constexpr Duration kRoundTrip = kDelay * 2;

LinkConfig halfOfTheWay() {
  LinkConfig link;
  link.delay = kDelay / 2;
  return link;
}

bool isClientHello(ByteView packet) {
  // RFC 6347 §4.1, §4.2.2: handshake, in epoch 0, and of type 1.
  return packet.size() > 13 && packet[0] == 22 && packet[3] == 0 && packet[4] == 0 && packet[13] == 1;
}

struct SlowAnswer {
  explicit SlowAnswer(uint64_t seed, stack::RTCConfiguration configuration = {})
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1", halfOfTheWay()), configuration),
        b(world, world.addHost("b", "203.0.113.2", halfOfTheWay()), configuration) {
    trickle(a, b);  // the answer, as late as it is, has the candidates of b in it
    world.onPacket([this](const TracedPacket& packet) {
      if (isClientHello(packet.bytes)) ++hellos;
    });
    a.channel = a.pc->createDataChannel("early").value();
  }
  /// The answer comes `late` after it was given; how long the connection takes from then on.
  Duration connect(Duration late) {
    EXPECT_TRUE(a.pc->setLocalDescription().ok());
    EXPECT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
    EXPECT_TRUE(b.pc->setLocalDescription().ok());
    world.runFor(late);
    hellosBeforeTheAnswer = hellos;
    const TimePoint from = world.now();
    EXPECT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
    EXPECT_TRUE(world.runUntil([this] { return connected(a) && connected(b); }, Duration::seconds(20)));
    return world.now() - from;
  }

  struct Offerer : Peer {
    using Peer::Peer;
    std::shared_ptr<stack::DataChannel> channel;
  };
  World world;
  Offerer a;
  Peer b;
  int hellos = 0;
  int hellosBeforeTheAnswer = 0;
};

// The answerer is the DTLS client, and has a pair to send on before the offerer has its answer.
TEST(EarlyHello, IsAnsweredAsSoonAsTheAnswerIsThere) {
  for (const dtls::Version version : {dtls::Version::kDtls12, dtls::Version::kDtls13}) {
    stack::RTCConfiguration configuration;
    configuration.security.minVersion = configuration.security.maxVersion = version;
    SlowAnswer call(51, configuration);
    // The first hello leaves after one round trip of ICE, and is repeated 100 ms later: the checks have measured that.
    const Duration taken = call.connect(Duration::millis(50));
    EXPECT_EQ(call.hellosBeforeTheAnswer, 1);
    EXPECT_EQ(call.hellos, 1) << "no retransmission was needed";
    // One round trip for our check, two and a half for DTLS 1.2 behind its first flight.
    EXPECT_LE(taken, kRoundTrip * 4) << name(version);
  }
}

// Repetitions of the hello fill what is kept, and do no harm: the first of them is answered.
TEST(EarlyHello, B20IsAnsweredAfterManyOfThem) {
  SlowAnswer call(52);
  const Duration taken = call.connect(Duration::seconds(14));
  EXPECT_GE(call.hellosBeforeTheAnswer, 5);
  EXPECT_EQ(call.hellos, call.hellosBeforeTheAnswer);
  EXPECT_LE(taken, kRoundTrip * 4);
}

}  // namespace
}  // namespace tincan::inline v0::sim
