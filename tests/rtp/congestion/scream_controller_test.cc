#include "rtp/congestion/scream_controller.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

class ScreamControllerTest : public ::testing::Test {
 protected:
  /// A round trip of 40 ms, with so many of 20 packets marked or lost, and a queue of so much.
  void round(int marked = 0, int lost = 0, Duration queue = {}) {
    std::vector<PacketResult> results;
    for (int i = 0; i < 20; ++i) {
      SentPacket packet;
      packet.number = number_++;
      packet.sentAt = now_ + Duration::millis(2) * i;
      packet.size = 1000;
      controller_.onSent(packet);
      results.push_back({packet, i < lost ? TimePoint::never() : packet.sentAt + Duration::millis(20) + queue,
                         i >= 20 - marked ? Ecn::kCongested : Ecn::kCapable1});
    }
    now_ += Duration::millis(100);
    FeedbackReport report;
    report.at = now_;
    report.results = results;
    report.roundTrip = Duration::millis(40);
    controller_.onFeedback(report);
  }
  RateLimits limits_{300'000, 50'000, 5'000'000};
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  ScreamController controller_{now_, limits_};
  int64_t number_ = 0;
};

TEST_F(ScreamControllerTest, StartsAtTheStartRateAndRampsUntilASign) {
  EXPECT_NEAR(static_cast<double>(controller_.target().bitrate), 300'000, 10);
  EXPECT_TRUE(controller_.wantsEct1());
  for (int i = 0; i < 4; ++i) round();
  EXPECT_EQ(controller_.state(), ScreamController::State::kRamp);
  EXPECT_GT(controller_.target().bitrate, 1'000'000u);
  const uint64_t before = controller_.target().bitrate;
  round(1);
  EXPECT_EQ(controller_.state(), ScreamController::State::kSteady);
  EXPECT_NEAR(static_cast<double>(controller_.target().bitrate), 0.75 * static_cast<double>(before), 2000);
}

TEST_F(ScreamControllerTest, AnswersMarksInProportion) {
  for (int i = 0; i < 3; ++i) round();
  round(1);
  const auto fallOf = [&](int marked) {
    for (int i = 0; i < 40; ++i) round(marked);
    for (int i = 0; i < 10; ++i) round();
    const double before = controller_.window();
    round(marked);
    return 1 - controller_.window() / before;
  };
  const double few = fallOf(1), many = fallOf(20);
  EXPECT_GT(few, 0.01);
  EXPECT_LT(few, 0.1);
  EXPECT_GT(many, 0.3);
  EXPECT_LE(many, 0.5);
}

TEST_F(ScreamControllerTest, IsAClassicOneWhereNothingIsMarked) {
  for (int i = 0; i < 3; ++i) round();
  const double before = controller_.window();
  round(0, 2);
  EXPECT_NEAR(controller_.window(), ScreamController::kBetaLoss * before, 1);
  for (int i = 0; i < 3; ++i) round();
  const double then = controller_.window();
  round(0, 0, Duration::millis(80));
  EXPECT_LT(controller_.window(), then);
}

TEST_F(ScreamControllerTest, SilenceHalvesItAndARouteBeginsItAnew) {
  for (int i = 0; i < 6; ++i) round();
  const uint64_t before = controller_.target().bitrate;
  SentPacket packet;
  packet.sentAt = now_;
  controller_.onSent(packet);
  for (int i = 0; i < 3; ++i) {
    now_ = controller_.nextTimeout();
    controller_.handleTimeout(now_);
  }
  EXPECT_NEAR(static_cast<double>(controller_.target().bitrate), static_cast<double>(before) / 8, 10'000);
  controller_.onRouteChange(now_);
  EXPECT_NEAR(static_cast<double>(controller_.target().bitrate), 300'000, 10);
}

TEST_F(ScreamControllerTest, AbsurdReportsKeepItWithinItsBounds) {
  SeededRandom random(3);
  for (int i = 0; i < 3000; ++i) {
    std::vector<PacketResult> results(random.below(60));
    for (PacketResult& result : results) {
      result.sent.sentAt = now_ - Duration::micros(static_cast<int64_t>(random.below(60'000'000)));
      result.sent.size = static_cast<uint32_t>(random.below(1500));
      if (random.below(4) != 0)
        result.receivedAt = now_ + Duration::micros(static_cast<int64_t>(random.below(20'000'000)));
      result.ecn = static_cast<Ecn>(random.below(4));
    }
    now_ += Duration::micros(static_cast<int64_t>(random.below(1'000'000)));
    FeedbackReport report;
    report.at = now_;
    report.results = results;
    report.roundTrip = Duration::micros(static_cast<int64_t>(random.below(70'000'000)));
    report.clockJumped = random.below(30) == 0;
    controller_.onFeedback(report);
    if (random.below(9) == 0) controller_.onRemb(now_, random.u64() >> random.below(64));
    if (controller_.nextTimeout() <= now_) controller_.handleTimeout(now_);
    ASSERT_LE(controller_.target().bitrate, limits_.most);
    ASSERT_GT(controller_.target().bitrate, 0u);
    ASSERT_GE(controller_.alpha(), 0);
    ASSERT_LE(controller_.alpha(), 1);
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
