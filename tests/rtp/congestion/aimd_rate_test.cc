#include "rtp/congestion/aimd_rate.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::rtp {
namespace {

using Line = OveruseDetector::State;
using State = AimdRate::State;

class AimdRateTest : public ::testing::Test {
 protected:
  double step(Line line, std::optional<double> arrived, int64_t queueMs = 0, Duration time = Duration::millis(100),
              bool lost = false) {
    now_ += time;
    AimdRate::Input input;
    input.now = now_;
    input.line = line;
    input.acknowledged = arrived;
    input.queue = Duration::millis(queueMs);
    input.roundTrip = Duration::millis(100);
    input.lost = lost;
    return aimd_.update(input);
  }
  /// A drain that ends as it should.
  void drained() {
    while (aimd_.state() == State::kDrain) step(Line::kNormal, 900'000, 5);
  }
  /// A queue that stands whatever we do.
  void standing() {
    step(Line::kOveruse, 1e6, 200);
    for (int i = 0; i < 25; ++i) step(Line::kNormal, 500'000, 200);
  }
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  AimdRate aimd_{1'000'000, 50'000};
};

TEST_F(AimdRateTest, GrowsByEightPercentASecondWhileTheLineIsUnknown) {
  const double before = aimd_.rate();
  step(Line::kNormal, 1e6);
  for (int i = 0; i < 10; ++i) step(Line::kNormal, 1e6);
  EXPECT_NEAR(aimd_.rate() / before, 1.08, 0.005);
}

TEST_F(AimdRateTest, GrowsNoFurtherThanWhatArrives) {
  for (int i = 0; i < 1000; ++i) step(Line::kNormal, 1e6);
  EXPECT_NEAR(aimd_.rate(), AimdRate::kMostAboveAcknowledged * 1e6 + AimdRate::kSlack, 1);
  for (int i = 0; i < 1000; ++i) step(Line::kNormal, 500'000);
  EXPECT_NEAR(aimd_.rate(), AimdRate::kMostAboveAcknowledged * 1e6 + AimdRate::kSlack, 1);
  // Nothing arrives that one knows of: it stays.
  for (int i = 0; i < 1000; ++i) step(Line::kNormal, std::nullopt);
  EXPECT_NEAR(aimd_.rate(), AimdRate::kMostAboveAcknowledged * 1e6 + AimdRate::kSlack, 1);
}

TEST_F(AimdRateTest, DrainsAndComesBackBelowWhatArrived) {
  step(Line::kNormal, 1e6);
  // 250 ms in half a second: half of what arrives.
  EXPECT_NEAR(step(Line::kOveruse, 900'000, 250), 450'000, 1);
  EXPECT_EQ(aimd_.state(), State::kDrain);
  EXPECT_NEAR(step(Line::kNormal, 500'000, 100), 720'000, 1);
  EXPECT_NEAR(step(Line::kNormal, 500'000, 30), AimdRate::kBeta * 900'000, 1);
  step(Line::kNormal, 500'000, 200);
  step(Line::kNormal, 500'000, 200);
  step(Line::kNormal, 500'000, 200);
  EXPECT_NEAR(step(Line::kNormal, 500'000, 10), AimdRate::kAfterDrain * 900'000, 1);
  EXPECT_EQ(aimd_.state(), State::kHold);
}

// RFC 8867 §5.4: of flows alike on one line who has more gives more back.
TEST_F(AimdRateTest, WhoHasMoreComesBackToLessOfIt) {
  const auto back = [&](double rate) {
    aimd_ = AimdRate(rate, 50'000);
    step(Line::kNormal, rate);
    step(Line::kOveruse, rate, 250);
    for (int i = 0; i < 7; ++i) step(Line::kNormal, 0.5 * rate, 30);
    return step(Line::kNormal, 0.5 * rate, 10) / rate;
  };
  EXPECT_NEAR(back(500'000), 0.95, 0.001);
  EXPECT_NEAR(back(1'500'000), 0.925, 0.002);
  EXPECT_NEAR(back(2'000'000), 0.9, 0.001);
  EXPECT_NEAR(back(20'000'000), 0.9, 0.001);
}

TEST_F(AimdRateTest, ComesBackToWhatItWasAfterABurstOfOthers) {
  step(Line::kNormal, 1e6);
  step(Line::kOveruse, 800'000, 60);
  EXPECT_NEAR(step(Line::kNormal, 700'000, 5), 1e6, 1e4);
}

// Files that others fetch come one after the other: each is over soon, and none says anything of the line.
TEST_F(AimdRateTest, IsNotWornDownByBurstsInARow) {
  step(Line::kNormal, 1e6);
  for (int i = 0; i < AimdRate::kMostBursts; ++i) {
    step(Line::kOveruse, 600'000, 70);
    step(Line::kNormal, 700'000, 30, Duration::millis(200));
    step(Line::kNormal, 900'000, 4);
    EXPECT_GE(aimd_.rate(), 1e6);
    step(Line::kNormal, 1e6, 4, Duration::millis(300));
    EXPECT_FALSE(aimd_.capacity().known());
  }
  // What is no jump and goes on and on is a part of what the line carries.
  AimdRate fresh(1e6, 50'000);
  aimd_ = fresh;
  step(Line::kNormal, 1e6);
  double before = 0;
  for (int i = 0; i < AimdRate::kMostBursts + 5; ++i) {
    if (i == AimdRate::kMostBursts) before = aimd_.rate();
    step(Line::kOveruse, 600'000, 38);
    step(Line::kNormal, 700'000, 30, Duration::millis(200));
    step(Line::kNormal, 900'000, 4);
    step(Line::kNormal, 1e6, 4, Duration::millis(300));
  }
  EXPECT_LT(aimd_.rate(), 0.95 * before);
}

// Four times what the line carries: what is sent until that is heeded will wait, though no report can tell yet.
TEST_F(AimdRateTest, ForeseesTheQueueThatIsOnItsWay) {
  step(Line::kNormal, 1e6);
  EXPECT_NEAR(step(Line::kOveruse, 250'000, 50), AimdRate::kDeepestDrain * 250'000, 1);
  EXPECT_NEAR(step(Line::kNormal, 250'000, 100), AimdRate::kDeepestDrain * 250'000, 1);
  // A round trip and the reaction later the reports know.
  EXPECT_NEAR(step(Line::kNormal, 250'000, 100), 0.8 * 250'000, 1);
}

TEST_F(AimdRateTest, ForeseesNothingWhereTheRateIsLittleTooHigh) {
  step(Line::kNormal, 1e6);
  EXPECT_NEAR(step(Line::kOveruse, 700'000, 50), AimdRate::kBeta * 700'000, 1);
}

// What arrived when the queue began to fill is a mean of the time before, in which the line carried more.
TEST_F(AimdRateTest, DrainsDeeperWhereTheQueueDoesNotFall) {
  step(Line::kNormal, 1e6);
  step(Line::kOveruse, 1e6, 150);
  const double first = aimd_.rate();
  step(Line::kNormal, 600'000, 150, Duration::millis(150));
  EXPECT_EQ(aimd_.rate(), first) << "it cannot have been seen yet";
  step(Line::kNormal, 600'000, 150);
  const double second = aimd_.rate();
  EXPECT_LT(second, 0.8 * first);
  for (int i = 0; i < 3; ++i) step(Line::kNormal, 500'000, 140);
  const double third = aimd_.rate();
  EXPECT_LT(third, second);
  EXPECT_LT(step(Line::kNormal, 500'000, 4), 0.95e6) << "and comes back to less";
}

TEST_F(AimdRateTest, ComesBackLowerWhenTheLineIsFullAgainSoon) {
  step(Line::kNormal, 1e6);
  step(Line::kOveruse, 900'000, 200);
  for (const int queue : {160, 110, 70, 40}) step(Line::kNormal, 500'000, queue, Duration::millis(200));
  drained();
  step(Line::kOveruse, 855'000, 200);
  for (const int queue : {160, 110, 70, 40}) step(Line::kNormal, 500'000, queue, Duration::millis(200));
  drained();
  EXPECT_NEAR(aimd_.rate(), AimdRate::kBeta * 855'000, 1);
}

TEST_F(AimdRateTest, WhatArrivesInADrainLowersItOnlyWhileTheQueueGrows) {
  step(Line::kNormal, 1e6);
  step(Line::kOveruse, 900'000, 100);
  for (int i = 0; i < 5; ++i) step(Line::kOveruse, 300'000, 100);
  for (int i = 0; i < 3; ++i) step(Line::kNormal, 300'000, 60);
  drained();
  EXPECT_NEAR(aimd_.rate(), AimdRate::kAfterDrain * 900'000, 1);
}

TEST_F(AimdRateTest, HoldsWhileAQueueOfOthersDrains) {
  step(Line::kNormal, 1e6);
  const double before = aimd_.rate();
  for (int i = 0; i < 20; ++i) step(Line::kUnderuse, 1e6);
  EXPECT_EQ(aimd_.rate(), before);
  EXPECT_EQ(aimd_.state(), State::kHold);
  step(Line::kNormal, 1e6);
  EXPECT_GT(aimd_.rate(), before);
}

TEST_F(AimdRateTest, AddsSlowlyNearWhatTheLineCarries) {
  step(Line::kNormal, 1e6);
  // Slowly: it is ours.
  for (int i = 0; i < 10; ++i) step(Line::kNormal, 1e6, 15 + 3 * i);
  step(Line::kOveruse, 1e6, 50);
  drained();
  step(Line::kNormal, 950'000);
  const double before = aimd_.rate();
  for (int i = 0; i < 10; ++i) step(Line::kNormal, 950'000);
  EXPECT_NEAR(aimd_.rate() - before, 9600 / 0.3, 1000);
}

TEST_F(AimdRateTest, CompetesWhereTheQueueDoesNotEmpty) {
  step(Line::kNormal, 1e6);
  standing();
  EXPECT_EQ(aimd_.state(), State::kCompete);
  EXPECT_TRUE(aimd_.competes());
  // Delay is no reason any more, losses are; not more often than a round trip.
  double before = aimd_.rate();
  step(Line::kOveruse, 1e6, 250);
  EXPECT_GT(aimd_.rate(), before);
  before = aimd_.rate();
  step(Line::kNormal, 1e6, 250, Duration::millis(100), true);
  EXPECT_NEAR(aimd_.rate(), AimdRate::kAfterLoss * before, 1);
  step(Line::kNormal, 1e6, 250, Duration::millis(50), true);
  EXPECT_GE(aimd_.rate(), AimdRate::kAfterLoss * before);
  // They have gone.
  step(Line::kNormal, 1e6, 10);
  EXPECT_EQ(aimd_.state(), State::kHold);
  EXPECT_FALSE(aimd_.competes());
}

TEST_F(AimdRateTest, AsksNowAndThenWhetherOthersAreStillThere) {
  step(Line::kNormal, 1e6);
  standing();
  for (int i = 0; i < 155 && aimd_.state() == State::kCompete; ++i) step(Line::kNormal, 1e6, 200);
  EXPECT_EQ(aimd_.state(), State::kDrain);
  EXPECT_TRUE(aimd_.competes());
  for (int i = 0; i < 14; ++i) step(Line::kNormal, 1e6, 200);
  EXPECT_EQ(aimd_.state(), State::kCompete);
}

TEST_F(AimdRateTest, NeverFallsBelowTheLeast) {
  for (int i = 0; i < 1000; ++i) step(Line::kOveruse, 1000, 1000, Duration::millis(500));
  EXPECT_EQ(aimd_.rate(), 50'000);
  aimd_.setRate(now_, 0);
  EXPECT_EQ(aimd_.rate(), 50'000);
}

TEST_F(AimdRateTest, EveryLineInEveryState) {
  for (const Line first : {Line::kNormal, Line::kUnderuse, Line::kOveruse}) {
    for (const Line second : {Line::kNormal, Line::kUnderuse, Line::kOveruse}) {
      for (const int64_t queue : {0, 30, 500}) {
        AimdRate fresh(1e6, 50'000);
        aimd_ = fresh;
        for (int i = 0; i < 60; ++i) {
          step(i % 2 == 0 ? first : second, 1e6, queue);
          EXPECT_GE(aimd_.rate(), 50'000);
          EXPECT_LE(aimd_.rate(), 1.6e6);
        }
      }
    }
  }
}

TEST(LinkCapacity, IsTheMeanOfWhatArrivedWithThreeDeviations) {
  LinkCapacity capacity;
  EXPECT_FALSE(capacity.known());
  EXPECT_EQ(capacity.lower(), 0);
  for (int i = 0; i < 200; ++i) capacity.onOveruse(1e6);
  EXPECT_NEAR(capacity.mean(), 1e6, 1);
  // The least variance: 0.4 times the mean in kilobits.
  EXPECT_NEAR(capacity.upper() - capacity.mean(), 3 * std::sqrt(0.4 * 1000) * 1000, 100);
  EXPECT_NEAR(capacity.mean() - capacity.lower(), 3 * std::sqrt(0.4 * 1000) * 1000, 100);
  for (int i = 0; i < 200; ++i) capacity.onOveruse(i % 2 == 0 ? 1e6 : 2e6);
  EXPECT_NEAR(capacity.upper() - capacity.mean(), 3 * std::sqrt(2.5 * 1500) * 1000, 10'000);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
