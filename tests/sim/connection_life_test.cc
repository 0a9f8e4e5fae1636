#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// What a connection keeps, and what it lets go. Handlers written as a page would write them hold the objects they hang on.
namespace tincan::sim {
namespace {

class Lifetime : public ::testing::TestWithParam<bool> {};

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

INSTANTIATE_TEST_SUITE_P(ByCloseOrDestructor, Lifetime, ::testing::Bool());

}  // namespace
}  // namespace tincan::sim
