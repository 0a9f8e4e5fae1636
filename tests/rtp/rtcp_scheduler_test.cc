#include <gtest/gtest.h>

#include "rtp/rtcp/scheduler.h"

namespace tincan::inline v0::rtp::rtcp {
namespace {

using Due = RtcpScheduler::Due;
using State = RtcpScheduler::State;

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}

RtcpScheduler::Config classic() {
  RtcpScheduler::Config config;
  config.feedback = false;
  return config;
}

class RtcpSchedulerTest : public testing::Test {
 protected:
  /// Runs until `end`; gives how many reports were sent.
  size_t run(RtcpScheduler& scheduler, TimePoint end, size_t size = 100) {
    size_t reports = 0;
    while (scheduler.nextTimeout() <= end) {
      now_ = std::max(now_, scheduler.nextTimeout());
      if (scheduler.handleTimeout(now_) == Due::kReport) {
        scheduler.sent(now_, size);
        ++reports;
      }
      EXPECT_GT(scheduler.nextTimeout(), now_) << "never asks for the past";
    }
    return reports;
  }
  SeededRandom random_{1};
  TimePoint now_;
};

TEST_F(RtcpSchedulerTest, TwoPeersReportAboutEveryFiveSecondsOrOnceASecondWithFeedback) {
  RtcpScheduler plain(classic(), random_);
  plain.setMembers(at(0), 2, 2, true);
  plain.start(at(0), 100);
  // §6.3.1: the mean is the minimum: the compensation makes up for what reconsideration adds.
  const size_t reports = run(plain, at(1'000'000));
  EXPECT_NEAR(static_cast<double>(reports), 200, 30);

  now_ = at(0);
  RtcpScheduler feedback({}, random_);
  feedback.setMembers(at(0), 2, 2, true);
  feedback.start(at(0), 100);
  EXPECT_NEAR(static_cast<double>(run(feedback, at(1'000'000))), 1000, 150);
}

TEST_F(RtcpSchedulerTest, TheFirstReportComesEarly) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SeededRandom random(seed);
    RtcpScheduler scheduler(classic(), random);
    scheduler.start(at(0), 100);
    EXPECT_GE(scheduler.nextTimeout(), at(1026));  // 2.5 s × 0.5 / (e - 1.5)
    EXPECT_LE(scheduler.nextTimeout(), at(3078));
    RtcpScheduler::Config config;
    RtcpScheduler feedback(config, random);
    feedback.start(at(0), 100);
    EXPECT_LE(feedback.nextTimeout(), at(1232));
  }
}

// §6.2: whatever the group's size, all together stay at the bandwidth.
TEST_F(RtcpSchedulerTest, TheIntervalGrowsWithTheGroup) {
  RtcpScheduler scheduler(classic(), random_);
  scheduler.start(at(0), 100);
  scheduler.sent(at(0), 100);
  for (const size_t members : {1000u, 10'000u}) {
    scheduler.setMembers(at(0), members, 0, false);
    EXPECT_NEAR(scheduler.deterministicInterval().toSeconds(), 100.0 * static_cast<double>(members) / (6250 * 0.75),
                0.01);
    scheduler.setMembers(at(0), members, 10, true);
    EXPECT_DOUBLE_EQ(scheduler.deterministicInterval().toSeconds(), 5) << "ten senders share a quarter";
    scheduler.setMembers(at(0), members, members / 2, true);
    EXPECT_NEAR(scheduler.deterministicInterval().toSeconds(),
                std::max(5.0, 100.0 * static_cast<double>(members) / 6250), 0.01);
  }
}

TEST_F(RtcpSchedulerTest, ManyWhoJoinAtOnceHoldBack) {
  RtcpScheduler scheduler(classic(), random_);
  scheduler.start(at(0), 100);
  const TimePoint first = scheduler.nextTimeout();
  scheduler.setMembers(at(100), 10'000, 0, false);
  EXPECT_EQ(scheduler.handleTimeout(first), Due::kNothing) << "timer reconsideration";
  EXPECT_GT(scheduler.nextTimeout(), at(50'000));
}

TEST_F(RtcpSchedulerTest, AGroupThatShrinksReportsSooner) {
  RtcpScheduler scheduler(classic(), random_);
  scheduler.setMembers(at(0), 10'000, 0, false);
  scheduler.start(at(0), 100);
  const TimePoint before = scheduler.nextTimeout();
  scheduler.setMembers(at(1000), 100, 0, false);
  EXPECT_LT(scheduler.nextTimeout() - at(1000), (before - at(1000)) / 50) << "reverse reconsideration";
  EXPECT_GT(scheduler.nextTimeout(), at(1000));
}

TEST_F(RtcpSchedulerTest, TheAverageSizeFollowsWhatIsSentAndHeard) {
  RtcpScheduler scheduler(classic(), random_);
  scheduler.start(at(0), 160);
  scheduler.received(1600);
  EXPECT_DOUBLE_EQ(scheduler.averageSize(), 160 + 1440 / 16.0);
  for (int i = 0; i < 500; ++i) scheduler.received(800);
  EXPECT_NEAR(scheduler.averageSize(), 800, 1);
}

TEST_F(RtcpSchedulerTest, AByeGoesAtOnceInASmallGroup) {
  for (const bool feedback : {false, true}) {
    RtcpScheduler::Config config;
    config.feedback = feedback;
    RtcpScheduler scheduler(config, random_);
    scheduler.setMembers(at(0), 49, 2, true);
    scheduler.start(at(0), 100);
    scheduler.leave(at(10), 60);
    EXPECT_EQ(scheduler.nextTimeout(), at(10));
    EXPECT_EQ(scheduler.handleTimeout(at(10)), Due::kBye);
    scheduler.sent(at(10), 60);
    EXPECT_EQ(scheduler.state(), State::kGone);
    EXPECT_TRUE(scheduler.nextTimeout().isNever());
    EXPECT_EQ(scheduler.handleTimeout(at(100'000)), Due::kNothing);
  }
}

// §6.3.7: thousands who leave at once do not flood the others with goodbyes.
TEST_F(RtcpSchedulerTest, AByeBacksOffInALargeGroup) {
  RtcpScheduler scheduler(classic(), random_);
  scheduler.setMembers(at(0), 5000, 10, false);
  scheduler.start(at(0), 100);
  scheduler.leave(at(10), 60);
  EXPECT_EQ(scheduler.state(), State::kLeaving);
  const TimePoint first = scheduler.nextTimeout();
  EXPECT_GT(first, at(1000));
  for (int i = 0; i < 4000; ++i) scheduler.receivedBye();
  EXPECT_EQ(scheduler.handleTimeout(first), Due::kNothing);
  EXPECT_GT(scheduler.nextTimeout(), at(20'000));
  scheduler.received(10'000);
  EXPECT_DOUBLE_EQ(scheduler.averageSize(), 60) << "reports do not count any more";
  EXPECT_FALSE(scheduler.mayFeedBack(first));
}

TEST_F(RtcpSchedulerTest, WhoNeverBeganSaysNoGoodbye) {
  RtcpScheduler scheduler({}, random_);
  EXPECT_TRUE(scheduler.nextTimeout().isNever());
  scheduler.leave(at(0), 60);
  EXPECT_EQ(scheduler.state(), State::kGone);
  EXPECT_EQ(scheduler.handleTimeout(at(1)), Due::kNothing);
}

TEST_F(RtcpSchedulerTest, TwoPeersFeedBackAtOnceOthersWaitAndOnlyOnceBetweenReports) {
  RtcpScheduler two({}, random_);
  two.setMembers(at(0), 2, 2, true);
  two.start(at(0), 100);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(two.mayFeedBack(at(i)));
    two.sentEarly(at(i), 60);
  }
  RtcpScheduler many({}, random_);
  many.setMembers(at(0), 500, 2, false);
  many.start(at(0), 100);
  many.sent(at(0), 100);
  const TimePoint regular = many.nextTimeout();
  size_t early = 0;
  for (int64_t ms = 0; at(ms) < regular; ++ms) {
    if (!many.mayFeedBack(at(ms))) continue;
    many.sentEarly(at(ms), 60);
    ++early;
  }
  EXPECT_LE(early, 1u);
  EXPECT_GE(many.nextTimeout(), regular) << "and the next report pays for it";
  RtcpScheduler plain(classic(), random_);
  plain.start(at(0), 100);
  EXPECT_FALSE(plain.mayFeedBack(at(0))) << "AVP has no feedback";
}

// The same seed, every call in every state, times at random: deadlines lie ahead, and nothing is due when gone.
TEST_F(RtcpSchedulerTest, EveryCallInEveryStateIsHarmless) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    SeededRandom random(seed);
    RtcpScheduler::Config config;
    config.feedback = seed % 2 == 0;
    config.bandwidth = static_cast<double>(random.below(3)) * 5000;
    RtcpScheduler scheduler(config, random);
    TimePoint now;
    for (int i = 0; i < 500; ++i) {
      now += Duration::millis(static_cast<int64_t>(random.below(3000)));
      switch (random.below(9)) {
        case 0:
          if (scheduler.state() == State::kIdle) scheduler.start(now, random.below(2000));
          break;
        case 1: scheduler.setMembers(now, random.below(1000), random.below(1000), random.below(2) == 0); break;
        case 2: scheduler.received(random.below(65536)); break;
        case 3: scheduler.receivedBye(); break;
        case 4:
          if (scheduler.mayFeedBack(now)) scheduler.sentEarly(now, 80);
          break;
        case 5:
          if (random.below(50) == 0) scheduler.leave(now, 60);
          break;
        default: {
          const Due due = scheduler.handleTimeout(now);
          if (due != Due::kNothing) scheduler.sent(now, 100);
          if (scheduler.state() == State::kGone || scheduler.state() == State::kIdle) {
            EXPECT_TRUE(scheduler.nextTimeout().isNever());
          } else {
            EXPECT_GT(scheduler.nextTimeout(), now);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp::rtcp
