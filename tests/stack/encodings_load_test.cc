#include "stack/encodings_load.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

using Encoding = EncodingsLoad::Encoding;

/// Three encodings of 30 pictures a second on one thread: `cost` is what a second of all of them, whole, takes.
class Encodings : public ::testing::Test {
 protected:
  static constexpr double kSides[] = {1, 0.75, 0.5, 0.375, 0.25};
  static constexpr double kPictures[] = {1, 0.75, 0.5, 1.0 / 3, 0.25};

  struct One {
    double pixels = 0;  // whole
    bool active = true;
    double due = 0;
    EncoderLoad::Sums sums{};
  };

  double pixels(size_t i) const {
    const double side = fewer_ ? 1 : kSides[load_.step(i)];
    return all_[i].active ? all_[i].pixels * side * side : 0;
  }
  double pictures(size_t i) const { return fewer_ ? kPictures[load_.step(i)] : 1; }
  Encoding of(size_t i) const {
    const size_t step = load_.step(i);
    Encoding out{all_[i].sums, pixels(i), std::nullopt, pictures(i), 1};
    const double side = kSides[std::min<size_t>(step + 1, 4)];
    if (step < 4) out.less = fewer_ ? pixels(i) : all_[i].pixels * side * side;
    if (step > 0 && fewer_) out.growth = kPictures[step - 1] / kPictures[step];
    if (step > 0 && !fewer_) out.growth = kSides[step - 1] * kSides[step - 1] / (kSides[step] * kSides[step]);
    return out;
  }
  void run(double seconds, double cost) {
    double whole = 0;
    for (const One& one : all_) whole += one.pixels;
    for (int n = 0; n < static_cast<int>(30 * seconds); ++n) {
      now_ += Duration::micros(33'333);
      owed_ = std::max(owed_ - 1.0 / 30, 0.0);
      for (size_t i = 0; i < all_.size(); ++i) {
        One& one = all_[i];
        one.due += one.active ? pictures(i) : 0;
        if (one.due < 1) continue;
        one.due -= 1;
        ++one.sums.pictures;
        if (owed_ > 1.0 / 30) {
          ++one.sums.overtaken;
        } else {
          const double takes = cost / 30 * pixels(i) / whole;
          owed_ += takes;
          one.sums.busy += Duration::micros(static_cast<int64_t>(takes * 1e6));
        }
      }
      std::vector<Encoding> told;
      for (size_t i = 0; i < all_.size(); ++i) told.push_back(of(i));
      load_.note(now_, told);
    }
  }
  std::array<size_t, 3> steps() const { return {load_.step(0), load_.step(1), load_.step(2)}; }

  EncodingsLoad load_;
  std::array<One, 3> all_{{{240 * 135}, {480 * 270}, {960 * 540}}};
  bool fewer_ = false;
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  double owed_ = 0;
};

using Steps = std::array<size_t, 3>;

TEST_F(Encodings, LeavesAloneWhatKeepsUp) {
  run(20, 0.9);
  EXPECT_EQ(steps(), (Steps{0, 0, 0}));
}

TEST_F(Encodings, TheLargestGoesFirst) {
  run(8, 1.4);
  EXPECT_EQ(steps(), (Steps{0, 0, 1}));
}

TEST_F(Encodings, NoneBecomesAsSmallAsTheOneBelow) {
  for (int i = 0; i < 60; ++i) {
    run(1, 50);
    ASSERT_GT(pixels(1), pixels(0));
    ASSERT_GT(pixels(2), pixels(1));
  }
  EXPECT_GT(load_.step(0), 0u) << "the last one gives up, too";
}

TEST_F(Encodings, FewerPicturesAreOfTheLargestAlone) {
  fewer_ = true;
  run(10, 1.6);
  EXPECT_EQ(load_.step(0), 0u);
  EXPECT_EQ(load_.step(1), 0u);
  EXPECT_GE(load_.step(2), 2u);
}

TEST_F(Encodings, ComesBackInTurnToWhatThereWas) {
  run(20, 3);
  ASSERT_GT(load_.step(2), 0u);
  ASSERT_GT(load_.step(1), 0u);
  run(60, 0.3);
  EXPECT_EQ(steps(), (Steps{0, 0, 0}));
}

TEST_F(Encodings, StaysWhileItIsAsSlow) {
  run(10, 1.4);
  const Steps before = steps();
  run(60, 1.4);
  EXPECT_EQ(steps(), before);
}

TEST_F(Encodings, WhatMakesNothingGivesNothingUp) {
  all_[2].active = false;
  all_[2].pixels = 0;
  run(8, 1.5);
  EXPECT_EQ(load_.step(2), 0u);
  EXPECT_GT(load_.step(1), 0u);
}

TEST_F(Encodings, SumsThatBeginAgainAreNoOverload) {
  run(5, 0.5);
  for (One& one : all_) one.sums = {};
  run(5, 0.5);
  EXPECT_EQ(steps(), (Steps{0, 0, 0}));
}

TEST_F(Encodings, NothingComesOfNothing) {
  for (int i = 0; i < 100; ++i) load_.note(now_ += Duration::seconds(1), {});
  EXPECT_EQ(load_.step(7), 0u);
}

}  // namespace
}  // namespace tincan::inline v0::stack
