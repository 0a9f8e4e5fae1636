#include "stack/encoder_load.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

/// 30 pictures a second, each of which takes `cost`, divided by two for each step down.
class Load : public ::testing::Test {
 protected:
  void run(double seconds, double cost) {
    for (int i = 0; i < static_cast<int>(30 * seconds); ++i) {
      now_ += Duration::micros(33'333);
      const double each = cost / static_cast<double>(1u << load_.step());
      owed_ = std::max(owed_ - 1.0 / 30, 0.0);
      ++sums_.pictures;
      if (owed_ > 1.0 / 30) {
        ++sums_.overtaken;
      } else {
        owed_ += each;
        sums_.busy += Duration::micros(static_cast<int64_t>(each * 1e6));
      }
      load_.note(now_, sums_, load_.step() < 4, 2);
      most_ = std::max(most_, load_.step());
    }
  }
  EncoderLoad load_;
  EncoderLoad::Sums sums_;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  double owed_ = 0;
  size_t most_ = 0;
};

TEST_F(Load, LeavesAloneWhatKeepsUp) {
  run(20, 0.030);
  EXPECT_EQ(most_, 0u);
}

TEST_F(Load, GoesDownAsFarAsNeededAndStays) {
  run(30, 0.100);
  EXPECT_EQ(load_.step(), 2u) << "0.1 s a picture, a quarter of which fits a thirtieth";
  EXPECT_EQ(most_, 2u);
}

TEST_F(Load, AnEncoderThatBeginsIsNotOneThatIsTooSlow) {
  for (int i = 0; i < 20; ++i) {
    run(0.2, 0.080);
    run(1.7, 0.010);
  }
  EXPECT_EQ(most_, 0u);
}

TEST_F(Load, GoesNoFurtherThanThereIs) {
  run(30, 5);
  EXPECT_EQ(load_.step(), 4u);
}

TEST_F(Load, ComesBackStepByStepWithRoomToSpare) {
  run(10, 0.100);
  ASSERT_EQ(load_.step(), 2u);
  run(4, 0.010);
  EXPECT_EQ(load_.step(), 2u) << "after five seconds";
  run(3, 0.010);
  EXPECT_EQ(load_.step(), 1u);
  run(7, 0.010);
  EXPECT_EQ(load_.step(), 0u);
}

TEST_F(Load, DoesNotComeBackToWhatItJustManages) {
  run(10, 0.050);
  ASSERT_EQ(load_.step(), 1u);
  run(30, 0.030);  // 90 % of the time, at the step above
  EXPECT_EQ(load_.step(), 1u);
  EXPECT_EQ(most_, 1u);
}

TEST_F(Load, WaitsLongerAfterARelapse) {
  run(10, 0.100);
  int downs = 0;
  for (int round = 0; round < 60; ++round) {
    const size_t before = load_.step();
    // Easy where it is, too much at the step above.
    run(2, load_.step() >= 2 ? 0.040 : 0.100);
    downs += load_.step() > before ? 1 : 0;
  }
  EXPECT_GE(downs, 2);
  EXPECT_LE(downs, 5) << "two minutes: 5, 10, 20, 40, 60 s apart";
}

TEST_F(Load, BeginsAnewWithAnotherEncoder) {
  run(3, 0.010);
  sums_ = {};
  load_.restart();
  run(3, 0.010);
  EXPECT_EQ(most_, 0u);
}

}  // namespace
}  // namespace tincan::inline v0::stack
