// pc.sctp as browsers have it: with the offer, on the transport that the answer leaves it (webrtc-pc §6.1).
#include <utility>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::RTCSctpTransportState;

struct DataCall {
  explicit DataCall(uint64_t seed, stack::RTCBundlePolicy policy = stack::RTCBundlePolicy::kBalanced)
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1"), with(policy)),
        b(world, world.addHost("b", "203.0.113.2")) {
    trickle(a, b);
    trickle(b, a);
  }
  static stack::RTCConfiguration with(stack::RTCBundlePolicy policy) {
    stack::RTCConfiguration out;
    out.bundlePolicy = policy;
    return out;
  }
  void offer() {
    ASSERT_TRUE(a.pc->setLocalDescription().ok());
    ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  }
  void answer() {
    ASSERT_TRUE(b.pc->setLocalDescription().ok());
    ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
  }
  World world;
  Peer a, b;
};

TEST(SctpTransport, IsThereWithTheOfferAndTheSameBehindTheAnswer) {
  for (const auto policy :
       {stack::RTCBundlePolicy::kBalanced, stack::RTCBundlePolicy::kMaxCompat, stack::RTCBundlePolicy::kMaxBundle}) {
    SCOPED_TRACE(static_cast<int>(policy));
    DataCall call(61, policy);
    call.a.addCameraMic();
    ASSERT_TRUE(call.a.pc->createDataChannel("x").ok());
    EXPECT_EQ(call.a.pc->sctp(), nullptr);
    call.offer();
    const auto sctp = call.a.pc->sctp();
    ASSERT_NE(sctp, nullptr);
    ASSERT_NE(call.b.pc->sctp(), nullptr);
    EXPECT_NE(sctp->transport(), nullptr);
    EXPECT_EQ(sctp->state(), RTCSctpTransportState::kConnecting);
    EXPECT_EQ(sctp->maxChannels(), std::nullopt);
    size_t changes = 0;
    sctp->onstatechange = [&] { ++changes; };
    call.answer();
    call.world.runFor(Duration::seconds(2));
    EXPECT_EQ(call.a.pc->sctp(), sctp);
    EXPECT_EQ(sctp->transport(), call.a.pc->getSenders()[0]->transport()) << "bundled by the answer";
    EXPECT_EQ(sctp->state(), RTCSctpTransportState::kConnected);
    EXPECT_EQ(changes, 1u);
  }
}

TEST(SctpTransport, GoesWithAnOfferThatIsTakenBackOrRejected) {
  DataCall call(62);
  ASSERT_TRUE(call.a.pc->createDataChannel("x").ok());
  call.offer();
  EXPECT_NE(call.a.pc->sctp(), nullptr);
  const stack::RTCSessionDescription rollback{stack::RTCSdpType::kRollback, ""};
  ASSERT_TRUE(call.a.pc->setLocalDescription(rollback).ok());
  ASSERT_TRUE(call.b.pc->setRemoteDescription(rollback).ok());
  EXPECT_EQ(call.a.pc->sctp(), nullptr);
  EXPECT_EQ(call.b.pc->sctp(), nullptr);

  call.a.addCameraMic();
  call.offer();
  EXPECT_NE(call.a.pc->sctp(), nullptr);
  auto answer = call.b.pc->createAnswer().value();
  ASSERT_TRUE(call.b.pc->setLocalDescription(answer).ok());
  const size_t at = answer.sdp.find("m=application 9");
  ASSERT_NE(at, std::string::npos);
  answer.sdp.replace(at, 15, "m=application 0");
  ASSERT_TRUE(call.a.pc->setRemoteDescription(answer).ok());
  EXPECT_EQ(call.a.pc->sctp(), nullptr);
}

// §6.1.1: what the far end takes, and what we send at most.
TEST(SctpTransport, MessagesAreAsLargeAsBothSay) {
  for (const auto& [told, most] :
       std::vector<std::pair<std::string, double>>{{"1000", 1000}, {"0", 262144}, {"99999999", 262144}}) {
    DataCall call(63);
    auto channel = call.a.pc->createDataChannel("x").value();
    call.offer();
    ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
    auto answer = *call.b.pc->localDescription();
    const std::string own = "a=max-message-size:262144";
    const size_t at = answer.sdp.find(own);
    ASSERT_NE(at, std::string::npos);
    answer.sdp.replace(at, own.size(), "a=max-message-size:" + told);
    ASSERT_TRUE(call.a.pc->setRemoteDescription(answer).ok());
    call.world.runFor(Duration::seconds(2));
    EXPECT_EQ(call.a.pc->sctp()->maxMessageSize(), most);
    ASSERT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
    EXPECT_EQ(static_cast<double>(channel->sendable()), most);
    const auto refused = channel->send(ByteView(Bytes(static_cast<size_t>(most) + 1)));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code(), ErrorCode::kTypeError);
    ASSERT_TRUE(channel->send(ByteView(Bytes(900))).ok());
    EXPECT_LE(static_cast<double>(channel->sendable()), most);
    ASSERT_TRUE(channel->close().ok());
    EXPECT_EQ(channel->sendable(), 0u);
  }
}

// Who keeps messages is told once of a run of them, in its place among the others.
TEST(DataChannelKeep, WhatIsKeptIsToldOnceAndTheRestAsEver) {
  using Kept = stack::DataChannel::Kept;
  DataCall call(64);
  std::string log;
  size_t kept = 0;
  std::shared_ptr<stack::DataChannel> to;
  call.b.pc->ondatachannel = [&](const stack::RTCDataChannelEvent& event) {
    to = event.channel;
    to->keep = [&](ByteView, bool binary) {
      if (!binary) return Kept::kNo;
      return kept++ == 0 ? Kept::kFirst : Kept::kMore;
    };
    to->onkept = [&] { log += std::to_string(std::exchange(kept, 0)) + " "; };
    to->onmessage = [&](const stack::MessageEvent& message) { log += std::get<std::string>(message.data) + " "; };
  };
  const auto from = call.a.pc->createDataChannel("x").value();
  call.offer();
  call.answer();
  ASSERT_TRUE(call.world.runUntil([&] { return to && from->readyState() == stack::RTCDataChannelState::kOpen; },
                                  Duration::seconds(5)));
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(from->send(ByteView(Bytes(20))).ok());
  ASSERT_TRUE(from->send("text").ok());
  call.world.runFor(Duration::seconds(1));
  EXPECT_EQ(log, "5 text ");
  EXPECT_EQ(to->messagesReceived(), 6u);
  EXPECT_EQ(to->bytesReceived(), 104u);
  ASSERT_TRUE(to->close().ok());
  call.world.runFor(Duration::seconds(1));
  EXPECT_FALSE(to->keep) << "no handler outlives the channel";
}

}  // namespace
}  // namespace tincan::inline v0::sim
