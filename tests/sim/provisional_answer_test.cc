#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// RFC 9429 §4.1.10.1: a provisional answer is in force like an answer, until the final one says otherwise.
namespace tincan::inline v0::sim {
namespace {

using stack::RTCSdpType;
using stack::RTCSignalingState;
using Way = stack::RTCRtpTransceiverDirection;

struct Two {
  explicit Two(uint64_t seed)
      : world(seed), a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2")) {
    trickle(a, b);
    trickle(b, a);
  }

  /// a offers; b has it.
  void offer() {
    ASSERT_TRUE(a.pc->setLocalDescription().ok());
    ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  }
  /// b's answer of this kind, at both.
  void answer(RTCSdpType type) {
    const auto local = b.pc->setLocalDescription(stack::RTCSessionDescription{type, ""});
    ASSERT_TRUE(local.ok()) << local.error().toString();
    ASSERT_EQ(b.pc->localDescription()->type, type);
    const auto remote = a.pc->setRemoteDescription(*b.pc->localDescription());
    ASSERT_TRUE(remote.ok()) << remote.error().toString();
  }
  /// What each has seen and heard of the other in the second that follows.
  struct Heard {
    uint64_t atA, atB, soundsAtA, soundsAtB;
  };
  Heard listen() {
    const Heard before{a.pictures, b.pictures, a.sounds, b.sounds};
    world.runFor(Duration::seconds(1));
    return {a.pictures - before.atA, b.pictures - before.atB, a.sounds - before.soundsAtA, b.sounds - before.soundsAtB};
  }
  std::shared_ptr<stack::RtpTransceiver> ofB(stack::MediaKind kind) {
    for (const auto& each : b.pc->getTransceivers()) {
      if (each->kind() == kind) return each;
    }
    return nullptr;
  }

  World world;
  Peer a, b;
};

// RFC 9429 §4.1.10.1.
TEST(ProvisionalAnswer, MediaAndDataFlowBothWaysAndTheFinalOneThatIsEqualChangesNothing) {
  Two two(80);
  two.a.addCameraMic();
  two.b.addCameraMic();
  const auto channel = two.a.pc->createDataChannel("x").value();
  std::string heard;
  channel->onmessage = [&](stack::MessageEvent message) { heard = std::get<std::string>(message.data); };
  two.offer();
  two.answer(RTCSdpType::kPranswer);
  EXPECT_EQ(two.a.pc->signalingState(), RTCSignalingState::kHaveRemotePranswer);
  EXPECT_EQ(two.b.pc->signalingState(), RTCSignalingState::kHaveLocalPranswer);
  two.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(connected(two.a) && connected(two.b));
  ASSERT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  ASSERT_TRUE(channel->send(std::string_view("early")).ok());
  const Two::Heard early = two.listen();
  EXPECT_GE(early.atA, 25u);
  EXPECT_GE(early.atB, 25u);
  EXPECT_GE(early.soundsAtA, 45u);
  EXPECT_GE(early.soundsAtB, 45u);
  EXPECT_EQ(heard, "early");

  two.answer(RTCSdpType::kAnswer);
  EXPECT_EQ(two.a.pc->signalingState(), RTCSignalingState::kStable);
  EXPECT_EQ(two.b.pc->signalingState(), RTCSignalingState::kStable);
  const Two::Heard late = two.listen();
  EXPECT_GE(late.atA, 25u);
  EXPECT_GE(late.atB, 25u);
  EXPECT_GE(late.soundsAtB, 45u);
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  EXPECT_EQ(two.b.unreadable, 0u);
  EXPECT_EQ(two.b.notAdvancing, 0u) << "one and the same stream all along";
}

// The text that was provisional may be given again as the final answer, as it is.
// RFC 9429 §4.1.10.1.
TEST(ProvisionalAnswer, BecomesFinalWordForWord) {
  Two two(81);
  two.a.addCameraMic();
  two.offer();
  auto made = two.b.pc->createAnswer().value();
  made.type = RTCSdpType::kPranswer;
  ASSERT_TRUE(two.b.pc->setLocalDescription(made).ok());
  ASSERT_TRUE(two.a.pc->setRemoteDescription(*two.b.pc->localDescription()).ok());
  EXPECT_EQ(two.a.pc->getTransceivers()[0]->currentDirection(), Way::kSendonly);
  two.world.runFor(Duration::seconds(1));
  EXPECT_GE(two.listen().atB, 25u);
  made.type = RTCSdpType::kAnswer;
  ASSERT_TRUE(two.b.pc->setLocalDescription(made).ok());
  ASSERT_TRUE(two.a.pc->setRemoteDescription(*two.b.pc->localDescription()).ok());
  EXPECT_GE(two.listen().atB, 25u);
}

// Two in a row: the first takes nothing, the second sound alone, the final answer all of it.
// RFC 9429 §4.1.10.1.
TEST(ProvisionalAnswer, EachTakesThePlaceOfTheOneBefore) {
  Two two(82);
  two.a.addCameraMic();
  two.offer();
  for (const auto& each : two.b.pc->getTransceivers()) ASSERT_TRUE(two.b.pc->setDirection(each, Way::kInactive).ok());
  two.answer(RTCSdpType::kPranswer);
  two.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(connected(two.a) && connected(two.b)) << "the transport is there all the same";
  EXPECT_EQ(two.b.sounds + two.b.pictures, 0u);

  ASSERT_TRUE(two.b.pc->setDirection(two.ofB(stack::MediaKind::kAudio), Way::kRecvonly).ok());
  two.answer(RTCSdpType::kPranswer);
  two.world.runFor(Duration::millis(300));
  const Two::Heard second = two.listen();
  EXPECT_GE(second.soundsAtB, 45u);
  EXPECT_EQ(second.atB, 0u);

  ASSERT_TRUE(two.b.pc->setDirection(two.ofB(stack::MediaKind::kVideo), Way::kRecvonly).ok());
  two.answer(RTCSdpType::kAnswer);
  two.world.runFor(Duration::millis(300));
  const Two::Heard final = two.listen();
  EXPECT_GE(final.soundsAtB, 45u);
  EXPECT_GE(final.atB, 25u);
}

TEST(ProvisionalAnswer, TheFinalOneMayStopWhatItHadTaken) {
  Two two(83);
  two.a.addCameraMic();
  two.offer();
  two.answer(RTCSdpType::kPranswer);
  two.world.runFor(Duration::seconds(1));
  EXPECT_GE(two.listen().atB, 25u);
  ASSERT_TRUE(two.b.pc->setDirection(two.ofB(stack::MediaKind::kVideo), Way::kStopped).ok());
  two.answer(RTCSdpType::kAnswer);
  two.world.runFor(Duration::millis(300));
  const Two::Heard after = two.listen();
  EXPECT_EQ(after.atB, 0u);
  EXPECT_GE(after.soundsAtB, 45u);
  // W3C §5.4, stop(): an answer says "inactive", and the next offer of who stopped it ends the section.
  EXPECT_EQ(two.a.pc->getTransceivers().size(), 2u);
  ASSERT_TRUE(two.b.pc->setLocalDescription().ok());
  ASSERT_TRUE(two.a.pc->setRemoteDescription(*two.b.pc->localDescription()).ok());
  ASSERT_TRUE(two.a.pc->setLocalDescription().ok());
  ASSERT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
  EXPECT_EQ(two.a.pc->getTransceivers().size(), 1u) << "the one of the rejected section has left";
  EXPECT_EQ(two.b.pc->getTransceivers().size(), 1u);
}

/// An answer of b's with one section rejected, as a peer that decides late would write it.
std::string rejecting(std::string sdp, const std::string& kind, const std::string& mid) {
  sdp.replace(sdp.find("m=" + kind + " 9"), kind.size() + 4, "m=" + kind + " 0");
  const size_t group = sdp.find("a=group:BUNDLE");
  const size_t member = sdp.find(" " + mid, group);
  return sdp.erase(member, mid.size() + 1);
}

// RFC 9429 §4.1.10.1: nothing is freed for a provisional one, so the section comes up when the final one has it.
TEST(ProvisionalAnswer, WhatItRejectsTheFinalOneMayTake) {
  Two two(84);
  two.a.addCameraMic();
  const auto channel = two.a.pc->createDataChannel("x").value();
  two.offer();
  ASSERT_TRUE(two.b.pc->setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kPranswer, ""}).ok());
  auto without = *two.b.pc->localDescription();
  without.sdp = rejecting(rejecting(without.sdp, "video", "1"), "application", "2");
  const auto set = two.a.pc->setRemoteDescription(without);
  ASSERT_TRUE(set.ok()) << set.error().toString();
  EXPECT_EQ(two.a.pc->getTransceivers().size(), 2u);
  EXPECT_EQ(two.a.pc->getTransceivers()[1]->direction(), Way::kSendrecv) << "not stopped";
  EXPECT_EQ(two.a.pc->getTransceivers()[1]->currentDirection(), Way::kInactive);
  two.world.runFor(Duration::seconds(1));
  EXPECT_GE(two.listen().soundsAtB, 45u);
  EXPECT_EQ(two.b.pictures, 0u);
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kConnecting);
  two.answer(RTCSdpType::kAnswer);
  two.world.runFor(Duration::millis(300));
  EXPECT_GE(two.listen().atB, 25u);
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
}

// The section of data is rejected in the end: its channels close, and are not for ever "open" to nowhere.
// RFC 9429 §5.11.
TEST(ProvisionalAnswer, ChannelsEndWhenTheFinalOneRejectsData) {
  Two two(85);
  two.a.addCameraMic();
  const auto channel = two.a.pc->createDataChannel("x").value();
  bool closed = false;
  channel->onclose = [&] { closed = true; };
  two.offer();
  two.answer(RTCSdpType::kPranswer);
  two.world.runFor(Duration::seconds(1));
  ASSERT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  ASSERT_TRUE(two.b.pc->setLocalDescription().ok());
  auto final = *two.b.pc->localDescription();
  final.sdp = rejecting(final.sdp, "application", "2");
  ASSERT_TRUE(two.a.pc->setRemoteDescription(final).ok());
  two.world.runFor(Duration::millis(300));
  EXPECT_TRUE(closed);
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kClosed);
  EXPECT_GE(two.listen().atB, 25u) << "the call goes on";
}

// RFC 9429 §5.7: a provisional answer can be rolled back, with the same effect by either method. What was in force before
// is in force again.
TEST(ProvisionalAnswer, RollbackGoesBackToBeforeTheOffer) {
  for (const bool byLocal : {true, false}) {
    Two two(86);
    two.a.addCameraMic();
    signal(two.a, two.b);
    two.world.runFor(Duration::seconds(1));
    ASSERT_GE(two.listen().atB, 25u);
    two.b.addCameraMic();
    two.offer();
    for (const auto& each : two.b.pc->getTransceivers()) ASSERT_TRUE(two.b.pc->setDirection(each, Way::kInactive).ok());
    two.answer(RTCSdpType::kPranswer);
    two.world.runFor(Duration::millis(300));
    EXPECT_EQ(two.listen().atB, 0u);
    for (Peer* peer : {&two.a, &two.b}) {
      const stack::RTCSessionDescription back{RTCSdpType::kRollback, ""};
      ASSERT_TRUE((byLocal ? peer->pc->setLocalDescription(back) : peer->pc->setRemoteDescription(back)).ok());
      EXPECT_EQ(peer->pc->signalingState(), RTCSignalingState::kStable);
    }
    EXPECT_EQ(two.a.pc->getTransceivers()[0]->currentDirection(), Way::kSendonly);
    two.world.runFor(Duration::millis(300));
    const Two::Heard after = two.listen();
    EXPECT_GE(after.atB, 25u) << byLocal;
    EXPECT_GE(after.soundsAtB, 45u);
  }
}

// Of the first exchange: nothing is in force, so nothing is sent; the next offer and answer have it all again.
// RFC 9429 §5.7.
TEST(ProvisionalAnswer, RollbackOfTheFirstExchangeStopsEverything) {
  Two two(87);
  two.a.addCameraMic();
  two.offer();
  two.answer(RTCSdpType::kPranswer);
  two.world.runFor(Duration::seconds(1));
  ASSERT_GE(two.listen().atB, 25u);
  for (Peer* peer : {&two.a, &two.b}) {
    ASSERT_TRUE(peer->pc->setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  }
  EXPECT_FALSE(two.a.pc->localDescription());
  EXPECT_FALSE(two.a.pc->getTransceivers()[0]->currentDirection());
  EXPECT_TRUE(two.b.pc->getTransceivers().empty());
  two.world.runFor(Duration::millis(300));
  EXPECT_EQ(two.listen().atB, 0u);
  signal(two.a, two.b);
  two.world.runFor(Duration::millis(300));
  EXPECT_GE(two.listen().atB, 25u);
}

// W3C §4.4.1.5: a description that the state has no place for.
TEST(ProvisionalAnswer, InTheWrongStateIsAnInvalidStateError) {
  Two two(88);
  two.a.addCameraMic();
  const auto local = [](Peer& peer, RTCSdpType type, std::string sdp = "") {
    const auto set = peer.pc->setLocalDescription(stack::RTCSessionDescription{type, std::move(sdp)});
    return set ? ErrorCode::kLimit : set.error().code();
  };
  const auto remote = [](Peer& peer, RTCSdpType type, std::string sdp) {
    const auto set = peer.pc->setRemoteDescription({type, std::move(sdp)});
    return set ? ErrorCode::kLimit : set.error().code();
  };
  const auto wrong = ErrorCode::kInvalidStateError;
  const std::string offer = two.a.pc->createOffer()->sdp;
  for (const auto type : {RTCSdpType::kPranswer, RTCSdpType::kAnswer}) {
    EXPECT_EQ(local(two.a, type), wrong) << "stable";
    EXPECT_EQ(local(two.a, type, offer), wrong) << "stable, whatever the text";
    EXPECT_EQ(remote(two.a, type, offer), wrong) << "stable";
  }
  EXPECT_EQ(local(two.a, RTCSdpType::kRollback), wrong);
  EXPECT_EQ(remote(two.a, RTCSdpType::kRollback, ""), wrong);
  two.offer();
  for (const auto type : {RTCSdpType::kPranswer, RTCSdpType::kAnswer}) {
    EXPECT_EQ(local(two.a, type), wrong) << "have-local-offer";
    EXPECT_EQ(remote(two.b, type, offer), wrong) << "have-remote-offer";
  }
  EXPECT_EQ(local(two.b, RTCSdpType::kOffer), wrong) << "have-remote-offer";
  two.answer(RTCSdpType::kPranswer);
  const std::string answer = two.b.pc->localDescription()->sdp;
  EXPECT_EQ(local(two.a, RTCSdpType::kAnswer), wrong) << "have-remote-pranswer";
  EXPECT_EQ(remote(two.b, RTCSdpType::kAnswer, answer), wrong) << "have-local-pranswer";
  for (Peer* peer : {&two.a, &two.b}) {
    EXPECT_EQ(local(*peer, RTCSdpType::kOffer), wrong);
    EXPECT_EQ(remote(*peer, RTCSdpType::kOffer, offer), wrong);
  }
  EXPECT_EQ(two.a.pc->signalingState(), RTCSignalingState::kHaveRemotePranswer) << "a refusal changes nothing";
  EXPECT_EQ(two.b.pc->signalingState(), RTCSignalingState::kHaveLocalPranswer);
  two.answer(RTCSdpType::kAnswer);
  EXPECT_EQ(remote(two.a, RTCSdpType::kAnswer, answer), wrong) << "twice";
  EXPECT_EQ(local(two.b, RTCSdpType::kAnswer, answer), wrong);
}

}  // namespace
}  // namespace tincan::inline v0::sim
