#include "rtp/congestion/delay_estimator.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr TimePoint kStart = TimePoint::fromMicros(10'000'000);

TEST(PacketGroups, JoinsWhatWasSentWithinFiveMilliseconds) {
  PacketGroups groups;
  const auto ms = [](int64_t at) { return kStart + Duration::millis(at); };
  EXPECT_FALSE(groups.add(ms(0), ms(50), 100));
  EXPECT_FALSE(groups.add(ms(5), ms(56), 200));
  EXPECT_FALSE(groups.add(ms(20), ms(71), 100));  // the second group: nothing to compare with yet
  const auto delta = groups.add(ms(40), ms(95), 100);
  ASSERT_TRUE(delta);
  // Between the last packets of both.
  EXPECT_EQ(delta->sent, Duration::millis(15));
  EXPECT_EQ(delta->received, Duration::millis(15));
  EXPECT_EQ(delta->bytes, 100u);
}

TEST(PacketGroups, JoinsABurstThatAHoldUpHasMade) {
  PacketGroups groups;
  const auto ms = [](int64_t at) { return kStart + Duration::millis(at); };
  groups.add(ms(0), ms(50), 100);
  // Sent 10 ms apart, and held up until 200: they come at once, and are a group.
  for (int i = 1; i <= 5; ++i) EXPECT_FALSE(groups.add(ms(10 * i), ms(200 + i), 100));
  const auto delta = groups.add(ms(100), ms(230), 100);
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->sent, Duration::millis(50));
  EXPECT_EQ(delta->received, Duration::millis(155));
}

TEST(PacketGroups, OvertakenPacketsSayNothing) {
  PacketGroups groups;
  const auto ms = [](int64_t at) { return kStart + Duration::millis(at); };
  groups.add(ms(0), ms(50), 100);
  groups.add(ms(20), ms(70), 100);
  EXPECT_FALSE(groups.add(ms(10), ms(75), 100));
  const auto delta = groups.add(ms(40), ms(90), 100);
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->sent, Duration::millis(20));
}

TEST(Trendline, SaysNothingBeforeItsWindowIsFull) {
  Trendline trendline;
  TimePoint at = kStart;
  for (size_t i = 0; i + 1 < Trendline::kWindow; ++i) {
    at += Duration::millis(20);
    trendline.add(Duration::millis(20), Duration::millis(21), at);
    EXPECT_FALSE(trendline.value());
  }
  at += Duration::millis(20);
  trendline.add(Duration::millis(20), Duration::millis(21), at);
  ASSERT_TRUE(trendline.value());
  EXPECT_GT(*trendline.value(), 0);
}

TEST(Trendline, IsTheSlopeTimesGainTimesGroups) {
  Trendline trendline;
  TimePoint at = kStart;
  // 2 ms of queue each 20 ms: once the smoothing has settled, a slope of a tenth.
  for (int i = 0; i < 500; ++i) {
    at += Duration::millis(20);
    trendline.add(Duration::millis(18), Duration::millis(20), at);
  }
  EXPECT_NEAR(*trendline.value(), 0.1 * Trendline::kGain * Trendline::kMostDeltas, 0.01);
}

TEST(OveruseDetector, NeedsASecondLookAndARisingTrend) {
  OveruseDetector detector;
  using State = OveruseDetector::State;
  TimePoint at = kStart;
  const auto step = [&](double trend) {
    return detector.update(trend, Duration::millis(20), at += Duration::millis(20));
  };
  EXPECT_EQ(step(0), State::kNormal);
  EXPECT_EQ(step(20), State::kNormal);  // the first above
  EXPECT_EQ(step(19), State::kNormal);  // falls again
  EXPECT_EQ(step(21), State::kOveruse);
  EXPECT_EQ(step(-30), State::kUnderuse);
  EXPECT_EQ(step(0), State::kNormal);
}

TEST(OveruseDetector, AdaptsItsThresholdWithinBoundsAndNotToSpikes) {
  OveruseDetector detector;
  TimePoint at = kStart;
  for (int i = 0; i < 10'000; ++i) detector.update(0, Duration::millis(20), at += Duration::millis(20));
  EXPECT_DOUBLE_EQ(detector.threshold(), OveruseDetector::kLeastThreshold);
  detector.update(1000, Duration::millis(20), at += Duration::millis(20));
  EXPECT_DOUBLE_EQ(detector.threshold(), OveruseDetector::kLeastThreshold);
  // A trend that goes with it takes it up to its bound.
  for (int i = 0; i < 20'000; ++i) {
    detector.update(detector.threshold() + 14, Duration::millis(20), at += Duration::millis(100));
  }
  EXPECT_DOUBLE_EQ(detector.threshold(), OveruseDetector::kMostThreshold);
}

class DelayEstimatorTest : public ::testing::Test {
 protected:
  /// Reports of 100 ms each: a packet each 10 ms, with a queue that grows so much a second.
  void run(Duration time, Duration growthASecond) {
    std::vector<PacketResult> results;
    for (const TimePoint end = now_ + time; now_ < end;) {
      results.clear();
      for (int i = 0; i < 10; ++i) {
        now_ += Duration::millis(10);
        queue_ = std::max(queue_ + growthASecond / 100, Duration::zero());
        PacketResult result;
        result.sent.number = number_++;
        result.sent.sentAt = now_;
        result.sent.size = 1000;
        result.receivedAt = now_ + Duration::millis(50) + queue_;
        results.push_back(result);
      }
      FeedbackReport report;
      report.at = now_ + Duration::millis(100);
      report.results = results;
      estimator_.onReport(report);
      if (estimator_.state() == OveruseDetector::State::kOveruse) ++overuses_;
    }
  }

  DelayEstimator estimator_;
  TimePoint now_ = kStart;
  Duration queue_;
  int64_t number_ = 0;
  int overuses_ = 0;
};

TEST_F(DelayEstimatorTest, SeesAQueueThatGrowsAndNoneThatStands) {
  run(Duration::seconds(5), Duration::zero());
  EXPECT_EQ(overuses_, 0);
  run(Duration::millis(700), Duration::millis(100));
  EXPECT_GT(overuses_, 0);
  EXPECT_GE(estimator_.queue(), Duration::millis(50));
  run(Duration::seconds(3), Duration::zero());
  EXPECT_NE(estimator_.state(), OveruseDetector::State::kOveruse);
  run(Duration::millis(400), -Duration::millis(200));
  EXPECT_EQ(estimator_.state(), OveruseDetector::State::kUnderuse);
}

TEST_F(DelayEstimatorTest, SeesASurgeInTheFirstReportThatTellsOfIt) {
  run(Duration::seconds(5), Duration::zero());
  queue_ = Duration::millis(70);
  run(Duration::millis(100), Duration::zero());
  EXPECT_EQ(overuses_, 1);
}

// A packet of 1,000 bytes each 10 ms, on a line that takes 40 ms for one from now on.
TEST_F(DelayEstimatorTest, ASurgeTellsWhatTheLineCarries) {
  run(Duration::seconds(5), Duration::zero());
  EXPECT_FALSE(estimator_.carries());
  run(Duration::millis(200), Duration::seconds(3));
  ASSERT_EQ(estimator_.state(), OveruseDetector::State::kOveruse);
  ASSERT_TRUE(estimator_.carries());
  EXPECT_NEAR(*estimator_.carries(), 200e3, 1e3);
  run(Duration::millis(300), Duration::zero());
  EXPECT_FALSE(estimator_.carries());
}

TEST_F(DelayEstimatorTest, MeasuresTheQueueAgainstTheShortestOfLate) {
  run(Duration::seconds(2), Duration::zero());
  queue_ = Duration::millis(40);
  run(Duration::seconds(20), Duration::zero());
  EXPECT_EQ(estimator_.queue(), Duration::millis(40));
  // A way that has got longer is believed in the end.
  run(Duration::seconds(70), Duration::zero());
  EXPECT_EQ(estimator_.queue(), Duration::zero());
}

}  // namespace
}  // namespace tincan::inline v0::rtp
