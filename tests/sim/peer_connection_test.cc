#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// What a PeerConnection promises beyond the call that goes well: tracks that come back, channels that go at a bad moment,
// the W3C's errors.
namespace tincan::inline v0::sim {
namespace {

struct Two {
  explicit Two(uint64_t seed)
      : world(seed), a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2")) {
    trickle(a, b);
    trickle(b, a);
  }
  World world;
  Peer a, b;
};

// The same SSRC goes on where it stopped: SRTP refuses an index that was used before.
TEST(PeerConnection, ATrackThatComesBackIsHeard) {
  for (uint64_t seed = 60; seed < 64; ++seed) {
    Two two(seed);
    two.a.addCameraMic();
    signal(two.a, two.b);
    two.world.runFor(Duration::seconds(1));
    for (int round = 0; round < 2; ++round) {
      for (auto way : {stack::RTCRtpTransceiverDirection::kInactive, stack::RTCRtpTransceiverDirection::kSendrecv}) {
        for (const auto& each : two.a.pc->getTransceivers()) ASSERT_TRUE(two.a.pc->setDirection(each, way).ok());
        signal(two.a, two.b);
        two.world.runFor(Duration::millis(300));
      }
      const uint64_t pictures = two.b.pictures, sounds = two.b.sounds;
      two.world.runFor(Duration::seconds(1));
      EXPECT_GE(two.b.pictures, pictures + 25) << "seed " << seed << ", round " << round;
      EXPECT_GE(two.b.sounds, sounds + 45);
    }
  }
}

// A preview goes on capturing the camera; what was taken from the sender is not sent.
// W3C §5.2.
TEST(PeerConnection, AReplacedTrackFallsSilentAtOnce) {
  Two two(64);
  two.a.addCameraMic();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(1));
  const auto camera = two.a.stream->getVideoTracks().front();
  for (const auto& sender : two.a.pc->getSenders()) {
    if (sender->track() == camera) {
      ASSERT_TRUE(sender->replaceTrack(nullptr).ok());
    }
  }
  two.world.runFor(Duration::millis(200));  // what was on its way
  const uint64_t pictures = two.b.pictures;
  int previews = 0;
  camera->addVideoSink([&](const media::VideoFrame&) { ++previews; });
  for (int i = 0; i < 30; ++i) {
    camera->capture(two.world.now());
    two.world.runFor(Duration::millis(34));
  }
  EXPECT_GT(previews, 20);
  EXPECT_EQ(two.b.pictures, pictures);
}

// The peer is gone when the message that waits would leave: no event on a channel that is no more.
// W3C §6.2.4.
TEST(DataChannel, WhatWaitsWhenThePeerCloses) {
  Two two(65);
  const auto channel = two.a.pc->createDataChannel("x").value();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(1));
  ASSERT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  two.a.pc->setWake({});  // no drain between what the user does and what comes in
  two.b.pc->close();
  ASSERT_TRUE(channel->send(std::string_view("too late")).ok());
  two.world.runFor(Duration::millis(100));
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kClosed);
  EXPECT_FALSE(channel->send(std::string_view("later still")).ok());
}

// W3C §6.2.1, §6.2.6.
TEST(DataChannel, TheErrorsThatTheW3cNames) {
  Two two(66);
  auto& pc = *two.a.pc;
  const auto code = [&](const char* label, stack::RTCDataChannelInit init) {
    auto made = pc.createDataChannel(label, std::move(init));
    return made ? ErrorCode::kLimit : made.error().code();
  };
  stack::RTCDataChannelInit both, nameless, last, past, first;
  both.maxPacketLifeTime = 1;
  both.maxRetransmits = 1;
  nameless.negotiated = last.negotiated = past.negotiated = first.negotiated = true;
  last.id = 65535;
  past.id = 1024;
  first.id = 3;
  EXPECT_EQ(code("x", both), ErrorCode::kTypeError);
  EXPECT_EQ(code("x", nameless), ErrorCode::kTypeError);
  EXPECT_EQ(code("x", last), ErrorCode::kTypeError);
  // W3C §6.1: how many channels there are only a transport says, and there is none yet.
  EXPECT_EQ(code("x", past), ErrorCode::kLimit) << "none";
  EXPECT_EQ(code(std::string(65536, 'x').c_str(), {}), ErrorCode::kTypeError);
  const auto channel = pc.createDataChannel("x", first).value();
  EXPECT_EQ(code("y", first), ErrorCode::kOperationError) << "the id is taken";
  EXPECT_EQ(channel->send(std::string_view("early")).error().code(), ErrorCode::kInvalidStateError);
  ASSERT_TRUE(channel->close().ok());
  ASSERT_TRUE(channel->close().ok()) << "twice is once";
  pc.close();
  EXPECT_EQ(code("x", {}), ErrorCode::kInvalidStateError);
}

// Each message is a packet of its own: what SCTP's window lets go at once goes at once, and nothing of it is lost on the
// way down.
TEST(DataChannel, ABurstOfSixtyMessagesIsThereWithThePath) {
  Two two(66);
  const auto channel = two.a.pc->createDataChannel("x").value();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(1));
  size_t heard = 0;
  two.b.echo->onmessage = [&](stack::MessageEvent) { ++heard; };
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(channel->send(std::string_view("sixty of them")).ok());
  two.world.runFor(Duration::millis(11));  // twice 5 ms of wire
  EXPECT_EQ(heard, 60u);
}

// All channels share one queue: none may take what SCTP would then lose.
// W3C §6.2.
TEST(DataChannel, SixteenMebibytesForAllTogether) {
  Two two(67);
  const auto x = two.a.pc->createDataChannel("x").value(), y = two.a.pc->createDataChannel("y").value();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(1));
  int errors = 0;
  x->onerror = y->onerror = [&](const stack::RTCErrorEvent&) { ++errors; };
  const Bytes message(200'000);
  int taken = 0;
  while ((taken % 2 ? x : y)->send(message).ok()) ++taken;
  EXPECT_EQ(taken, 16 * 1024 * 1024 / 200'000);
  EXPECT_EQ((taken % 2 ? x : y)->send(message).error().code(), ErrorCode::kOperationError);
  two.world.runFor(Duration::millis(50));
  EXPECT_EQ(errors, 0);
}

// W3C §4.4.2.
TEST(PeerConnection, CandidateErrors) {
  Two two(68);
  two.a.addCameraMic();
  using stack::RTCIceCandidate;
  const std::string line = "candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host";
  const auto code = [&](const RTCIceCandidate& candidate) {
    auto added = two.b.pc->addIceCandidate(candidate);
    return added ? ErrorCode::kLimit : added.error().code();
  };
  EXPECT_EQ(code({line, {}, {}, {}}), ErrorCode::kTypeError) << "before anything else";
  EXPECT_EQ(code({line, "0", {}, {}}), ErrorCode::kInvalidStateError);
  EXPECT_EQ(code({"", {}, {}, {}}), ErrorCode::kInvalidStateError);
  signal(two.a, two.b);
  EXPECT_EQ(code({line, "nonsense", {}, {}}), ErrorCode::kOperationError);
  EXPECT_EQ(code({line, {}, 7, {}}), ErrorCode::kOperationError);
  EXPECT_EQ(code({"candidate:garbage", "0", {}, {}}), ErrorCode::kOperationError);
  EXPECT_EQ(code({line, "0", {}, "stale"}), ErrorCode::kOperationError);
  EXPECT_EQ(code({"", "0", {}, "stale"}), ErrorCode::kOperationError) << "another generation's end is not this one's";
  EXPECT_EQ(code({"", "0", {}, {}}), ErrorCode::kLimit);
}

// W3C §4.7.3.
TEST(PeerConnection, NegotiationNeededSurvivesAChangeOfMind) {
  Two two(69);
  two.a.addCameraMic();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(1));
  int needed = 0;
  two.a.pc->onnegotiationneeded = [&] { ++needed; };
  const auto transceiver = two.a.pc->getTransceivers().front();
  ASSERT_TRUE(two.a.pc->setDirection(transceiver, stack::RTCRtpTransceiverDirection::kInactive).ok());
  ASSERT_TRUE(two.a.pc->setDirection(transceiver, stack::RTCRtpTransceiverDirection::kSendrecv).ok());
  two.world.runFor(Duration::millis(10));
  EXPECT_EQ(needed, 0);
  ASSERT_TRUE(two.a.pc->setDirection(transceiver, stack::RTCRtpTransceiverDirection::kInactive).ok());
  two.world.runFor(Duration::millis(10));
  EXPECT_EQ(needed, 1);
}

// W3C §4.4.2.
TEST(PeerConnection, AnIceRestartThatCannotBeOfferedChangesNothing) {
  Two two(70);
  two.a.addCameraMic();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(1));
  ASSERT_TRUE(two.a.pc->setLocalDescription().ok());
  ASSERT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
  const auto state = two.b.pc->iceConnectionState();
  EXPECT_EQ(two.b.pc->createOffer({.iceRestart = true}).error().code(), ErrorCode::kInvalidStateError);
  two.world.runFor(Duration::millis(100));
  EXPECT_EQ(two.b.pc->iceConnectionState(), state);
  EXPECT_EQ(two.b.pc->iceGatheringState(), stack::RTCIceGatheringState::kComplete);
}

// Each restart throws the credentials of the one before away, never the pair that the media runs on.
TEST(PeerConnection, RestartedTwiceAndNeverOfferedTheMediaGoesOn) {
  Two two(71);
  two.a.addCameraMic();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(1));
  two.a.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) {  // refused until the offer is there
    if (event.candidate) (void)two.b.pc->addIceCandidate(*event.candidate).ok();
  };
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(two.a.pc->createOffer({.iceRestart = true}).ok());
  const uint64_t pictures = two.b.pictures;
  two.world.runFor(Duration::seconds(2));
  EXPECT_GE(two.b.pictures, pictures + 55);
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(two.a));
  EXPECT_GE(two.b.pictures, pictures + 110);
}

// LIMITS A28: plain RTP and RTCP, before and after keys.
// RFC 8827 §6.5.
// W3C §13.4.
TEST(PeerConnection, PlainMediaIsNeverDelivered) {
  Two two(72);
  two.a.addCameraMic();
  signal(two.a, two.b);
  two.world.runFor(Duration::seconds(1));
  const auto before = two.b.pc->getStats();
  ASSERT_NE(before.selectedPair(), nullptr);
  const auto pair = *before.selectedPair();
  Route route{Protocol::kUdp, SocketAddress::parse(pair.local).value(), SocketAddress::parse(pair.remote).value()};
  for (uint8_t type : {uint8_t{96}, uint8_t{200}, uint8_t{201}}) {
    for (size_t size : {size_t{12}, size_t{40}, size_t{200}}) {
      PacketBuffer packet = two.world.pool().allocate();
      Bytes plain(size);
      plain[0] = 0x80;
      plain[1] = type;
      ASSERT_TRUE(packet.append(plain));
      two.b.pc->receive(two.world.now(), route, std::move(packet));
    }
  }
  const auto after = two.b.pc->getStats();
  EXPECT_EQ(after.transport.packetsDropped, before.transport.packetsDropped + 9);
  ASSERT_EQ(after.inboundRtp.size(), before.inboundRtp.size());
  two.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(connected(two.b));
}

}  // namespace
}  // namespace tincan::inline v0::sim
