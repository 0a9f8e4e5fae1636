#include "tests/sim/world/link.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::sim {
namespace {

const TimePoint kStart = TimePoint::fromMicros(1'000'000);

TEST(Link, DelaysAndKeepsOrderWithJitter) {
  SeededRandom random(1);
  Link link({.delay = Duration::millis(30), .jitter = Duration::millis(20)});
  TimePoint last;
  bool early = false, late = false;
  for (int i = 0; i < 1000; ++i) {
    const TimePoint now = kStart + Duration::millis(i);
    const std::vector<TimePoint> arrivals = link.send(now, 100, random);
    ASSERT_EQ(arrivals.size(), 1u);
    const Duration taken = arrivals[0] - now;
    EXPECT_GE(taken, Duration::millis(30));
    EXPECT_LE(taken, Duration::millis(50));
    early = early || taken < Duration::millis(35);
    late = late || taken > Duration::millis(45);
    EXPECT_GE(arrivals[0], last);
    last = arrivals[0];
  }
  EXPECT_TRUE(late);
}

TEST(Link, LosesAsOftenAsItSays) {
  SeededRandom random(1);
  for (const double loss : {0.0, 0.01, 0.1, 0.5, 1.0}) {
    Link link({.loss = loss});
    size_t lost = 0;
    for (int i = 0; i < 20'000; ++i) lost += link.send(kStart, 100, random).empty() ? 1 : 0;
    EXPECT_NEAR(static_cast<double>(lost) / 20'000, loss, 0.01);
    EXPECT_EQ(link.stats().lost, lost);
  }
}

TEST(Link, BurstsAreLongerThanChanceWouldMakeThem) {
  SeededRandom random(1);
  Link link({.burst = {.goodToBad = 0.01, .badToGood = 0.2}});
  size_t lost = 0, bursts = 0;
  bool before = false;
  for (int i = 0; i < 50'000; ++i) {
    const bool gone = link.send(kStart, 100, random).empty();
    lost += gone ? 1 : 0;
    bursts += gone && !before ? 1 : 0;
    before = gone;
  }
  EXPECT_NEAR(static_cast<double>(lost) / 50'000, 0.01 / (0.01 + 0.2), 0.01);
  EXPECT_NEAR(static_cast<double>(lost) / static_cast<double>(bursts), 5, 0.7) << "1 / badToGood";
}

TEST(Link, ReordersAndDuplicatesAsOftenAsItSays) {
  SeededRandom random(1);
  Link link({.reorder = 0.1, .duplicate = 0.05});
  size_t overtaken = 0, twice = 0;
  for (int i = 0; i < 20'000; ++i) {
    const TimePoint now = kStart + Duration::millis(i);
    const std::vector<TimePoint> arrivals = link.send(now, 100, random);
    overtaken += arrivals[0] - now > Duration::millis(10) ? 1 : 0;
    twice += arrivals.size() == 2 ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>(overtaken) / 20'000, 0.1, 0.01);
  EXPECT_NEAR(static_cast<double>(twice) / 20'000, 0.05, 0.01);
}

TEST(Link, ARateSpacesPacketsAndDropsWhatWouldWaitTooLong) {
  SeededRandom random(1);
  Link link({.delay = Duration::zero(), .bitsPerSecond = 1'000'000, .queue = Duration::millis(50)});
  std::vector<TimePoint> arrivals;
  for (int i = 0; i < 100; ++i)
    for (const TimePoint time : link.send(kStart, 1250, random)) arrivals.push_back(time);
  ASSERT_EQ(arrivals.size(), 6u) << "10 ms each, 50 ms of queue behind the one that is being sent";
  for (size_t i = 0; i < arrivals.size(); ++i) EXPECT_EQ(arrivals[i], kStart + Duration::millis(10 * (int64_t(i) + 1)));
  EXPECT_EQ(link.stats().queueDrops, 94u);
}

TEST(Link, MtuAndDown) {
  SeededRandom random(1);
  Link link({.mtu = 1280});
  EXPECT_EQ(link.send(kStart, 1280, random).size(), 1u);
  EXPECT_EQ(link.send(kStart, 1281, random).size(), 0u);
  link.config.down = true;
  EXPECT_EQ(link.send(kStart, 100, random).size(), 0u);
  link.config.down = false;
  EXPECT_EQ(link.send(kStart, 100, random).size(), 1u);
}

}  // namespace
}  // namespace tincan::inline v0::sim
