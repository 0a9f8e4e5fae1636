// RFC 9260 §5, as hostile networks and hostile peers play it.
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sctp/chunk/error.h"
#include "sctp/chunk/init.h"
#include "tests/sctp/socket/forger.h"

namespace tincan::inline v0::sctp::test {
namespace {

using State = Association::State;
using SendStatus = Association::SendStatus;

/// A line that does what one number says: bit by bit, whose packet comes next, and whether it is lost.
void play(uint32_t script, int steps, bool losses) {
  SeededRandom random(script);
  PacketPool pool;
  Association a({}, random, pool), b({}, random, pool);
  TimePoint now = TimePoint::fromMicros(1);
  a.connect(now);
  b.connect(now);
  std::deque<Bytes> toA, toB;
  const auto drain = [&] {
    PacketBuffer out;
    while (a.pollTransmit(now, out)) toB.push_back(toBytes(out.view()));
    while (b.pollTransmit(now, out)) toA.push_back(toBytes(out.view()));
  };
  drain();
  for (int step = 0; step < steps; ++step) {
    std::deque<Bytes>& queue = (script & 1) ? toA : toB;
    const bool lost = losses && (script & 2);
    script >>= losses ? 2 : 1;
    if (queue.empty()) continue;
    const Bytes packet = queue.front();
    queue.pop_front();
    if (!lost) (&queue == &toA ? a : b).receive(now, packet);
    drain();
  }
  for (int i = 0; i < 300 && (a.state() != State::kEstablished || b.state() != State::kEstablished); ++i) {
    while (!toA.empty()) a.receive(now, toA.front()), toA.pop_front();
    while (!toB.empty()) b.receive(now, toB.front()), toB.pop_front();
    now = now + Duration::millis(100);
    a.handleTimeout(now);
    b.handleTimeout(now);
    drain();
  }
  ASSERT_EQ(a.state(), State::kEstablished) << "script " << script;
  ASSERT_EQ(b.state(), State::kEstablished) << "script " << script;
  ASSERT_EQ(a.send(now, 0, 51, Bytes(5), {}), SendStatus::kSent);
  for (int i = 0; i < 50; ++i) {
    drain();
    while (!toA.empty()) a.receive(now, toA.front()), toA.pop_front();
    while (!toB.empty()) b.receive(now, toB.front()), toB.pop_front();
    now = now + Duration::millis(20);
    a.handleTimeout(now);
    b.handleTimeout(now);
  }
  size_t messages = 0;
  while (auto event = b.pollEvent()) messages += std::holds_alternative<MessageReceived>(*event) ? 1 : 0;
  ASSERT_EQ(messages, 1u);
}

TEST(Handshake, InEveryOrderOfItsPackets) {
  for (uint32_t script = 0; script < 1u << 10; ++script) play(script, 10, false);
}
TEST(Handshake, InEveryOrderAndWithEveryLossOfItsFirstPackets) {
  for (uint32_t script = 0; script < 1u << 12; ++script) play(script, 6, true);
}

TEST(Handshake, AFloodOfInitsLeavesNothingBehind) {
  Forger forger;
  forger.b.connect(forger.now);
  PacketBuffer own;
  while (forger.b.pollTransmit(own)) {
  }
  InitChunk init;
  init.outboundStreams = init.inboundStreams = 1024;
  init.window = 1 << 20;
  for (uint32_t i = 1; i <= 10'000; ++i) {
    init.tag = i;
    forger.b.receive(forger.now, forger.packet(write(init), 0));
  }
  const auto answers = forger.answers();
  EXPECT_EQ(answers.size(), 32u) << "what waits to leave has a bound";
  for (const auto& [type, body] : answers) EXPECT_EQ(type, ChunkType::kInitAck);
  EXPECT_EQ(forger.b.stats().packetsDropped, 10'000u - 32);
  forger.b.receive(forger.now, forger.packet(write(init), 7));
  EXPECT_TRUE(forger.answers().empty()) << "RFC 9260 §8.5.1: an INIT's packet has a tag of zero";
}

TEST(Handshake, AStaleCookieBeginsTheHandshakeAnew) {
  Forger forger;
  forger.a.connect(forger.now);
  forger.b.connect(forger.now);
  PacketBuffer init, packet;
  ASSERT_TRUE(forger.a.pollTransmit(init));
  while (forger.b.pollTransmit(packet)) {
  }
  forger.b.receive(forger.now, init.view());
  ASSERT_TRUE(forger.b.pollTransmit(packet));
  forger.a.receive(forger.now, packet.view());
  PacketBuffer echo;
  ASSERT_TRUE(forger.a.pollTransmit(echo));
  ASSERT_EQ(static_cast<ChunkType>(echo.view()[12]), ChunkType::kCookieEcho);
  forger.b.receive(forger.now + Duration::seconds(61), echo.view());
  PacketBuffer error;
  ASSERT_TRUE(forger.b.pollTransmit(error));
  ASSERT_EQ(static_cast<ChunkType>(error.view()[12]), ChunkType::kError);
  EXPECT_EQ(firstCause(error.view().subspan(16)), CauseCode::kStaleCookie);
  forger.now = forger.now + Duration::seconds(61);
  forger.a.receive(forger.now, error.view());
  forger.pass();
  EXPECT_EQ(forger.a.state(), State::kEstablished);
  EXPECT_EQ(forger.b.state(), State::kEstablished);
}

TEST(Handshake, ACookieThatIsNoneOfOursDoesNothing) {
  Forger forger;
  forger.connect();
  const uint64_t before = forger.b.stats().packetsDropped;
  SeededRandom random(5);
  for (size_t size = 0; size < 200; ++size) {
    Bytes cookie(size);
    random.fill(cookie);
    forger.forge(ChunkType::kCookieEcho, 0, cookie);
  }
  EXPECT_EQ(forger.b.stats().packetsDropped, before + 200);
  EXPECT_TRUE(forger.answers().empty());
  EXPECT_EQ(forger.b.state(), State::kEstablished);
}

// RFC 9260 §5.1, step C: what was given before rides with the cookie, and is there when the peer's association is.
TEST(Handshake, DataRidesWithTheCookie) {
  Forger forger;
  forger.a.connect(forger.now);
  forger.b.connect(forger.now);
  PacketBuffer packet;
  ASSERT_TRUE(forger.a.pollTransmit(forger.now, packet));  // A's INIT; B's is lost
  PacketBuffer lost;
  ASSERT_TRUE(forger.b.pollTransmit(forger.now, lost));
  forger.b.receive(forger.now, packet.view());
  ASSERT_TRUE(forger.b.pollTransmit(forger.now, packet));
  EXPECT_FALSE(forger.a.takesMessages());
  EXPECT_EQ(forger.a.send(forger.now, 0, 51, Bytes(100), {}), SendStatus::kFull);
  forger.a.receive(forger.now, packet.view());
  ASSERT_TRUE(forger.a.takesMessages());
  EXPECT_EQ(forger.a.state(), State::kConnecting);
  EXPECT_EQ(forger.a.send(forger.now, 0, 51, Bytes(100, 1), {}), SendStatus::kSent);
  EXPECT_EQ(forger.a.send(forger.now, 0, 51, Bytes(3000, 2), {}), SendStatus::kSent);
  EXPECT_EQ(forger.a.send(forger.now, 2000, 51, Bytes(1), {}), SendStatus::kFull) << "how many streams, Up will say";
  PacketBuffer echo;
  ASSERT_TRUE(forger.a.pollTransmit(forger.now, echo));
  EXPECT_EQ(echo.view()[12], 10);
  EXPECT_GT(echo.size(), 1000u);
  EXPECT_FALSE(forger.a.pollTransmit(forger.now, packet)) << "no other packet before the COOKIE ACK";
  forger.b.receive(forger.now, echo.view());
  EXPECT_EQ(forger.b.state(), State::kEstablished);
  const auto first = forger.next<MessageReceived>(forger.b);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->data, Bytes(100, 1));
  forger.live(Duration::millis(100));
  const auto second = forger.next<MessageReceived>(forger.b);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->data, Bytes(3000, 2));
  EXPECT_EQ(forger.a.senderStats().timeouts, 0u);
}

TEST(Handshake, DataOfALostCookieIsSentAgainOnce) {
  for (int lost = 1; lost < 4; ++lost) {
    Forger forger;
    forger.a.connect(forger.now);
    forger.b.connect(forger.now);
    PacketBuffer packet;
    ASSERT_TRUE(forger.a.pollTransmit(forger.now, packet));
    PacketBuffer own;
    ASSERT_TRUE(forger.b.pollTransmit(forger.now, own));
    forger.b.receive(forger.now, packet.view());
    ASSERT_TRUE(forger.b.pollTransmit(forger.now, packet));
    forger.a.receive(forger.now, packet.view());
    ASSERT_EQ(forger.a.send(forger.now, 0, 51, Bytes(100, 1), {}), SendStatus::kSent);
    for (int i = 0; i < lost; ++i) {
      ASSERT_TRUE(forger.a.pollTransmit(forger.now, packet));
      forger.now = forger.now + Duration::seconds(10);
      forger.a.handleTimeout(forger.now);
      forger.b.handleTimeout(forger.now);
      while (forger.b.pollTransmit(forger.now, packet)) {
      }
    }
    forger.live(Duration::seconds(20));
    ASSERT_EQ(forger.a.state(), State::kEstablished);
    EXPECT_TRUE(forger.next<MessageReceived>(forger.b));
    EXPECT_FALSE(forger.next<MessageReceived>(forger.b));
  }
}

// RFC 9260 §5.2.2, §5.2.4 action A: the peer began anew, and knows it.
TEST(Handshake, ARestartEndsTheAssociationAndTellsTheNewPeer) {
  Forger forger;
  forger.connect();
  Association again({}, forger.random, forger.pool);
  again.connect(forger.now);
  PacketBuffer packet;
  for (int i = 0; i < 10; ++i) {
    while (again.pollTransmit(forger.now, packet)) forger.b.receive(forger.now, packet.view());
    while (forger.b.pollTransmit(forger.now, packet)) again.receive(forger.now, packet.view());
  }
  EXPECT_EQ(forger.b.state(), State::kClosed);
  EXPECT_TRUE(forger.next<AssociationFailed>(forger.b));
  EXPECT_TRUE(forger.next<AssociationFailed>(again));
}

TEST(Handshake, AnInitOnAStandingAssociationAloneChangesNothing) {
  Forger forger;
  forger.connect();
  Association again({}, forger.random, forger.pool);
  again.connect(forger.now);
  PacketBuffer init;
  ASSERT_TRUE(again.pollTransmit(forger.now, init));
  for (int i = 0; i < 5; ++i) forger.b.receive(forger.now, init.view());
  for (const auto& [type, body] : forger.answers()) EXPECT_EQ(type, ChunkType::kInitAck);
  ASSERT_EQ(forger.a.send(forger.now, 0, 51, Bytes(5), {}), SendStatus::kSent);
  forger.pass();
  EXPECT_TRUE(forger.next<MessageReceived>(forger.b));
}

// draft-hancke-tsvwg-snap-00.
TEST(Snap, BothInitsFromOutsideMakeAnAssociationAtOnce) {
  AssociationConfig config;
  config.zeroChecksum = true;
  Forger forger(config);
  const Bytes ofA = toBytes(forger.a.localInit()), ofB = toBytes(forger.b.localInit());
  EXPECT_EQ(toBytes(forger.a.localInit()), ofA) << "asked again, it says the same";
  EXPECT_EQ(forger.a.state(), State::kNew);
  PacketBuffer packet;
  EXPECT_FALSE(forger.a.pollTransmit(packet));
  ASSERT_TRUE(forger.a.connectWith(forger.now, ofB).ok());
  EXPECT_EQ(forger.a.state(), State::kEstablished);
  // A is up first, and sends before B knows: kept, as before connect().
  ASSERT_EQ(forger.a.send(forger.now, 3, 51, Bytes(5), {}), SendStatus::kSent);
  ASSERT_TRUE(forger.a.pollTransmit(forger.now, packet));
  EXPECT_EQ(storedChecksum(packet.view()), 0u) << "RFC 9653: both have said so in their INITs";
  forger.b.receive(forger.now, packet.view());
  ASSERT_TRUE(forger.b.connectWith(forger.now, ofA).ok());
  EXPECT_TRUE(forger.next<MessageReceived>(forger.b));
  EXPECT_TRUE(forger.b.stats().zeroChecksum);
  EXPECT_EQ(forger.a.connectWith(forger.now, ofB).error().code(), ErrorCode::kInvalidStateError);
}

TEST(Snap, WhatIsNoInitIsRefused) {
  Forger forger;
  const Bytes good = toBytes(forger.a.localInit());
  for (size_t i = 0; i < good.size(); ++i) {
    const Result<void> begun = forger.b.connectWith(forger.now, ByteView(good).first(i));
    ASSERT_FALSE(begun.ok()) << i;
    EXPECT_EQ(begun.error().code(), ErrorCode::kMalformed);
  }
  Bytes other = good;
  other[0] = 2;
  EXPECT_FALSE(forger.b.connectWith(forger.now, other).ok());
  other = good;
  other.insert(other.end(), good.begin(), good.end());
  EXPECT_FALSE(forger.b.connectWith(forger.now, other).ok()) << "two of them";
  EXPECT_EQ(forger.b.state(), State::kNew);
  EXPECT_TRUE(forger.b.connectWith(forger.now, good).ok());
}

// RFC 9653 §5.
TEST(ZeroChecksum, IsUsedWhereBothSaySoAndNeverInTheHandshake) {
  for (int who = 0; who < 4; ++who) {
    SeededRandom random(1);
    PacketPool pool;
    AssociationConfig forA, forB;
    forA.zeroChecksum = (who & 1) != 0;
    forB.zeroChecksum = (who & 2) != 0;
    Association a(forA, random, pool), b(forB, random, pool);
    TimePoint now = TimePoint::fromMicros(1);
    a.connect(now);
    b.connect(now);
    size_t zeros = 0;
    PacketBuffer packet;
    const auto look = [&](Association& from, Association& to) {
      while (from.pollTransmit(now, packet)) {
        const auto type = static_cast<ChunkType>(packet.view()[12]);
        const bool zero = storedChecksum(packet.view()) == 0;
        zeros += zero ? 1 : 0;
        if (zero) {
          EXPECT_TRUE(type != ChunkType::kInit && type != ChunkType::kInitAck && type != ChunkType::kCookieEcho);
        } else {
          EXPECT_EQ(storedChecksum(packet.view()), packetChecksum(packet.view()));
        }
        to.receive(now, packet.view());
      }
    };
    for (int i = 0; i < 20; ++i) {
      if (i == 5) (void)a.send(now, 0, 51, Bytes(100), {});
      look(a, b);
      look(b, a);
    }
    EXPECT_EQ(zeros > 0, who == 3) << who;
    size_t messages = 0;
    while (auto event = b.pollEvent()) messages += std::holds_alternative<MessageReceived>(*event) ? 1 : 0;
    EXPECT_EQ(messages, 1u) << who;
  }
}

// pion before 2024 reads no INIT and no INIT ACK with a parameter that it does not know, and says nothing of it.
TEST(ZeroChecksum, WhoCannotReadTheParameterIsAskedWithoutIt) {
  const auto says = [](ByteView packet) {
    ChunkReader chunks(packet.subspan(kCommonHeaderSize));
    ChunkView chunk;
    if (!chunks.next(chunk) || (chunk.type != ChunkType::kInit && chunk.type != ChunkType::kInitAck)) return false;
    const Result<InitChunk> init = readInit(chunk);
    return init.ok() && init->capabilities.zeroChecksum;
  };
  for (const bool theyAsk : {true, false}) {
    SeededRandom random(3);
    PacketPool pool;
    AssociationConfig ours, theirs;
    ours.zeroChecksum = true;
    Association a(ours, random, pool), b(theirs, random, pool);
    TimePoint now = TimePoint::fromMicros(1);
    a.connect(now);
    b.connect(now);
    size_t unread = 0;
    for (int i = 0; i < 300 && (a.state() != State::kEstablished || b.state() != State::kEstablished);
         ++i, now = now + Duration::millis(10)) {
      a.handleTimeout(now);
      b.handleTimeout(now);
      PacketBuffer packet;
      while (a.pollTransmit(now, packet)) {
        if (says(packet.view()))
          ++unread;
        else
          b.receive(now, packet.view());
      }
      while (b.pollTransmit(now, packet)) {
        const bool isInit = packet.view()[kCommonHeaderSize] == static_cast<uint8_t>(ChunkType::kInit);
        if (theyAsk || !isInit) a.receive(now, packet.view());
      }
    }
    EXPECT_EQ(a.state(), State::kEstablished) << theyAsk;
    EXPECT_EQ(b.state(), State::kEstablished) << theyAsk;
    EXPECT_EQ(unread, theyAsk ? 1u : 2u) << "their INIT is answered in a way that they can read";
    EXPECT_FALSE(a.stats().zeroChecksum);
  }
}

TEST(ZeroChecksum, WhoHasNotSaidSoDropsIt) {
  for (const bool said : {false, true}) {
    AssociationConfig config;
    config.zeroChecksum = said;
    Forger forger(config);
    forger.connect();
    Bytes packet = forger.packet(Forger::chunk(ChunkType::kHeartbeat, 0, Bytes(8)));
    storeChecksum(packet, 0);
    forger.b.receive(forger.now, packet);
    EXPECT_EQ(forger.answers().size(), said ? 1u : 0u);
    storeChecksum(packet, packetChecksum(packet) ^ 1);
    forger.b.receive(forger.now, packet);
    EXPECT_TRUE(forger.answers().empty()) << "a wrong one is wrong";
  }
}

}  // namespace
}  // namespace tincan::inline v0::sctp::test
