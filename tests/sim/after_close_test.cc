// W3C webrtc-pc §4.4.2.6: after close() no event fires, whatever the far end, the network and the clock do.
#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

/// Counts every event that a connection and its channel have.
struct Listener {
  void listenTo(stack::PeerConnection& pc) {
    const auto heard = [this] { ++count; };
    pc.onicecandidate = [this](stack::RTCPeerConnectionIceEvent event) {
      ++count;
      if (other && event.candidate) (void)other->addIceCandidate(*event.candidate).ok();
    };
    pc.onicecandidateerror = [this](stack::RTCPeerConnectionIceErrorEvent) { ++count; };
    pc.onicegatheringstatechange = heard;
    pc.oniceconnectionstatechange = heard;
    pc.onconnectionstatechange = heard;
    pc.onsignalingstatechange = heard;
    pc.onnegotiationneeded = heard;
    pc.ontrack = [this](stack::RTCTrackEvent event) {
      ++count;
      event.track->onmute = event.track->onunmute = [this] { ++count; };
      event.track->addVideoSink([this](const media::VideoFrame&) { ++count; });
      event.track->addAudioSink([this](const media::AudioFrame&) { ++count; });
    };
    pc.ondatachannel = [this](stack::RTCDataChannelEvent event) {
      ++count;
      listenTo(*event.channel);
    };
  }
  void listenTo(stack::DataChannel& channel) {
    channel.onopen = channel.onclose = channel.onclosing = channel.onbufferedamountlow = [this] { ++count; };
    channel.onmessage = [this](stack::MessageEvent) { ++count; };
    channel.onerror = [this](const stack::RTCErrorEvent&) { ++count; };
  }
  size_t count = 0;
  stack::PeerConnection* other = nullptr;
};

class AfterClose : public ::testing::TestWithParam<int> {};

// At 25 moments between the first candidate and a call that has long stood.
// W3C §4.4.2.
TEST_P(AfterClose, NoEventFires) {
  World world(70);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  Listener listener;
  listener.other = b.pc.get();
  listener.listenTo(*a.pc);
  b.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) {
    if (event.candidate) (void)a.pc->addIceCandidate(*event.candidate).ok();
  };
  auto channel = a.pc->createDataChannel("x").value();
  listener.listenTo(*channel);
  const auto talk = [&] { (void)channel->send(std::string_view("hello")).ok(); };
  a.addCameraMic();
  signal(a, b, [&] { b.addCameraMic(); });
  for (int i = 0; i < 100; ++i) world.after(Duration::millis(10 * i), talk);
  const int moment = GetParam();
  world.runFor(Duration::millis(moment < 20 ? moment * 2 : 40 + (moment - 20) * 300));

  // Candidates and states that wait to be told when it closes, too.
  a.pc->close();
  const size_t before = listener.count;
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kClosed);
  if (b.echo) (void)b.echo->send(std::string_view("still there?")).ok();
  world.runFor(Duration::seconds(1));
  b.pc->close();
  world.runFor(Duration::seconds(40));
  EXPECT_EQ(listener.count, before);
  EXPECT_EQ(a.pc->connectionState(), stack::RTCPeerConnectionState::kClosed);
  EXPECT_EQ(a.pc->iceConnectionState(), stack::RTCIceConnectionState::kClosed);
  EXPECT_EQ(a.pc->signalingState(), stack::RTCSignalingState::kClosed);
}

INSTANTIATE_TEST_SUITE_P(Moments, AfterClose, ::testing::Range(0, 25));

// What was queued behind the callback that closes is not told either.
// W3C §4.4.2.
TEST(AfterCloseInACallback, WhatIsQueuedIsDropped) {
  World world(71);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  size_t candidates = 0, others = 0;
  a.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent) {
    ++candidates;
    a.pc->close();
  };
  a.addCameraMic();
  ASSERT_TRUE(a.pc->setLocalDescription().ok());
  a.pc->onicegatheringstatechange = [&] { others += candidates; };
  a.pc->oniceconnectionstatechange = a.pc->onconnectionstatechange = [&] { ++others; };
  world.runFor(Duration::seconds(5));
  EXPECT_EQ(candidates, 1u) << "neither the next one nor the end of them";
  EXPECT_EQ(others, 0u);
}

/// Drains by hand, and says what it asks of the system.
std::vector<IoRequest> drain(stack::PeerConnection& pc, TimePoint now) {
  std::vector<IoRequest> out;
  for (int i = 0; i < 3; ++i) {
    for (Transmit transmit; pc.pollTransmit(now, transmit);) transmit.packet.reset();
    for (IoRequest request; pc.pollIoRequest(request);) out.push_back(request);
    pc.dispatchEvents(now);
  }
  return out;
}

// Another connection's callback may close this one between what the system said and the drain that would tell of it.
// W3C §4.4.2.
TEST(AfterCloseByHand, WhatTheMachinesHadToSayIsNotTold) {
  World world(73);
  const TimePoint now = world.now();
  auto pc = stack::PeerConnection::create({}, {world.newRandom(), world.pool(), 1'700'000'000'000'000}).value();
  Listener listener;
  listener.listenTo(*pc);
  ASSERT_TRUE(pc->createDataChannel("x").ok());
  ASSERT_TRUE(pc->setLocalDescription().ok());
  std::optional<uint32_t> opening;
  for (const IoRequest& request : drain(*pc, now)) {
    if (const auto* open = std::get_if<OpenUdp>(&request)) opening = open->id;
  }
  ASSERT_TRUE(opening);
  pc->handleIoResult(now, UdpOpened{*opening, {{IpAddress::v4(192, 0, 2, 1), 5000}}});
  const size_t before = listener.count;
  pc->close();
  drain(*pc, now);
  EXPECT_EQ(listener.count, before);
}

// What was put off until the next drain, gathering for one, does not bring the connection back to life.
TEST(AfterCloseByHand, WhatWasPutOffIsDropped) {
  World world(74);
  const TimePoint now = world.now();
  auto pc = stack::PeerConnection::create({}, {world.newRandom(), world.pool(), 1'700'000'000'000'000}).value();
  Listener listener;
  listener.listenTo(*pc);
  ASSERT_TRUE(pc->createDataChannel("x").ok());
  ASSERT_TRUE(pc->setLocalDescription().ok());
  pc->close();
  EXPECT_LE(pc->nextTimeout(), now) << "its goodbyes are due";
  const auto asked = drain(*pc, now);
  EXPECT_TRUE(pc->nextTimeout().isNever());
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<CloseSockets>(asked[0]));
  EXPECT_EQ(listener.count, 0u);
}

// A datagram that opens a channel waits in a batch when this side closes, and the next one that comes has it read.
// W3C §4.4.2.
TEST(AfterCloseByHand, AChannelThatTheFarEndOpensIsNotTakenUp) {
  World world(75);
  Host& hostOfA = world.addHost("a", "203.0.113.1");
  Peer a(world, hostOfA);
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  const auto first = a.pc->createDataChannel("first").value();
  signal(a, b);
  ASSERT_TRUE(world.runUntil([&] { return first->readyState() == stack::RTCDataChannelState::kOpen; }));
  world.runFor(Duration::seconds(1));
  ASSERT_EQ(b.pc->getStats().peerConnection.dataChannelsOpened, 1u);
  bool closed = false;
  world.onPacket([&](const TracedPacket& packet) {
    if (closed || &packet.from != &hostOfA) return;
    closed = true;
    const Route route{Protocol::kUdp, packet.destination, packet.source};
    b.pc->receive(world.now(), route, world.pool().copy(packet.bytes));
    b.pc->close();
    b.pc->receive(world.now(), route, world.pool().copy(Bytes{255}));  // RFC 7983 §7: nobody's, and waits for nothing
  });
  const auto second = a.pc->createDataChannel("second").value();
  world.runFor(Duration::seconds(1));
  ASSERT_TRUE(closed);
  EXPECT_EQ(b.pc->getStats().peerConnection.dataChannelsOpened, 1u);
  EXPECT_EQ(second->readyState(), stack::RTCDataChannelState::kClosed) << "b has said goodbye";
}

// Every description is refused, by the same error, and nothing is read of it.
// W3C §4.4.2.
TEST(AfterCloseDescriptions, AreInvalidStateErrors) {
  World world(72);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  a.addCameraMic();
  const auto offer = a.pc->createOffer().value();
  const auto connection = [&](const Result<void>& result) {
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidStateError);
    EXPECT_NE(result.error().message().find("closed"), std::string::npos) << result.error().message();
    EXPECT_NE(result.error().message().find("make a new one"), std::string::npos) << result.error().message();
  };
  b.pc->close();
  connection(b.pc->setRemoteDescription(offer));
  connection(b.pc->setRemoteDescription({stack::RTCSdpType::kAnswer, "nonsense"}));
  connection(b.pc->setRemoteDescription({stack::RTCSdpType::kRollback, ""}));
  connection(b.pc->setLocalDescription());
  connection(b.pc->addIceCandidate({"candidate:1 1 udp 1 192.0.2.1 9 typ host", "0", 0, std::nullopt}));
  EXPECT_FALSE(b.pc->remoteDescription());
  EXPECT_TRUE(b.pc->descriptionNotes().empty());
}

}  // namespace
}  // namespace tincan::inline v0::sim
