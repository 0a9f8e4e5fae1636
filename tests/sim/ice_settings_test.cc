// What RTCConfiguration says about ICE, in whole calls.
#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::RTCConfiguration;

/// A channel and one message over it and back.
void expectTalk(World& world, Peer& a, Peer& b) {
  auto channel = a.pc->createDataChannel("x").value();
  int back = 0;
  channel->onmessage = [&](stack::MessageEvent) { ++back; };
  trickle(a, b);
  trickle(b, a);
  signal(a, b);
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  ASSERT_TRUE(world.runUntil([&] { return channel->readyState() == stack::RTCDataChannelState::kOpen; }));
  ASSERT_TRUE(channel->send("hello").ok());
  ASSERT_TRUE(world.runUntil([&] { return back == 1; }, Duration::seconds(5)));
}

TEST(IceSettings, LiteOnEitherSide) {
  for (const bool offererIsLite : {false, true}) {
    World world(1);
    RTCConfiguration lite;
    lite.ice.lite = true;
    Peer a(world, world.addHost("a", "203.0.113.1"), offererIsLite ? lite : RTCConfiguration{});
    Peer b(world, world.addHost("b", "203.0.113.2"), offererIsLite ? RTCConfiguration{} : lite);
    expectTalk(world, a, b);
    EXPECT_EQ(a.pc->localDescription()->sdp.find("a=ice-lite") != std::string::npos, offererIsLite);
    EXPECT_EQ(b.pc->localDescription()->sdp.find("a=ice-lite") != std::string::npos, !offererIsLite);
    world.runFor(Duration::seconds(60));
    EXPECT_TRUE(connected(a) && connected(b));
  }
}

// RFC 8445 §6.1.1. Said where it is found out, on whichever side that is, and the state stays as it was.
TEST(IceSettings, TwoLiteAgentsAreAnErrorAtNegotiation) {
  RTCConfiguration lite;
  lite.ice.lite = true;
  const auto expectRefusal = [](const Result<void>& result) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidAccessError);
    EXPECT_NE(result.error().message().find("both sides are ICE-lite"), std::string::npos) << result.error().message();
  };
  World world(1);
  Peer a(world, world.addHost("a", "203.0.113.1"), lite);
  Peer b(world, world.addHost("b", "203.0.113.2"), lite);
  Peer full(world, world.addHost("c", "203.0.113.3"));
  (void)a.pc->createDataChannel("x");
  ASSERT_TRUE(a.pc->setLocalDescription().ok());
  expectRefusal(b.pc->setRemoteDescription(*a.pc->localDescription()));
  EXPECT_EQ(b.pc->signalingState(), stack::RTCSignalingState::kStable);
  EXPECT_FALSE(b.pc->remoteDescription());
  // The same in an answer: one of somebody who is lite and does not mind.
  ASSERT_TRUE(full.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  ASSERT_TRUE(full.pc->setLocalDescription().ok());
  stack::RTCSessionDescription answer = *full.pc->localDescription();
  answer.sdp.insert(answer.sdp.find("m="), "a=ice-lite\r\n");
  expectRefusal(a.pc->setRemoteDescription(answer));
  EXPECT_EQ(a.pc->signalingState(), stack::RTCSignalingState::kHaveLocalOffer);
  ASSERT_TRUE(a.pc->setRemoteDescription(*full.pc->localDescription()).ok()) << "a full one is still welcome";
}

TEST(IceSettings, RenominationIsOffered) {
  World world(1);
  RTCConfiguration configuration;
  configuration.ice.renomination = true;
  Peer a(world, world.addHost("a", "203.0.113.1"), configuration);
  Peer b(world, world.addHost("b", "203.0.113.2"), configuration);
  expectTalk(world, a, b);
  EXPECT_NE(b.pc->localDescription()->sdp.find("a=ice-options:trickle ice2 renomination"), std::string::npos);
}

TEST(IceSettings, NamesInsteadOfAddresses) {
  World world(1);
  RTCConfiguration configuration;
  configuration.ice.mdnsNames = true;
  Peer a(world, world.addHost("a", "192.168.1.1"), configuration);
  Peer b(world, world.addHost("b", "192.168.1.2"), configuration);
  expectTalk(world, a, b);
  EXPECT_EQ(a.pc->localDescription()->sdp.find("192.168.1.1 "), std::string::npos);
  EXPECT_NE(a.pc->localDescription()->sdp.find(".local "), std::string::npos);
}

// Gathered before there is a description; told with it, and not a moment before.
TEST(IceSettings, CandidatePool) {
  World world(1);
  RTCConfiguration configuration;
  configuration.iceCandidatePoolSize = 1;
  Peer a(world, world.addHost("a", "203.0.113.1"), configuration);
  Peer b(world, world.addHost("b", "203.0.113.2"));
  int told = 0;
  a.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent) { ++told; };
  world.runFor(Duration::seconds(5));
  EXPECT_EQ(told, 0);
  EXPECT_EQ(a.pc->iceGatheringState(), stack::RTCIceGatheringState::kNew);
  auto channel = a.pc->createDataChannel("x").value();
  const auto offer = a.pc->createOffer().value();
  EXPECT_EQ(offer.sdp.find("a=candidate"), std::string::npos);
  ASSERT_TRUE(a.pc->setLocalDescription(offer).ok());
  // Here they are, with no time gone by.
  EXPECT_NE(a.pc->localDescription()->sdp.find("a=candidate"), std::string::npos);
  EXPECT_EQ(a.pc->iceGatheringState(), stack::RTCIceGatheringState::kNew) << "until its event";
  world.runFor(Duration::zero());
  EXPECT_EQ(a.pc->iceGatheringState(), stack::RTCIceGatheringState::kComplete);
  ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  ASSERT_TRUE(b.pc->setLocalDescription().ok());
  trickle(b, a);
  ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
  EXPECT_EQ(told, 3) << "the candidate, the end of its generation, and the end";
}

}  // namespace
}  // namespace tincan::inline v0::sim
