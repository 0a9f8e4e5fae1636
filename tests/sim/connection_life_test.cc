#include <array>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// What a connection keeps, and what it lets go. Handlers written as a page would write them hold the objects they hang on.
namespace tincan::inline v0::sim {
namespace {

class Lifetime : public ::testing::TestWithParam<bool> {};

// W3C §4.4.4.
// W3C §6.4.
TEST_P(Lifetime, TheConnectionsEndBreaksEveryCycle) {
  World world(1);
  std::weak_ptr<media::MediaStreamTrack> track;
  std::weak_ptr<stack::DataChannel> channel;
  {
    Peer a(world, world.addHost("a", "203.0.113.1"));
    Peer b(world, world.addHost("b", "203.0.113.2"));
    trickle(a, b);
    trickle(b, a);
    b.pc->ontrack = [&](stack::RTCTrackEvent event) {
      track = event.track;
      event.track->onunmute = [streams = event.streams, mine = event.track] {};
      event.track->addVideoSink([mine = event.track](const media::VideoFrame&) {});
    };
    b.pc->ondatachannel = [&](stack::RTCDataChannelEvent event) {
      channel = event.channel;
      event.channel->onmessage = [mine = event.channel](stack::MessageEvent) {};
    };
    a.addCameraMic();
    ASSERT_TRUE(a.pc->createDataChannel("x").ok());
    signal(a, b);
    world.runFor(Duration::seconds(1));
    ASSERT_FALSE(track.expired());
    ASSERT_FALSE(channel.expired());
    if (GetParam()) {
      b.pc->close();
      EXPECT_EQ(track.lock()->readyState(), media::MediaStreamTrackState::kEnded);
    }
  }
  EXPECT_TRUE(track.expired());
  EXPECT_TRUE(channel.expired());
}

TEST(LifetimeOfChannels, OneThatIsClosedBeforeTheCallIsClosed) {
  World world(2);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  auto channel = a.pc->createDataChannel("x").value();
  bool closed = false;
  channel->onclose = [&] { closed = true; };
  ASSERT_TRUE(channel->close().ok());
  world.runFor(Duration::millis(10));
  EXPECT_TRUE(closed);
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kClosed);
}

// Candidates trickle in between the offer and its late answer, and belong to credentials that the agent does not have yet.
// RFC 8445 §9.
TEST(Restart, ALateAnswerChangesNothingMeanwhile) {
  World world(3);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  ASSERT_TRUE(a.pc->createDataChannel("x").ok());
  signal(a, b);
  world.runFor(Duration::seconds(1));
  a.pc->restartIce();
  ASSERT_TRUE(a.pc->setLocalDescription().ok());
  ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  const std::string before = b.pc->localDescription()->sdp;
  world.runFor(Duration::seconds(1));  // a's candidates reach b
  EXPECT_TRUE(connected(a) && connected(b)) << "over the credentials before";
  ASSERT_TRUE(b.pc->setLocalDescription().ok());
  ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
  world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(a) && connected(b));
  EXPECT_NE(b.pc->localDescription()->sdp, before);
}

// A call that goes through many tracks keeps as few m-lines as it has at once.
// RFC 9429 §5.2.2.
TEST(LifetimeOfTransceivers, StoppedOnesGoAndTheirPlaceIsUsedAgain) {
  World world(4);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  for (int round = 0; round < 3; ++round) {
    a.addCameraMic();
    signal(a, b);
    ASSERT_EQ(a.pc->getTransceivers().size(), 2u);
    ASSERT_EQ(b.pc->getTransceivers().size(), 2u);
    const uint64_t pictures = b.pictures, sounds = b.sounds;
    world.runFor(Duration::seconds(1));
    EXPECT_GT(b.pictures, pictures + 15) << round;
    EXPECT_GT(b.sounds, sounds + 30) << round;
    bool needed = false;
    a.pc->onnegotiationneeded = [&] { needed = true; };
    for (const auto& transceiver : a.pc->getTransceivers()) {
      ASSERT_TRUE(a.pc->setDirection(transceiver, stack::RTCRtpTransceiverDirection::kStopped).ok());
    }
    world.runFor(Duration::millis(10));
    EXPECT_TRUE(needed);
    a.pc->onnegotiationneeded = nullptr;
    EXPECT_EQ(a.pc->getTransceivers().size(), 2u) << "until it is negotiated";
    signal(a, b);
    world.runFor(Duration::millis(100));
    EXPECT_TRUE(a.pc->getTransceivers().empty());
    EXPECT_TRUE(b.pc->getTransceivers().empty());
    EXPECT_TRUE(a.pc->getSenders().empty());
    for (const auto& track : b.tracks) EXPECT_EQ(track->readyState(), media::MediaStreamTrackState::kEnded);
  }
  size_t lines = 0;
  const std::string sdp = b.pc->localDescription()->sdp;
  for (size_t at = sdp.find("\nm="); at != std::string::npos; at = sdp.find("\nm=", at + 1)) ++lines;
  EXPECT_EQ(lines, 2u);
}

TEST(LifetimeOfChannels, AreCountedWhenTheyAreGone) {
  World world(5);
  Peer a(world, world.addHost("a", "203.0.113.1"));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  const auto counts = [](const Peer& peer) {
    const auto report = peer.pc->getStats();
    return std::array<size_t, 3>{report.peerConnection.dataChannelsOpened, report.peerConnection.dataChannelsClosed,
                                 report.dataChannels.size()};
  };
  using Counts = std::array<size_t, 3>;
  auto early = a.pc->createDataChannel("closed before it opens").value();
  ASSERT_TRUE(early->close().ok());
  auto one = a.pc->createDataChannel("one").value(), two = a.pc->createDataChannel("two").value();
  signal(a, b);
  world.runFor(Duration::seconds(2));
  EXPECT_EQ(counts(a), (Counts{2, 0, 2}));
  EXPECT_EQ(counts(b), (Counts{2, 0, 2}));
  ASSERT_TRUE(one->close().ok());
  EXPECT_EQ(counts(a), (Counts{2, 1, 2})) << "closing is no longer open";
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(counts(a), (Counts{2, 1, 1}));
  EXPECT_EQ(counts(b), (Counts{2, 1, 1}));
  a.pc->close();
  EXPECT_EQ(counts(a), (Counts{2, 2, 0}));
}

// However a connection ends, the far end hears of it by the same words, and needs no time-out to know.
// W3C §4.4.2.
TEST(Goodbye, DestroyingSaysWhatCloseSays) {
  enum Way { kClose, kConnectionFirst, kDriverFirst, kCloseAndDestroy, kWays };
  std::array<std::string, kWays> heard;
  for (int way = 0; way < kWays; ++way) {
    World world(6);
    LinkConfig link;
    link.delay = Duration::millis(20);
    Peer a(world, world.addHost("a", "203.0.113.1", link));
    Peer b(world, world.addHost("b", "203.0.113.2"));
    trickle(a, b);
    trickle(b, a);
    a.addCameraMic();
    const auto channel = a.pc->createDataChannel("x").value();
    signal(a, b);
    world.runFor(Duration::seconds(2));
    ASSERT_TRUE(connected(b) && b.echo);
    const TimePoint left = world.now();
    const auto note = [&](const std::string& what) {
      heard[static_cast<size_t>(way)] += what + " after " + std::to_string((world.now() - left).millis()) + " ms; ";
    };
    b.echo->onclose = [&] { note("channel closed"); };
    b.pc->onconnectionstatechange = [&] { note(std::string(toString(b.pc->connectionState()))); };
    for (const auto& track : b.tracks)
      track->onmute = [&, kind = track->kind()] { note(std::string(kind) + " muted"); };
    if (way == kClose || way == kCloseAndDestroy) a.pc->close();
    if (way == kDriverFirst) world.detach(*a.pc);
    if (way != kClose) a.pc.reset();
    world.runFor(Duration::seconds(1));
    EXPECT_EQ(b.pc->connectionState(), stack::RTCPeerConnectionState::kDisconnected) << way;
  }
  EXPECT_NE(heard[kClose].find("channel closed after 25 ms"), std::string::npos) << heard[kClose];
  EXPECT_NE(heard[kClose].find("disconnected after 25 ms"), std::string::npos) << heard[kClose];
  EXPECT_NE(heard[kClose].find("muted after 25 ms"), std::string::npos) << heard[kClose];
  for (int way = 0; way < kWays; ++way) EXPECT_EQ(heard[static_cast<size_t>(way)], heard[kClose]) << way;
}

INSTANTIATE_TEST_SUITE_P(ByCloseOrDestructor, Lifetime, ::testing::Bool());

}  // namespace
}  // namespace tincan::inline v0::sim
