#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// RFC 8831 §6.7 closes a channel by resetting its stream, and RFC 6525 §5.1.1 has one request under way: what many channels
// take to go, beside whatever else the association carries.
namespace tincan::inline v0::sim {
namespace {

constexpr size_t kChannels = 200;

struct Traffic {
  const char* name;
  bool ofCloser, ofOther;  // whose messages
  size_t size;             // of one message
  Duration every;
  bool lastWords;  // each channel sends one in the moment that it is closed
  bool bothClose;
};
class ManyChannels : public ::testing::TestWithParam<Traffic> {};

TEST_P(ManyChannels, AreGoneInTwoRoundTrips) {
  const Traffic& traffic = GetParam();
  World world(90);
  LinkConfig link;
  link.delay = Duration::millis(45);
  constexpr Duration kRoundTrip = Duration::millis(100);  // with the other's wire
  Peer a(world, world.addHost("a", "203.0.113.1", link)), b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  std::vector<std::shared_ptr<stack::DataChannel>> ours, theirs;
  size_t closed = 0, closedThere = 0, heard = 0;
  TimePoint last, lastThere;
  std::shared_ptr<stack::DataChannel> otherThere;
  b.pc->ondatachannel = [&](stack::RTCDataChannelEvent event) {
    if (event.channel->label() == "other") {
      otherThere = event.channel;
      return;
    }
    theirs.push_back(event.channel);
    theirs.back()->onmessage = [&](stack::MessageEvent) { ++heard; };
    theirs.back()->onclose = [&] {
      ++closedThere;
      lastThere = world.now();
    };
  };
  const auto other = a.pc->createDataChannel("other").value();
  for (size_t i = 0; i < kChannels; ++i) {
    ours.push_back(a.pc->createDataChannel("c").value());
    ours.back()->onclose = [&] {
      ++closed;
      last = world.now();
    };
  }
  signal(a, b);
  world.runFor(Duration::seconds(5));
  ASSERT_EQ(theirs.size(), kChannels);
  std::function<void()> tick = [&] {
    if (traffic.ofCloser) (void)other->send(ByteView(Bytes(traffic.size))).ok();
    if (traffic.ofOther) (void)otherThere->send(ByteView(Bytes(traffic.size))).ok();
    world.after(traffic.every, tick);
  };
  if (traffic.ofCloser || traffic.ofOther) tick();
  world.runFor(Duration::seconds(1));
  const TimePoint start = world.now();
  for (const auto& channel : ours) {
    if (traffic.lastWords) {
      ASSERT_TRUE(channel->send(std::string_view("bye")).ok());
    }
    ASSERT_TRUE(channel->close().ok());
  }
  if (traffic.bothClose) {
    for (const auto& channel : theirs) ASSERT_TRUE(channel->close().ok());
  }
  world.runFor(Duration::seconds(5));
  EXPECT_EQ(closed, kChannels);
  EXPECT_EQ(closedThere, kChannels);
  EXPECT_EQ(heard, traffic.lastWords ? kChannels : 0) << "what was sent before is not lost";
  // One round trip for the request of all of them and the other side's, and one in which their last messages are
  // acknowledged (RFC 6525 §5.1.2). 200 packets at once are more than the window takes: they leave over another one.
  const Duration most = kRoundTrip * (traffic.lastWords ? 3 : 2);
  EXPECT_LE((last - start).millis(), most.millis());
  // The other side waits half a round trip more: for the confirmation of its own resets.
  EXPECT_LE((lastThere - start).millis(), (most + kRoundTrip / 2).millis());
  EXPECT_EQ(other->readyState(), stack::RTCDataChannelState::kOpen);
  // The ids are free again: as many come up in the next moment.
  size_t opened = 0;
  for (size_t i = 0; i < kChannels; ++i) {
    ours[i] = a.pc->createDataChannel("again").value();
    ours[i]->onopen = [&] { ++opened; };
  }
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(opened, kChannels);
}

INSTANTIATE_TEST_SUITE_P(
    Beside, ManyChannels,
    ::testing::Values(Traffic{"Nothing", false, false, 0, Duration::seconds(1), false, false},
                      Traffic{"AMessageEach20Ms", true, false, 200, Duration::millis(20), false, false},
                      Traffic{"AMessageEach20MsTheOtherWay", false, true, 200, Duration::millis(20), false, false},
                      Traffic{"AMessageEach3MsBothWays", true, true, 1000, Duration::millis(3), false, false},
                      Traffic{"ATransferOfManyPackets", true, false, 30'000, Duration::millis(20), false, false},
                      Traffic{"LastWordsOfEach", true, false, 200, Duration::millis(20), true, false},
                      Traffic{"BothSidesClose", true, true, 200, Duration::millis(20), false, true}),
    [](const auto& each) { return each.param.name; });

// What may be given up unsent cannot be seen to be through while others send: it is closed all the same.
TEST(ClosingChannels, OfPartialReliabilityUnderATransfer) {
  World world(91);
  LinkConfig link;
  link.delay = Duration::millis(40);
  link.bitsPerSecond = 2'000'000;
  Peer a(world, world.addHost("a", "203.0.113.1", link)), b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  std::vector<std::shared_ptr<stack::DataChannel>> theirs;
  b.pc->ondatachannel = [&](stack::RTCDataChannelEvent event) { theirs.push_back(event.channel); };
  const auto other = a.pc->createDataChannel("other").value();
  stack::RTCDataChannelInit hurried;
  hurried.ordered = false;
  hurried.maxPacketLifeTime = 10;
  const auto channel = a.pc->createDataChannel("hurried", hurried).value();
  signal(a, b);
  world.runFor(Duration::seconds(2));
  std::function<void()> tick = [&] {
    while (other->bufferedAmount() < 500'000) (void)other->send(ByteView(Bytes(50'000))).ok();
    world.after(Duration::millis(20), tick);
  };
  tick();
  world.runFor(Duration::seconds(1));
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(channel->send(ByteView(Bytes(2000))).ok());
  world.runFor(Duration::seconds(1));
  ASSERT_TRUE(channel->close().ok());
  world.runFor(Duration::seconds(30));
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kClosed);
}

// W3C §6.2.4: who closed a channel and then all the rest has closed that channel in order; its other channels failed.
TEST(ClosedBeforeTheConnection, AChannelEndsInOrderAtTheOtherSide) {
  World world(91);
  Peer a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  std::vector<std::shared_ptr<stack::DataChannel>> theirs;
  std::vector<std::string> told;
  b.pc->ondatachannel = [&](stack::RTCDataChannelEvent event) {
    theirs.push_back(event.channel);
    const std::string label = event.channel->label();
    event.channel->onclosing = [&told, label] { told.push_back(label + " closing"); };
    event.channel->onerror = [&told, label](const stack::RTCErrorEvent&) { told.push_back(label + " error"); };
    event.channel->onclose = [&told, label] { told.push_back(label + " close"); };
  };
  const auto closed = a.pc->createDataChannel("closed").value();
  const auto left = a.pc->createDataChannel("left").value();
  signal(a, b);
  world.runFor(Duration::seconds(5));
  ASSERT_EQ(theirs.size(), 2u);
  ASSERT_TRUE(closed->close().ok());
  a.pc->close();
  world.runFor(Duration::seconds(5));
  EXPECT_EQ(told, (std::vector<std::string>{"closed closing", "closed close", "left error", "left close"}));
}

// RFC 8832 §6 lets an OPEN leave with COOKIE ECHO: the other side has the channel half a round trip before its maker does.
TEST(OrderOfOpening, FollowsWhetherMessagesRideTheHandshake) {
  for (const bool ride : {true, false}) {
    World world(92);
    LinkConfig link;
    link.delay = Duration::millis(20);
    stack::RTCConfiguration configuration;
    configuration.data.rideHandshake = ride;
    Peer a(world, world.addHost("a", "203.0.113.1", link), configuration);
    Peer b(world, world.addHost("b", "203.0.113.2", link), configuration);
    trickle(a, b);
    trickle(b, a);
    std::optional<TimePoint> ours, theirs;
    b.pc->ondatachannel = [&](stack::RTCDataChannelEvent) { theirs = world.now(); };
    const auto channel = a.pc->createDataChannel("chat").value();
    channel->onopen = [&] { ours = world.now(); };
    signal(a, b);
    world.runFor(Duration::seconds(5));
    ASSERT_TRUE(ours && theirs);
    EXPECT_EQ(*theirs < *ours, ride) << (*theirs - *ours).millis() << " ms";
  }
}

}  // namespace
}  // namespace tincan::inline v0::sim
