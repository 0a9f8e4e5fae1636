#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// One offer, several who answer: a provisional answer comes from one device, the final one from another, with ICE
// credentials and a certificate of its own (RFC 9429 §4.1.10.1, RFC 8842 §5.1), or with the certificate of the first.
namespace tincan::inline v0::sim {
namespace {

using stack::RTCSdpType;

stack::RTCConfiguration withCertificate(std::shared_ptr<const crypto::Identity> identity) {
  stack::RTCConfiguration out;
  if (identity) out.certificates = {stack::RTCCertificate(std::move(identity))};
  return out;
}

struct Fork {
  explicit Fork(uint64_t seed, std::shared_ptr<const crypto::Identity> same = nullptr)
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1")),
        x(world, world.addHost("x", "203.0.113.2"), withCertificate(same)),
        y(world, world.addHost("y", "203.0.113.3"), withCertificate(same)) {
    for (Peer* peer : {&a, &x, &y}) peer->addCameraMic();
    // Both hear of a's candidates; theirs come with an a=ice-ufrag of their own, and a takes those that fit.
    a.pc->onicecandidate = [this](stack::RTCPeerConnectionIceEvent event) {
      if (!event.candidate) return;
      for (Peer* peer : {&x, &y}) {
        if (!peer->pc->remoteDescription() || peer->pc->signalingState() == stack::RTCSignalingState::kClosed) continue;
        EXPECT_TRUE(peer->pc->addIceCandidate(*event.candidate).ok());
      }
    };
    trickleFrom(x);
    trickleFrom(y);
  }
  void trickleFrom(Peer& from) {
    from.pc->onicecandidate = [this](stack::RTCPeerConnectionIceEvent event) {
      if (event.candidate && a.pc->remoteDescription()) (void)a.pc->addIceCandidate(*event.candidate).ok();
    };
  }

  void offer() {
    ASSERT_TRUE(a.pc->setLocalDescription().ok());
    for (Peer* peer : {&x, &y}) ASSERT_TRUE(peer->pc->setRemoteDescription(*a.pc->localDescription()).ok());
  }
  /// Each device answers for good as far as it knows; what a is told has the type that its signalling gives it.
  void answers(Peer& device) { ASSERT_TRUE(device.pc->setLocalDescription().ok()); }
  void tell(Peer& device, RTCSdpType type) {
    auto said = *device.pc->localDescription();
    said.type = type;
    const auto set = a.pc->setRemoteDescription(said);
    ASSERT_TRUE(set.ok()) << set.error().toString();
  }
  struct Heard {
    uint64_t atA, atX, atY;
  };
  Heard pictures(Duration within = Duration::seconds(1)) {
    const Heard before{a.pictures, x.pictures, y.pictures};
    world.runFor(within);
    return {a.pictures - before.atA, x.pictures - before.atX, y.pictures - before.atY};
  }

  World world;
  Peer a, x, y;
};

TEST(Forking, TheFinalAnswerComesFromAnotherDevice) {
  Fork fork(300);
  fork.offer();
  fork.answers(fork.x);
  fork.tell(fork.x, RTCSdpType::kPranswer);
  fork.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(connected(fork.a));
  EXPECT_GE(fork.pictures().atX, 25u);
  EXPECT_EQ(fork.y.pictures, 0u);

  fork.answers(fork.y);
  fork.tell(fork.y, RTCSdpType::kAnswer);
  fork.world.runFor(Duration::millis(500));
  EXPECT_EQ(fork.a.pc->signalingState(), stack::RTCSignalingState::kStable);
  EXPECT_TRUE(connected(fork.a) && connected(fork.y));
  const Fork::Heard after = fork.pictures();
  EXPECT_GE(after.atA, 25u);
  EXPECT_GE(after.atY, 25u);
  EXPECT_EQ(after.atX, 0u) << "what is said to y is not for x";
  fork.world.runFor(Duration::seconds(40));
  EXPECT_TRUE(connected(fork.a) && connected(fork.y)) << "x's consent ends nothing";
  EXPECT_GE(fork.pictures().atY, 25u);
}

// y checks, and says its ClientHello, while x's provisional answer is in force: both are kept for when its answer comes.
TEST(Forking, WhatTheOtherDeviceSaidTooSoonIsKept) {
  Fork fork(301);
  fork.y.pc->onicecandidate = nullptr;  // behind a NAT: only its checks say where it is
  fork.offer();
  fork.answers(fork.x);
  fork.answers(fork.y);
  fork.tell(fork.x, RTCSdpType::kPranswer);
  fork.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(fork.a) && connected(fork.x));
  EXPECT_EQ(fork.y.pictures, 0u);
  auto said = *fork.y.pc->localDescription();
  for (size_t at; (at = said.sdp.find("a=candidate")) != std::string::npos;)
    said.sdp.erase(at, said.sdp.find('\n', at) + 1 - at);
  ASSERT_TRUE(fork.a.pc->setRemoteDescription(said).ok());
  fork.world.runFor(Duration::millis(300));
  EXPECT_TRUE(connected(fork.a) && connected(fork.y)) << "no retransmission was waited for";
  EXPECT_GE(fork.pictures().atY, 25u);
}

// The first one rings and cannot be reached at all.
TEST(Forking, TheFirstDeviceIsNeverReached) {
  Fork fork(302);
  const auto channel = fork.a.pc->createDataChannel("x").value();
  std::string echoed;
  channel->onmessage = [&](stack::MessageEvent message) { echoed = std::get<std::string>(message.data); };
  fork.offer();
  fork.answers(fork.x);
  auto said = *fork.x.pc->localDescription();
  said.type = RTCSdpType::kPranswer;
  fork.x.pc->close();
  ASSERT_TRUE(fork.a.pc->setRemoteDescription(said).ok());
  fork.world.runFor(Duration::seconds(20));
  EXPECT_FALSE(connected(fork.a));
  fork.answers(fork.y);
  fork.tell(fork.y, RTCSdpType::kAnswer);
  fork.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(connected(fork.a) && connected(fork.y));
  EXPECT_GE(fork.pictures().atY, 25u);
  ASSERT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  ASSERT_TRUE(channel->send(std::string_view("there?")).ok());
  fork.world.runFor(Duration::millis(200));
  EXPECT_EQ(echoed, "there?");
}

// Data that the first device had goes on with the second (RFC 8841 §9.3: a new association): what was open has ended, and
// what is opened then reaches the second.
TEST(Forking, DataBelongsToWhoeverAnswersForGood) {
  Fork fork(303);
  const auto first = fork.a.pc->createDataChannel("first").value();
  fork.offer();
  fork.answers(fork.x);
  fork.tell(fork.x, RTCSdpType::kPranswer);
  fork.world.runFor(Duration::seconds(1));
  ASSERT_EQ(first->readyState(), stack::RTCDataChannelState::kOpen);
  fork.answers(fork.y);
  fork.tell(fork.y, RTCSdpType::kAnswer);
  fork.world.runFor(Duration::seconds(1));
  EXPECT_EQ(first->readyState(), stack::RTCDataChannelState::kClosed) << "it was x's";
  const auto second = fork.a.pc->createDataChannel("second").value();
  fork.world.runFor(Duration::seconds(1));
  EXPECT_EQ(second->readyState(), stack::RTCDataChannelState::kOpen);
  ASSERT_TRUE(fork.y.echo);
  EXPECT_EQ(fork.y.echo->label(), "second");
}

// Credentials of their own, one certificate: two processes of one user, or one peer that began anew.
TEST(Forking, AnotherAgentWithTheSameCertificate) {
  Fork fork(304, fixedIdentity("one"));
  fork.offer();
  fork.answers(fork.x);
  fork.tell(fork.x, RTCSdpType::kPranswer);
  fork.world.runFor(Duration::seconds(1));
  EXPECT_GE(fork.pictures().atX, 25u);
  fork.answers(fork.y);
  fork.tell(fork.y, RTCSdpType::kAnswer);
  fork.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(connected(fork.a) && connected(fork.y));
  const Fork::Heard after = fork.pictures();
  EXPECT_GE(after.atA, 25u);
  EXPECT_GE(after.atY, 25u);
  fork.world.runFor(Duration::seconds(40));
  EXPECT_TRUE(connected(fork.a) && connected(fork.y));
}

// Two provisional answers, and the final one of the second: nothing changes with it.
TEST(Forking, TheSecondProvisionalAnswerBecomesFinal) {
  Fork fork(305);
  fork.offer();
  fork.answers(fork.x);
  fork.answers(fork.y);
  fork.tell(fork.x, RTCSdpType::kPranswer);
  fork.world.runFor(Duration::seconds(1));
  EXPECT_GE(fork.pictures().atX, 25u);
  fork.tell(fork.y, RTCSdpType::kPranswer);
  fork.world.runFor(Duration::seconds(1));
  EXPECT_GE(fork.pictures().atY, 25u);
  fork.tell(fork.y, RTCSdpType::kAnswer);
  EXPECT_EQ(fork.a.pc->signalingState(), stack::RTCSignalingState::kStable);
  const Fork::Heard after = fork.pictures();
  EXPECT_GE(after.atY, 25u);
  EXPECT_EQ(after.atX, 0u);
}

}  // namespace
}  // namespace tincan::inline v0::sim
