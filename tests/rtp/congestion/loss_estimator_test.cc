#include "rtp/congestion/loss_estimator.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

class LossEstimatorTest : public ::testing::Test {
 protected:
  /// Reports of 100 ms at `rate`; lost: each packet with this chance, and what the line does not carry.
  void run(Duration time, double rate, double chance, double line = 1e9, double delayBased = 2e6) {
    const Duration apart = Duration::micros(static_cast<int64_t>(8000e6 / rate));
    const double share = std::max(0.0, 1 - line / rate);
    std::vector<PacketResult> results;
    for (const TimePoint end = now_ + time; now_ < end;) {
      results.clear();
      for (const TimePoint until = now_ + Duration::millis(100); now_ < until; now_ += apart) {
        PacketResult result;
        result.sent.sentAt = now_;
        result.sent.size = 1000;
        const double drawn = static_cast<double>(random_.u32()) / 4294967296.0;
        result.receivedAt = drawn < chance + (1 - chance) * share ? TimePoint::never() : now_ + Duration::millis(50);
        results.push_back(result);
      }
      FeedbackReport report;
      report.at = now_ + Duration::millis(100);
      report.results = results;
      losses_.onReport(report, delayBased, std::min(rate, line) * (1 - chance));
    }
  }
  SeededRandom random_{7};
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  LossEstimator losses_;
};

TEST_F(LossEstimatorTest, SaysNothingBeforeThreeObservations) {
  run(Duration::millis(700), 1e6, 0);
  EXPECT_FALSE(losses_.estimate());
  run(Duration::millis(500), 1e6, 0);
  EXPECT_TRUE(losses_.estimate());
}

TEST_F(LossEstimatorTest, LeavesTheRateToTheDelayWhereNothingIsLost) {
  run(Duration::seconds(5), 1e6, 0);
  EXPECT_EQ(losses_.state(), LossEstimator::State::kDelayLimited);
  EXPECT_NEAR(*losses_.estimate(), 2e6, 1);
}

TEST_F(LossEstimatorTest, TakesASmallSteadyLossForTheLines) {
  run(Duration::seconds(20), 1e6, 0.03);
  EXPECT_GT(*losses_.estimate(), 1.2e6);
  EXPECT_NEAR(losses_.averageLoss(), 0.03, 0.02);
  EXPECT_GT(losses_.inherentLoss(), 0.01);
}

// Each fall of many holds the rate for twice as long, up to a minute: not when nothing is lost any more.
TEST_F(LossEstimatorTest, ComesBackSoonWhenThatWhichLostPacketsHasGone) {
  for (int i = 0; i < 12; ++i) {
    run(Duration::seconds(2), 1e6, 0.3, 400'000);
    run(Duration::seconds(1), 300'000, 0.02, 400'000);
  }
  ASSERT_LT(*losses_.estimate(), 700'000);
  for (int i = 0; i < 10; ++i) run(Duration::seconds(1), *losses_.estimate(), 0);
  EXPECT_NEAR(*losses_.estimate(), 2e6, 1);
}

TEST_F(LossEstimatorTest, FindsALineThatIsFull) {
  run(Duration::seconds(3), 1e6, 0);
  run(Duration::seconds(5), 2e6, 0, 1.2e6);
  EXPECT_LT(*losses_.estimate(), 1.4e6);
  EXPECT_GT(*losses_.estimate(), 1.1e6);
  EXPECT_NE(losses_.state(), LossEstimator::State::kDelayLimited);
}

TEST_F(LossEstimatorTest, ComesBackByStepsWhenLossesEnd) {
  run(Duration::seconds(3), 1e6, 0);
  run(Duration::seconds(5), 2e6, 0, 1.0e6);
  const double low = *losses_.estimate();
  run(Duration::millis(300), 1e6, 0);
  EXPECT_LE(*losses_.estimate(), low * LossEstimator::kMostRise * 1.01);
  run(Duration::seconds(30), 1.5e6, 0);
  EXPECT_EQ(losses_.state(), LossEstimator::State::kDelayLimited);
}

TEST_F(LossEstimatorTest, PaysBackWhatCameAfterAll) {
  std::vector<PacketResult> results(200);
  for (PacketResult& result : results) {
    now_ += Duration::millis(5);
    result.sent.sentAt = now_;
    result.sent.size = 1000;
  }
  FeedbackReport report;
  report.at = now_;
  report.results = results;
  losses_.onReport(report, 2e6, 1e6);
  EXPECT_NEAR(losses_.averageLoss(), 1, 1e-9);
  for (PacketResult& result : results) {
    result.receivedAt = now_;
    result.recovered = true;
  }
  report.results = results;
  losses_.onReport(report, 2e6, 1e6);
  run(Duration::seconds(1), 1e6, 0.5);
  EXPECT_LT(losses_.averageLoss(), 0.9);
}

TEST_F(LossEstimatorTest, StaysBetweenNothingAndTheDelayWhateverIsLost) {
  for (int i = 0; i < 200; ++i) {
    const double chance = static_cast<double>(random_.below(101)) / 100;
    const double delayBased = static_cast<double>(random_.below(5'000'000));
    run(Duration::millis(200), 1e5 + static_cast<double>(random_.below(3'000'000)), chance, 1e9, delayBased);
    if (!losses_.estimate()) continue;
    EXPECT_GE(*losses_.estimate(), 0);
    EXPECT_LE(*losses_.estimate(), std::max(5e6, delayBased));
    EXPECT_GE(losses_.inherentLoss(), 0);
    EXPECT_LE(losses_.inherentLoss(), 0.9);
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
