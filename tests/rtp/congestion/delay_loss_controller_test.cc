#include "rtp/congestion/delay_loss_controller.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr TimePoint kStart = TimePoint::fromMicros(1'000'000);

class DelayLossControllerTest : public ::testing::Test {
 protected:
  DelayLossControllerTest() { controller_.setLimits(kStart, limits_, 4'000'000); }

  /// Sends what the target says for 100 ms, over a line that has a delay of 50 ms and loses none; and reports it.
  void turn(Duration extraDelay = {}, bool lost = false, bool report = true) {
    results_.clear();
    const uint64_t rate = controller_.target().bitrate;
    const auto count = std::max<uint64_t>(1, (rate + 79'999) / 80'000);
    for (uint64_t i = 0; i < count; ++i) {
      SentPacket packet;
      packet.number = number_++;
      packet.sentAt = now_ + Duration::micros(static_cast<int64_t>(100'000 * i / count));
      packet.size = 1000;
      controller_.onSent(packet);
      results_.push_back({packet, lost ? TimePoint::never() : packet.sentAt + Duration::millis(50) + extraDelay});
    }
    now_ += Duration::millis(100);
    ProbeCluster cluster;
    while (controller_.pollProbe(cluster)) clusters_.push_back(cluster);
    if (report) {
      FeedbackReport out;
      out.at = now_;
      out.results = results_;
      out.inFlight = inFlight_;
      out.roundTrip = lost ? Duration::zero() : Duration::millis(100);
      controller_.onFeedback(out);
    }
    if (controller_.nextTimeout() <= now_) controller_.handleTimeout(now_);
  }

  RateLimits limits_{300'000, 50'000, 2'000'000};
  TimePoint now_ = kStart;
  DelayLossController controller_{kStart, limits_};
  std::vector<PacketResult> results_;
  std::vector<ProbeCluster> clusters_;
  int64_t number_ = 0;
  size_t inFlight_ = 0;  // as reports have it
};

TEST_F(DelayLossControllerTest, StartsAtTheStartRateAndPacesLooselyUntilFeedbackComes) {
  EXPECT_EQ(controller_.target().bitrate, 300'000u);
  EXPECT_EQ(controller_.target().pacingRate, 750'000u);
  EXPECT_TRUE(controller_.nextTimeout().isNever());
  turn();
  EXPECT_FALSE(controller_.nextTimeout().isNever());
  EXPECT_NEAR(static_cast<double>(controller_.target().pacingRate),
              1.1 * static_cast<double>(controller_.target().estimate), 2);
  ASSERT_EQ(clusters_.size(), 2u);
  EXPECT_EQ(clusters_[0].rate, 900'000u);
}

TEST_F(DelayLossControllerTest, GrowsToItsLimitAndNotBeyond) {
  for (int i = 0; i < 600; ++i) {
    turn();
    ASSERT_LE(controller_.target().bitrate, limits_.most);
  }
  EXPECT_EQ(controller_.target().bitrate, limits_.most);
}

TEST_F(DelayLossControllerTest, TakesWhatAProbeFound) {
  turn();
  ASSERT_EQ(clusters_.size(), 2u);
  std::vector<PacketResult> results;
  const ProbeCluster& probe = clusters_[1];
  for (int i = 0; i < 10; ++i) {
    SentPacket packet;
    packet.number = number_++;
    packet.sentAt = now_ + Duration::micros(8000 * 1'000'000LL / static_cast<int64_t>(probe.rate)) * i;
    packet.size = 1000;
    packet.probeCluster = probe.id;
    controller_.onSent(packet);
    results.push_back({packet, packet.sentAt + Duration::millis(50)});
  }
  now_ += Duration::millis(100);
  FeedbackReport report;
  report.at = now_;
  report.results = results;
  report.roundTrip = Duration::millis(100);
  controller_.onFeedback(report);
  EXPECT_NEAR(static_cast<double>(controller_.target().estimate), 1'800'000, 20'000);
  ProbeCluster next;
  ASSERT_TRUE(controller_.pollProbe(next));
  EXPECT_GT(next.rate, probe.rate);
}

TEST_F(DelayLossControllerTest, FallsWhenTheQueueGrows) {
  for (int i = 0; i < 100; ++i) turn();
  const uint64_t before = controller_.target().estimate;
  for (int i = 1; i < 8; ++i) turn(Duration::millis(25) * i);
  EXPECT_LT(controller_.target().estimate, before);
  EXPECT_GE(controller_.target().queueDelay, Duration::millis(150));
}

// A mean of half a second would say that it carries five times as much.
TEST_F(DelayLossControllerTest, FallsToWhatTheLineCarriesInTheFirstReportOfASurge) {
  for (int i = 0; i < 600; ++i) turn();
  ASSERT_GT(controller_.target().estimate, 1'500'000u);
  FeedbackReport report;
  std::vector<PacketResult> results;
  for (int i = 0; i < 25; ++i) {
    SentPacket packet;
    packet.number = number_++;
    packet.sentAt = now_ + Duration::millis(4 * i);
    packet.size = 1000;
    controller_.onSent(packet);
    // 400 kb/s from here on, behind 80 ms that are in its queue: of what was sent in 100 ms six packets have come.
    if (i < 6) results.push_back({packet, now_ + Duration::millis(130 + 20 * i)});
  }
  now_ += Duration::millis(250);
  report.at = now_;
  report.results = results;
  report.roundTrip = Duration::millis(200);
  controller_.onFeedback(report);
  EXPECT_LE(controller_.target().estimate, 400'000u);
}

// What is on its way was sent at the rate before, and the line carries it: no reason for less than the estimate says.
TEST_F(DelayLossControllerTest, ADrainAloneIsNoReasonToPushBack) {
  for (int i = 0; i < 600; ++i) turn();
  inFlight_ = 40'000;  // 160 ms at 2 Mb/s
  for (int i = 1; i < 4; ++i) turn(Duration::millis(100) * i);
  const RateTarget draining = controller_.target();
  ASSERT_LT(draining.estimate, 1'000'000u);
  EXPECT_EQ(draining.bitrate, draining.estimate);
  inFlight_ = 400'000;
  turn(Duration::millis(300));
  EXPECT_LT(controller_.target().bitrate, controller_.target().estimate);
}

TEST_F(DelayLossControllerTest, SilenceLowersItByHalvesAndAnHourOfItHurtsNothing) {
  for (int i = 0; i < 100; ++i) turn();
  const uint64_t before = controller_.target().bitrate;
  for (int i = 0; i < 30; ++i) turn({}, false, false);
  EXPECT_LT(controller_.target().bitrate, before / 2);
  for (int i = 0; i < 36'000; ++i) turn({}, false, false);
  EXPECT_EQ(controller_.target().bitrate, limits_.least);
  for (int i = 0; i < 600; ++i) turn();
  EXPECT_GT(controller_.target().bitrate, before / 2);
  // An hour without anything sent is no silence of the far end.
  const uint64_t then = controller_.target().estimate;
  now_ += Duration::seconds(3600);
  controller_.handleTimeout(now_);
  turn();
  EXPECT_GE(controller_.target().estimate, then * 9 / 10);
}

TEST_F(DelayLossControllerTest, BeginsAnewOnARouteChange) {
  for (int i = 0; i < 100; ++i) turn();
  clusters_.clear();
  controller_.onRouteChange(now_);
  EXPECT_EQ(controller_.target().bitrate, 300'000u);
  turn();
  EXPECT_EQ(clusters_.size(), 2u);
}

TEST_F(DelayLossControllerTest, HeedsRembBesideFeedbackAndWithoutIt) {
  controller_.onRemb(now_, 1'200'000);
  EXPECT_EQ(controller_.target().bitrate, 1'200'000u);
  controller_.onRemb(now_, 10'000'000);
  EXPECT_EQ(controller_.target().bitrate, limits_.most);
  for (int i = 0; i < 600; ++i) turn();
  controller_.onRemb(now_, 400'000);
  EXPECT_EQ(controller_.target().bitrate, 400'000u);
  turn();
  EXPECT_EQ(controller_.target().bitrate, 400'000u);
  controller_.onRemb(now_, 0);
  EXPECT_EQ(controller_.target().bitrate, limits_.least);
}

// An enormous one is the most that is allowed, and no more of it has to be lost before losses are felt.
TEST_F(DelayLossControllerTest, ARembBeyondAllLimitsIsTheLimit) {
  controller_.onRemb(now_, UINT64_MAX);
  EXPECT_EQ(controller_.target().bitrate, limits_.most);
  controller_.onLossReport(now_ += Duration::seconds(1), 0.5);
  EXPECT_LT(controller_.target().bitrate, limits_.most * 9 / 10);
}

TEST_F(DelayLossControllerTest, HeedsLossReportsWhereThereIsNoFeedback) {
  for (int i = 0; i < 60; ++i) controller_.onLossReport(now_ += Duration::seconds(1), 0);
  const uint64_t grown = controller_.target().bitrate;
  EXPECT_GT(grown, 1'000'000u);
  controller_.onLossReport(now_ += Duration::seconds(1), 0.05);
  EXPECT_EQ(controller_.target().bitrate, grown);
  controller_.onLossReport(now_ += Duration::seconds(1), 0.4);
  EXPECT_NEAR(static_cast<double>(controller_.target().bitrate), 0.8 * static_cast<double>(grown), 2);
}

// It falls again when the far end can have seen that it fell: a burst of 400 ms, in reports of single frames.
TEST_F(DelayLossControllerTest, FallsOnceForOneBurstOfLosses) {
  for (int i = 0; i < 60; ++i) controller_.onLossReport(now_ += Duration::seconds(1), 0);
  const auto grown = static_cast<double>(controller_.target().bitrate);
  controller_.onRoundTripTime(now_, Duration::millis(100));
  for (int i = 0; i < 12; ++i) controller_.onLossReport(now_ += Duration::millis(33), 0.4);
  EXPECT_NEAR(static_cast<double>(controller_.target().bitrate), 0.8 * grown, 2);
  controller_.onLossReport(now_ += Duration::millis(40), 0.4);
  EXPECT_NEAR(static_cast<double>(controller_.target().bitrate), 0.64 * grown, 2);
}

TEST_F(DelayLossControllerTest, ChangedLimitsHoldAtOnce) {
  controller_.setLimits(now_, {1'000'000, 50'000, 2'000'000}, 4'000'000);
  EXPECT_EQ(controller_.target().bitrate, 1'000'000u);
  for (int i = 0; i < 300; ++i) turn();
  controller_.setLimits(now_, {1'000'000, 50'000, 500'000}, 4'000'000);
  EXPECT_EQ(controller_.target().estimate, 500'000u);
  for (int i = 0; i < 100; ++i) turn();
  EXPECT_EQ(controller_.target().estimate, 500'000u);
}

TEST_F(DelayLossControllerTest, AbsurdReportsKeepItWithinItsBounds) {
  SeededRandom random(3);
  for (int i = 0; i < 3000; ++i) {
    std::vector<PacketResult> results;
    const auto count = random.below(60);
    for (uint64_t k = 0; k < count; ++k) {
      SentPacket packet;
      packet.number = number_++;
      packet.sentAt = now_ - Duration::micros(static_cast<int64_t>(random.below(60'000'000)));
      packet.size = static_cast<uint32_t>(random.below(1500));
      packet.probeCluster = static_cast<uint32_t>(random.below(12));
      const auto arrival = now_ + Duration::micros(static_cast<int64_t>(random.below(40'000'000)) - 20'000'000);
      results.push_back(
          {packet, random.below(4) == 0 ? TimePoint::never() : arrival, Ecn::kNotCapable, random.below(9) == 0});
      if (random.below(3) == 0) {
        packet.sentAt = now_;
        controller_.onSent(packet);
      }
    }
    now_ += Duration::micros(static_cast<int64_t>(random.below(random.below(20) == 0 ? 100'000'000 : 200'000)));
    FeedbackReport report;
    report.at = now_;
    report.results = results;
    report.roundTrip = Duration::micros(static_cast<int64_t>(random.below(70'000'000)));
    report.inFlight = random.below(1'000'000'000);
    report.clockJumped = random.below(30) == 0;
    controller_.onFeedback(report);
    if (random.below(10) == 0) controller_.onRemb(now_, random.u64());
    if (random.below(10) == 0) controller_.onLossReport(now_, static_cast<double>(random.below(300)) - 100);
    if (random.below(10) == 0) controller_.onRoundTripTime(now_, Duration::micros(static_cast<int64_t>(random.u32())));
    if (controller_.nextTimeout() <= now_) controller_.handleTimeout(now_);
    ProbeCluster cluster;
    while (controller_.pollProbe(cluster)) EXPECT_LE(cluster.rate, 8'000'000u);
    const RateTarget target = controller_.target();
    ASSERT_GE(target.bitrate, limits_.least);
    ASSERT_LE(target.estimate, limits_.most);
    ASSERT_GE(target.lossRate, 0);
    ASSERT_LE(target.lossRate, 1);
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
