#include "rtp/congestion/throughput_estimator.h"

#include <vector>

#include <gtest/gtest.h>

namespace tincan::inline v0::rtp {
namespace {

class ThroughputEstimatorTest : public ::testing::Test {
 protected:
  void send(int count, Duration apart, Duration delay = Duration::millis(50), uint32_t size = 1000) {
    std::vector<PacketResult> results;
    for (int i = 0; i < count; ++i) {
      now_ += apart;
      PacketResult result;
      result.sent.sentAt = now_;
      result.sent.size = size;
      result.receivedAt = now_ + delay;
      results.push_back(result);
    }
    report(results);
  }
  void report(const std::vector<PacketResult>& results) {
    FeedbackReport report;
    report.at = now_;
    report.results = results;
    estimator_.onReport(report);
  }
  ThroughputEstimator estimator_;
  TimePoint now_ = TimePoint::fromMicros(5'000'000);
};

TEST_F(ThroughputEstimatorTest, NeedsTenPackets) {
  send(9, Duration::millis(10));
  EXPECT_FALSE(estimator_.rate());
  send(1, Duration::millis(10));
  ASSERT_TRUE(estimator_.rate());
  EXPECT_NEAR(*estimator_.rate(), 800'000, 1);
}

TEST_F(ThroughputEstimatorTest, FollowsWithinItsWindow) {
  send(200, Duration::millis(10));
  EXPECT_NEAR(*estimator_.rate(), 800'000, 1);
  // Half as fast, for the window and the twenty packets that it has at least.
  send(60, Duration::millis(20));
  EXPECT_NEAR(*estimator_.rate(), 400'000, 1);
}

TEST_F(ThroughputEstimatorTest, IsTheSmallerOfBothEnds) {
  // Sent at once in the end, came in a row: what left is no more than what came, and the other way about.
  std::vector<PacketResult> results;
  for (int i = 0; i < 30; ++i) {
    PacketResult result;
    result.sent.sentAt = now_ + Duration::millis(1) * i;
    result.sent.size = 1000;
    result.receivedAt = now_ + Duration::millis(10) * i;
    results.push_back(result);
  }
  report(results);
  EXPECT_NEAR(*estimator_.rate(), 800'000, 1);
}

TEST_F(ThroughputEstimatorTest, OverlooksOneHoldUp) {
  send(25, Duration::millis(10));
  now_ += Duration::millis(150);
  send(25, Duration::millis(10));
  EXPECT_GT(*estimator_.rate(), 500'000);
}

TEST_F(ThroughputEstimatorTest, BeginsAnewWhenToldTo) {
  send(50, Duration::millis(10));
  estimator_.restart(now_);
  EXPECT_FALSE(estimator_.rate());
  send(20, Duration::millis(2));
  EXPECT_NEAR(*estimator_.rate(), 4'000'000, 1);
}

TEST_F(ThroughputEstimatorTest, SurvivesArrivalsOfOneMomentAndInAnyOrder) {
  std::vector<PacketResult> results;
  for (int i = 0; i < 2000; ++i) {
    PacketResult result;
    result.sent.sentAt = now_ + Duration::micros(i * 7919 % 2000);
    result.sent.size = 1000;
    result.receivedAt = now_ + Duration::seconds(i * 31 % 7);
    results.push_back(result);
  }
  report(results);
  ASSERT_TRUE(estimator_.rate());
  EXPECT_GE(*estimator_.rate(), 0);
  for (PacketResult& result : results) result.receivedAt = now_;
  report(results);
  EXPECT_LT(*estimator_.rate(), 500 * 8000 * 1000.0 + 1);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
