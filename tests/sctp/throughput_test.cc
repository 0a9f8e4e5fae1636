// What two whole ends do over a line in virtual time; tests/sctp/tx has the sending half by itself, over more lines.
#include <gtest/gtest.h>

#include "tests/sctp/pipe.h"

namespace tincan::inline v0::sctp {
namespace {

using test::Pipe;
using test::Weather;

struct Flow {
  explicit Flow(Weather weather, DataChannels::Config config = {}) : pipe(1, weather, config) {
    id = *pipe.a.channels->open(pipe.now, {.label = "bulk"});
    pipe.connect();
  }
  /// Sends as fast as it is taken for so long; Mbit/s as they arrive.
  double run(Duration duration) {
    const TimePoint end = pipe.now + duration;
    size_t received = 0;
    const Bytes message(65'536, 7);
    while (pipe.now < end) {
      while (pipe.a.channels->bufferedAmount(id) < 8'000'000) (void)pipe.a.channels->send(pipe.now, id, message, true);
      pipe.runFor(Duration::millis(5));
      for (const Message& one : pipe.b.seen.messages) received += one.data.size();
      pipe.b.seen.messages.clear();
    }
    return static_cast<double>(received) * 8 / 1e6 / duration.toSeconds();
  }
  Pipe pipe;
  uint16_t id = 0;
};

// A window of 1 MiB would end it at 210 Mbit/s: ours grows for who reads.
TEST(Throughput, FortyMillisecondsOfRoundTripAreFilledWithinASecondOfOpening) {
  for (const bool interleaving : {true, false}) {
    Flow flow({.delay = Duration::millis(20)}, {.interleaving = interleaving});
    (void)flow.run(Duration::millis(800));
    EXPECT_GE(flow.run(Duration::millis(200)), 500) << interleaving;
    EXPECT_EQ(flow.pipe.a.channels->senderStats().timeouts, 0u);
    EXPECT_EQ(flow.pipe.a.channels->senderStats().fastRetransmits, 0u);
    EXPECT_GT(flow.pipe.b.channels->associationStats().receiveWindow, 4'000'000u);
  }
}

// A channel begins with an OPEN of a few bytes, and a path that looks as slow as that for a round trip.
TEST(Throughput, NoCongestionControlTakesTheFirstSmallMessageForTheLine) {
  for (const auto control : {CongestionControl::kReno, CongestionControl::kCubic, CongestionControl::kBbr}) {
    for (const int rtt : {40, 200, 300}) {
      SCOPED_TRACE(rtt);
      Flow flow({.delay = Duration::millis(rtt / 2)}, {.congestionControl = control});
      flow.pipe.runFor(Duration::seconds(1));  // the OPEN and its answer are through
      // One whole message of 64 KiB at least, as Reno has it: that grows by one packet a SACK (RFC 9260 §7.2.1).
      EXPECT_GT(flow.run(Duration::millis(8 * rtt)) * 1e6 * 8 * rtt / 1000, 65'000 * 8) << static_cast<int>(control);
    }
  }
}

TEST(Throughput, ALoopMayBoundWhatAllWindowsGrowTo) {
  DataChannels::Config config;
  config.windowBudget = std::make_shared<WindowBudget>();
  config.windowBudget->limit = 1024 * 1024;
  Flow flow({.delay = Duration::millis(20)}, config);
  (void)flow.run(Duration::millis(800));
  EXPECT_EQ(flow.pipe.b.channels->associationStats().receiveWindow, 2u * 1024 * 1024);
  EXPECT_LT(flow.run(Duration::millis(200)), 450) << "2 MiB in 40 ms";
  flow.pipe.b.channels.reset();
  EXPECT_EQ(config.windowBudget->taken, 0u);
}

// 200 channels under traffic: one request, and one for those whose last messages are under way.
TEST(Throughput, TwoHundredChannelsUnderTrafficCloseInAFewRoundTrips) {
  Flow flow({.delay = Duration::millis(20)});
  std::vector<uint16_t> ids;
  for (int i = 0; i < 200; ++i) ids.push_back(*flow.pipe.a.channels->open(flow.pipe.now, {.label = "x"}));
  ASSERT_TRUE(flow.pipe.runUntil([&] { return flow.pipe.b.seen.opened.size() == 201; }));
  (void)flow.run(Duration::millis(500));
  for (const uint16_t id : ids) (void)flow.pipe.a.channels->send(flow.pipe.now, id, Bytes(2000), true);
  const TimePoint before = flow.pipe.now;
  for (const uint16_t id : ids) flow.pipe.a.channels->close(flow.pipe.now, id);
  ASSERT_TRUE(flow.pipe.runUntil([&] {
    if (flow.pipe.a.channels->bufferedAmount(flow.id) < 4'000'000) {
      (void)flow.pipe.a.channels->send(flow.pipe.now, flow.id, Bytes(65'536), true);
    }
    return flow.pipe.a.seen.closedChannels.size() == 200 && flow.pipe.b.seen.closedChannels.size() == 200;
  }));
  EXPECT_LT(flow.pipe.now - before, Duration::millis(400)) << (flow.pipe.now - before).millis() << " ms";
}

}  // namespace
}  // namespace tincan::inline v0::sctp
