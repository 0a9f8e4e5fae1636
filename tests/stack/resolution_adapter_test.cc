#include "stack/resolution_adapter.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

using Preference = RTCDegradationPreference;
using Size = ResolutionAdapter::Size;

/// A source of 1280 x 720 at 30 pictures a second.
class Adapter : public ::testing::Test {
 protected:
  /// How many of a second's pictures are encoded, once it has settled at this rate.
  int settle(uint64_t rate) {
    for (int i = 0; i < 30 * 120; ++i) step(rate);
    int taken = 0;
    for (int i = 0; i < 30; ++i) taken += step(rate) ? 1 : 0;
    return taken;
  }
  bool step(uint64_t rate) {
    now_ += Duration::micros(33'333);
    size_ = adapter_.size(now_, 1280, 720, rate);
    return adapter_.takes();
  }
  ResolutionAdapter adapter_{false};
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  Size size_;
};

TEST_F(Adapter, KeepsThePicturesAndGivesTheirSize) {
  for (const auto preference : {std::optional<Preference>(), std::optional(Preference::kMaintainFramerate)}) {
    adapter_.prefer(preference);
    EXPECT_EQ(settle(2'500'000), 30);
    EXPECT_EQ(size_, (Size{1280, 720}));
    EXPECT_EQ(settle(300'000), 30);
    EXPECT_EQ(size_, (Size{640, 360}));
    EXPECT_TRUE(adapter_.limited());
    EXPECT_EQ(settle(2'500'000), 30);
    EXPECT_EQ(size_, (Size{1280, 720})) << "and comes back";
    EXPECT_FALSE(adapter_.limited());
  }
}

TEST_F(Adapter, KeepsTheSizeAndGivesPictures) {
  adapter_.prefer(Preference::kMaintainResolution);
  EXPECT_EQ(settle(2'500'000), 30);
  EXPECT_EQ(settle(400'000), 15);
  EXPECT_EQ(size_, (Size{1280, 720}));
  EXPECT_TRUE(adapter_.limited());
  EXPECT_LE(settle(50'000), 8);
  EXPECT_GE(settle(50'000), 7);
  EXPECT_EQ(size_, (Size{1280, 720}));
  EXPECT_EQ(adapter_.changes(), 0u) << "of the size";
  EXPECT_EQ(settle(2'500'000), 30);
  EXPECT_FALSE(adapter_.limited());
}

TEST_F(Adapter, GivesOfBothInTurns) {
  adapter_.prefer(Preference::kBalanced);
  settle(2'500'000);
  const int some = settle(300'000);
  EXPECT_LT(some, 30);
  EXPECT_GE(some, 20);
  EXPECT_EQ(size_, (Size{960, 540}));
  EXPECT_LT(settle(60'000), some);
  EXPECT_LT(size_.width, 960);
  EXPECT_EQ(settle(2'500'000), 30);
  EXPECT_EQ(size_, (Size{1280, 720}));
}

// Four seconds, and then at once as large as there is enough for.
TEST_F(Adapter, ComesBackInOneStep) {
  settle(100'000);
  ASSERT_EQ(size_, (Size{320, 180}));
  const uint32_t before = adapter_.changes();
  for (int i = 0; i < 30 * 4 - 5; ++i) step(2'000'000);
  EXPECT_EQ(size_, (Size{320, 180}));
  for (int i = 0; i < 10; ++i) step(2'000'000);
  EXPECT_EQ(size_, (Size{1280, 720}));
  EXPECT_EQ(adapter_.changes(), before + 1);
  settle(100'000);
  for (int i = 0; i < 30 * 5; ++i) step(600'000);
  EXPECT_EQ(size_, (Size{960, 540})) << "and no larger than that";
}

// A narrow line has become a wide one: that does not come and go.
TEST_F(Adapter, ComesBackAfterASecondWhereThereIsMuchMore) {
  settle(100'000);
  ASSERT_EQ(size_, (Size{320, 180}));
  for (int i = 0; i < 25; ++i) step(2'500'000);
  step(2'300'000);
  for (int i = 0; i < 28; ++i) step(2'500'000);
  EXPECT_EQ(size_, (Size{320, 180})) << "a second without less";
  for (int i = 0; i < 5; ++i) step(2'500'000);
  EXPECT_EQ(size_, (Size{1280, 720}));
}

// The rate of the first picture says little.
TEST_F(Adapter, AtTheBeginningHalfASecondOfMoreIsEnough) {
  step(300'000);
  EXPECT_EQ(size_, (Size{640, 360}));
  for (int i = 0; i < 14; ++i) step(2'500'000);
  EXPECT_EQ(size_, (Size{640, 360}));
  for (int i = 0; i < 5; ++i) step(2'500'000);
  EXPECT_EQ(size_, (Size{1280, 720}));
  EXPECT_EQ(adapter_.changes(), 1u);
}

TEST_F(Adapter, AtTheBeginningAFallEndsTheHaste) {
  step(300'000);
  for (int i = 0; i < 40; ++i) step(100'000);
  EXPECT_LT(size_.width, 640);
  for (int i = 0; i < 60; ++i) step(2'000'000);
  EXPECT_LT(size_.width, 640);
}

TEST_F(Adapter, AnotherPreferenceBeginsAnew) {
  settle(300'000);
  EXPECT_EQ(size_, (Size{640, 360}));
  adapter_.prefer(Preference::kMaintainResolution);
  step(300'000);
  EXPECT_EQ(size_, (Size{1280, 720}));
  EXPECT_LT(adapter_.pictures(), 1);
}

// A fall of a second costs no more than a step, and a rate that swings around a bound no change at all.
TEST_F(Adapter, DoesNotSwing) {
  settle(2'500'000);
  for (int i = 0; i < 30 * 60; ++i) step(i % 30 < 15 ? 590'000 : 610'000);
  EXPECT_EQ(adapter_.changes(), 0u);
  settle(400'000);
  const uint32_t changes = adapter_.changes();
  for (int i = 0; i < 30 * 60; ++i) step(i % 60 < 30 ? 620'000 : 900'000);
  EXPECT_EQ(adapter_.changes(), changes);
}

TEST(MostOfOneVideo, FollowsTheSize) {
  EXPECT_EQ(mostOfOneVideo(160, 90), 600'000u);
  EXPECT_EQ(mostOfOneVideo(320, 240), 600'000u);
  EXPECT_EQ(mostOfOneVideo(640, 480), 1'700'000u);
  EXPECT_EQ(mostOfOneVideo(960, 540), 2'000'000u);
  EXPECT_EQ(mostOfOneVideo(1280, 720), 2'500'000u);
  EXPECT_EQ(mostOfOneVideo(1920, 1080), 5'000'000u);
  EXPECT_EQ(mostOfOneVideo(0, -1), 600'000u);
}

// What an encoder has no time for counts as what the line has no room for: the later step is in force.
TEST_F(Adapter, TheLaterOfTwoStepsIsInForce) {
  adapter_.prefer(Preference::kMaintainFramerate);
  settle(2'500'000);
  EXPECT_DOUBLE_EQ(adapter_.growth(), 1);
  adapter_.setLeast(2);
  step(2'500'000);
  EXPECT_EQ(size_, (Size{640, 360}));
  EXPECT_EQ(adapter_.changes(), 1u);
  EXPECT_TRUE(adapter_.limitedByTime());
  EXPECT_FALSE(adapter_.limited());
  EXPECT_NEAR(adapter_.growth(), 36.0 / 16, 1e-9);
  settle(50'000);  // 320 x 180 at the most
  EXPECT_TRUE(adapter_.limited());
  EXPECT_FALSE(adapter_.limitedByTime());
  const Size least = size_;
  EXPECT_LT(least.width, 640);
  adapter_.setLeast(0);
  step(50'000);
  EXPECT_EQ(size_, least);
  EXPECT_FALSE(adapter_.hasLess(160, 120 * 90 / 120)) << "no side below 90";
}

TEST_F(Adapter, NoStepIsBelowTheLast) {
  for (const auto preference :
       {Preference::kMaintainFramerate, Preference::kMaintainResolution, Preference::kBalanced}) {
    adapter_.prefer(preference);
    adapter_.setLeast(1000);
    step(2'500'000);
    EXPECT_FALSE(adapter_.hasLess(1280, 720));
    EXPECT_GE(size_.height, ResolutionAdapter::kLeastSide);
    EXPECT_GE(adapter_.pictures(), 0.25);
    adapter_.setLeast(0);
    step(2'500'000);
    EXPECT_EQ(size_, (Size{1280, 720}));
  }
}

}  // namespace
}  // namespace tincan::inline v0::stack
