#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// One DTLS association after another: the tagged section stops, the peer is replaced, the peer says goodbye.
namespace tincan::inline v0::sim {
namespace {

struct Call {
  explicit Call(uint64_t seed)
      : world(seed), a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2")) {
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    b.addCameraMic();
  }
  World world;
  Peer a, b;
};

TEST(DtlsRenewal, OfTheSameCallWhenTheTaggedSectionStops) {
  Call call(31);
  auto channel = call.a.pc->createDataChannel("kept").value();
  int answers = 0;
  channel->onmessage = [&](stack::MessageEvent) { ++answers; };
  signal(call.a, call.b);
  call.world.runFor(Duration::seconds(2));
  ASSERT_TRUE(connected(call.a) && connected(call.b));
  for (const auto& each : call.a.pc->getTransceivers()) {
    if (each->mid() != "0") continue;
    ASSERT_TRUE(call.a.pc->setDirection(each, stack::RTCRtpTransceiverDirection::kStopped).ok());
  }
  signal(call.a, call.b);
  call.world.runFor(Duration::seconds(1));
  const auto pictures = call.b.pictures;
  const auto sounds = call.b.sounds;
  ASSERT_TRUE(channel->send("still there").ok());
  call.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(call.a) && connected(call.b));
  EXPECT_GT(call.b.pictures + call.b.sounds, pictures + sounds + 30);
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  call.world.runFor(Duration::seconds(40));  // past the time in which the other side could have moved
  EXPECT_TRUE(connected(call.a) && connected(call.b));
}

// RFC 9143 §7.3.3, RFC 8842 §4: the only section stops and another one begins, so that the answerer moves to it, and is the
// DTLS client there, whatever it was before. Whether the first transport had come up by then or not, and whoever offered.
TEST(DtlsRenewal, TheAnswererOfTheNextSectionIsTheClientWhateverItWas) {
  for (const int millis : {0, 1, 30, 60, 100, 2000}) {
    for (const bool again : {false, true}) {
      World world(33);
      Peer a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2"));
      trickle(a, b);
      trickle(b, a);
      auto& offerer = again ? a : b;
      auto& answerer = again ? b : a;
      ASSERT_TRUE(offerer.pc->addTransceiver(stack::MediaKind::kAudio).ok());
      signal(offerer, answerer);
      if (millis > 0) world.runFor(Duration::millis(millis));
      ASSERT_TRUE(a.pc->getTransceivers()[0]->stop().ok());
      ASSERT_TRUE(a.pc->addTransceiver(stack::MediaKind::kVideo).ok());
      signal(a, b);
      world.runFor(Duration::seconds(12));
      EXPECT_TRUE(connected(a) && connected(b))
          << millis << " ms, " << (again ? "the same offers" : "the other offers") << ": "
          << toString(a.pc->connectionState()) << " and " << toString(b.pc->connectionState());
    }
  }
}

/// a's first section has ended, and its place is free: the next one there stands first in a's offers, and waits on the
/// transport of the others.
struct FreePlace {
  explicit FreePlace(uint64_t seed)
      : world(seed), a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2")) {
    trickle(a, b);
    trickle(b, a);
    for (const auto kind : {stack::MediaKind::kAudio, stack::MediaKind::kVideo})
      EXPECT_TRUE(a.pc->addTransceiver(kind).ok());
    channel = a.pc->createDataChannel("x").value();
    signal(a, b);
    world.runFor(Duration::seconds(2));
    EXPECT_TRUE(a.pc->getTransceivers()[0]->stop().ok());
    signal(a, b);
    world.runFor(Duration::seconds(40));  // past the time in which b could have moved
    EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  }
  void useAgain() { ASSERT_TRUE(a.pc->addTransceiver(stack::MediaKind::kAudio).ok()); }
  /// b's goodbye has come.
  stack::RTCDataChannelState afterClose() {
    b.pc->close();
    world.runFor(Duration::millis(200));
    return channel->readyState();
  }

  World world;
  Peer a, b;
  std::shared_ptr<stack::DataChannel> channel;
};

// The first section of our offer's BUNDLE is another one: a browser moves to that one's transport when it answers, and its
// goodbye over the one before may be faster than its answer. Of a section that is new in a recycled place it ended the
// channels.
// RFC 9143 §7.5.1, RFC 8842 §4.
TEST(DtlsRenewal, AGoodbyeBeforeTheAnswerToAnOfferWithAnotherTagEndsNoChannel) {
  for (const bool moves : {true, false}) {
    FreePlace call(37);
    if (moves) call.useAgain();
    ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
    EXPECT_EQ(call.a.pc->localDescription()->sdp.find("a=group:BUNDLE 3 1 2") != std::string::npos, moves);
    call.world.runFor(Duration::millis(10));
    EXPECT_EQ(call.afterClose(), moves ? stack::RTCDataChannelState::kOpen : stack::RTCDataChannelState::kClosed);
  }
}

// Where nobody moves after all, a goodbye is one: the offer was taken back, or its answer rejects what it put first.
TEST(DtlsRenewal, WhatAnOfferPreparedEndsWithIt) {
  for (const bool rollsBack : {true, false}) {
    FreePlace call(38);
    call.useAgain();
    ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
    call.world.runFor(Duration::millis(10));
    if (rollsBack) {
      const stack::RTCSessionDescription rollback{stack::RTCSdpType::kRollback, ""};
      ASSERT_TRUE(call.a.pc->setLocalDescription(rollback).ok());
    } else {
      ASSERT_TRUE(call.b.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
      auto answer = call.b.pc->createAnswer().value();
      for (const auto& [from, to] : {std::pair("BUNDLE 3 1 2", "BUNDLE 1 2"), std::pair("m=audio 9 ", "m=audio 0 ")})
        answer.sdp.replace(answer.sdp.find(from), std::string(from).size(), to);
      ASSERT_TRUE(call.b.pc->setLocalDescription(answer).ok());
      ASSERT_TRUE(call.a.pc->setRemoteDescription(*call.b.pc->localDescription()).ok());
    }
    call.world.runFor(Duration::seconds(1));
    ASSERT_EQ(call.channel->readyState(), stack::RTCDataChannelState::kOpen);
    EXPECT_EQ(call.afterClose(), stack::RTCDataChannelState::kClosed) << (rollsBack ? "rolled back" : "rejected");
  }
}

// f07. RFC 8446 §6.1, RFC 5246 §7.2.1.
TEST(DtlsGoodbye, EndsMediaAndTheConnectionStateAtOnce) {
  Call call(32);
  signal(call.a, call.b);
  call.world.runFor(Duration::seconds(2));
  ASSERT_TRUE(connected(call.a));
  call.b.pc->close();
  call.world.runFor(Duration::millis(200));
  EXPECT_EQ(call.a.pc->connectionState(), stack::RTCPeerConnectionState::kDisconnected);
  int packets = 0;
  call.world.onPacket([&](const TracedPacket& packet) {
    if (packet.from.name() == "a" && packet.bytes[0] >= 128) ++packets;
  });
  call.world.runFor(Duration::seconds(40));
  EXPECT_EQ(packets, 0);
}

// RFC 8842 §5.1: other certificates mean another association; here one that rings off and hands over to another.
TEST(DtlsHandover, ToAPeerWithAnotherCertificate) {
  Call call(33);
  Peer c(call.world, call.world.addHost("c", "203.0.113.3"));
  c.addCameraMic();
  signal(call.a, call.b);
  call.world.runFor(Duration::seconds(2));
  ASSERT_TRUE(connected(call.a));
  const auto pictures = call.a.pictures;
  trickle(call.a, c);
  trickle(c, call.a);
  call.b.pc->onicecandidate = nullptr;
  ASSERT_TRUE(call.a.pc->setLocalDescription(call.a.pc->createOffer({true}).value()).ok());
  ASSERT_TRUE(c.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
  ASSERT_TRUE(c.pc->setLocalDescription().ok());
  ASSERT_TRUE(call.a.pc->setRemoteDescription(*c.pc->localDescription()).ok());
  call.world.runFor(Duration::seconds(4));
  EXPECT_TRUE(connected(call.a));
  EXPECT_TRUE(connected(c));
  EXPECT_GT(c.pictures, 20u);
  EXPECT_GT(call.a.pictures, pictures + 20);
}

// The new peer may be the one that offers: this side does what its answer says, whatever its role was with the peer before.
// It answered "passive", as it had been, and was a client all the same: two clients, and no connection.
// RFC 8842 §5.3.
TEST(DtlsHandover, ToAPeerThatOffers) {
  for (const bool wasServer : {false, true}) {
    Call call(35);
    Peer c(call.world, call.world.addHost("c", "203.0.113.3"));
    c.addCameraMic();
    signal(wasServer ? call.a : call.b, wasServer ? call.b : call.a);
    call.world.runFor(Duration::seconds(2));
    ASSERT_TRUE(connected(call.a));
    ASSERT_EQ(call.a.pc->getStats().transport.dtlsRole, wasServer ? "server" : "client");
    const auto pictures = call.a.pictures;
    trickle(call.a, c);
    trickle(c, call.a);
    call.b.pc->onicecandidate = nullptr;
    signal(c, call.a);
    call.world.runFor(Duration::seconds(4));
    EXPECT_TRUE(connected(call.a) && connected(c)) << (wasServer ? "server" : "client");
    EXPECT_GT(c.pictures, 20u);
    EXPECT_GT(call.a.pictures, pictures + 20);
  }
}

// f08. W3C webrtc-pc §6.2, bufferedAmountLowThreshold.
TEST(BufferedAmountLow, FiresOnceWhenTheAmountCrosses) {
  Call call(34);
  auto channel = call.a.pc->createDataChannel("x").value();
  channel->bufferedAmountLowThreshold = 100'000;
  std::vector<uint64_t> seen;
  channel->onbufferedamountlow = [&] { seen.push_back(channel->bufferedAmount()); };
  channel->onopen = [&] {
    const Bytes message(60'000, 1);
    for (int k = 0; k < 40; ++k) EXPECT_TRUE(channel->send(ByteView(message)).ok());
  };
  call.b.pc->ondatachannel = nullptr;
  signal(call.a, call.b);
  call.world.runFor(Duration::seconds(10));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_LE(seen[0], 100'000u);
}

}  // namespace
}  // namespace tincan::inline v0::sim
