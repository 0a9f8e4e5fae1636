// Lines that carry nothing for a while, and then again: what data channels have of it.
#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

struct OutageCall {
  explicit OutageCall(bool media = false)
      : hostA(world.addHost("a", "203.0.113.1", link())),
        a(world, hostA),
        b(world, world.addHost("b", "203.0.113.2", link())) {
    b.pc->ondatachannel = [this](stack::RTCDataChannelEvent event) {
      theirs = event.channel;
      theirs->onmessage = [this](const stack::MessageEvent&) { came = world.now(); };
    };
    if (media) a.addCameraMic();
    ours = a.pc->createDataChannel("x").value();
    ours->onmessage = [this](const stack::MessageEvent&) { cameBack = world.now(); };
    trickle(a, b);
    trickle(b, a);
    signal(a, b);
  }
  static LinkConfig link() {
    LinkConfig out;
    out.delay = Duration::millis(20);
    return out;
  }
  void carry(double lost) { hostA.up.config.loss = hostA.down.config.loss = lost; }
  bool open() {
    return world.runUntil([&] { return theirs && ours->readyState() == stack::RTCDataChannelState::kOpen; },
                          Duration::seconds(5));
  }

  World world{1};
  Host& hostA;
  Peer a, b;
  std::shared_ptr<stack::DataChannel> ours, theirs;
  TimePoint came = TimePoint::never(), cameBack = TimePoint::never();
};

class Outage : public ::testing::TestWithParam<int> {};
class OutageOfMedia : public ::testing::TestWithParam<int> {};

// libwebrtc's timers wait 3 s at most, and its associations outlive any outage; RFC 9260 §16 ends them after ten timeouts.
TEST_P(Outage, IsSurvivedByChannelsAndSaysWhatWasSentInIt) {
  OutageCall call;
  ASSERT_TRUE(call.open());
  call.carry(1);
  ASSERT_TRUE(call.ours->send("out").ok());
  ASSERT_TRUE(call.theirs->send("back").ok());
  call.world.runFor(Duration::seconds(GetParam()));
  EXPECT_TRUE(call.came.isNever());
  call.carry(0);
  if (!connected(call.a)) {
    call.a.pc->restartIce();
    signal(call.a, call.b);
  }
  const TimePoint from = call.world.now();
  ASSERT_TRUE(
      call.world.runUntil([&] { return !call.came.isNever() && !call.cameBack.isNever(); }, Duration::seconds(30)));
  EXPECT_LE(std::max(call.came, call.cameBack) - from, Duration::millis(4500));
  EXPECT_EQ(call.ours->readyState(), stack::RTCDataChannelState::kOpen);
}

// RFC 6525 §5.1.1: the request is repeated for as long as it takes.
TEST_P(Outage, AChannelClosedInItIsClosedAtBothEnds) {
  OutageCall call;
  ASSERT_TRUE(call.open());
  call.carry(1);
  ASSERT_TRUE(call.ours->close().ok());
  call.world.runFor(Duration::seconds(GetParam()));
  call.carry(0);
  if (!connected(call.a)) {
    call.a.pc->restartIce();
    signal(call.a, call.b);
  }
  const auto closed = [](const auto& each) { return each->readyState() == stack::RTCDataChannelState::kClosed; };
  ASSERT_TRUE(call.world.runUntil([&] { return closed(call.ours) && closed(call.theirs); }, Duration::seconds(6)));
  ASSERT_TRUE(call.a.pc->createDataChannel("another").ok());
  ASSERT_TRUE(call.world.runUntil([&] { return call.theirs->label() == "another"; }, Duration::seconds(2)))
      << "the association goes on";
}

// RFC 4585 §6.3.1: the first thing that the receiver says once it may is that it needs a key frame.
TEST_P(OutageOfMedia, SoundAndPicturesAreBackWithinASecondOfThePath) {
  OutageCall call(true);
  ASSERT_TRUE(call.open());
  call.world.runFor(Duration::seconds(3));
  call.carry(1);
  call.world.runFor(Duration::seconds(GetParam()));
  call.carry(0);
  if (!connected(call.a)) {
    call.a.pc->restartIce();
    signal(call.a, call.b);
    ASSERT_TRUE(call.world.runUntil([&] { return connected(call.a) && connected(call.b); }, Duration::seconds(5)));
  }
  const uint64_t pictures = call.b.pictures, sounds = call.b.sounds;
  call.world.runFor(Duration::seconds(2));
  EXPECT_GT(call.b.pictures, pictures + 20) << "of 60, one second of them late";
  EXPECT_GT(call.b.sounds, sounds + 50);
}

// Below 30 s consent holds (RFC 7675 §5.1); beyond, the application restarts ICE.
std::string seconds(const ::testing::TestParamInfo<int>& each) {
  return std::to_string(each.param);
}
INSTANTIATE_TEST_SUITE_P(Seconds, Outage, ::testing::Values(1, 5, 20, 29, 45, 90, 600), seconds);
INSTANTIATE_TEST_SUITE_P(Seconds, OutageOfMedia, ::testing::Values(1, 5, 20, 45), seconds);

}  // namespace
}  // namespace tincan::inline v0::sim
