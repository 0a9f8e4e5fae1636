#include "media/jitter_buffer/frame_timing.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::media {
namespace {

constexpr int64_t kInterval = 33'333;

/// Frames of 30 a second, `late` µs behind their turn.
struct Stream {
  FrameTiming timing{90'000};
  int number = 0;

  Stream() { timing.setDelayLimits(Duration::zero(), Duration::millis(500)); }
  TimePoint turn() const { return TimePoint::fromMicros(1'000'000 + number * kInterval); }
  /// How long after its turn it is due.
  Duration give(size_t bytes, int64_t late = 0, bool repaired = false) {
    const TimePoint at = turn();
    const auto due =
        timing.complete(at + Duration::micros(late), static_cast<uint32_t>(number) * 3000, bytes, repaired);
    ++number;
    return due.at - at;
  }
};

// A key frame of 40 KB, and small ones after it: how long it took to come is not known to be the line's way yet.
TEST(FrameTiming, TheFirstPicturesAreNotHeldBackForWhatMightCome) {
  Stream stream;
  stream.give(40'000);
  Duration before;
  for (int i = 0; i < 30; ++i) {
    const Duration held = stream.give(4'000);
    EXPECT_LE(held - before, Duration::millis(4)) << "a tenth of the time";
    before = held;
  }
  EXPECT_GT(before, Duration::millis(50)) << "by and by";
}

TEST(FrameTiming, WhatHasComeLateIsWaitedForAtOnce) {
  Stream stream;
  for (int i = 0; i < 100; ++i) stream.give(5'000 + static_cast<size_t>(i % 7) * 500, i % 5 * 1'000);
  const Duration before = stream.timing.targetDelay();
  for (int i = 0; i < 60; ++i) stream.give(5'000 + static_cast<size_t>(i % 7) * 500, i % 6 == 0 ? 60'000 : 0);
  EXPECT_GE(stream.timing.targetDelay() - before, Duration::millis(15));
  EXPECT_LE(stream.timing.targetDelay(), Duration::millis(200));
}

TEST(FrameTiming, KeepsWithinItsLimits) {
  Stream stream;
  stream.timing.setDelayLimits(Duration::millis(80), Duration::millis(120));
  EXPECT_EQ(stream.give(5'000), Duration::millis(80)) << "from the first picture on";
  for (int i = 0; i < 300; ++i) stream.give(i % 10 == 0 ? 60'000 : 2'000, i % 10 == 0 ? 200'000 : 0);
  EXPECT_EQ(stream.timing.targetDelay(), Duration::millis(120));
  stream.timing.reset();
  EXPECT_EQ(stream.timing.targetDelay(), Duration::millis(80));
}

TEST(FrameTiming, TheExtraDelayComesOnTop) {
  Stream stream;
  stream.timing.setExtraDelay(Duration::millis(150));
  EXPECT_EQ(stream.give(5'000), Duration::millis(150));
  EXPECT_EQ(stream.timing.targetDelay(), Duration::zero());
  stream.timing.setExtraDelay(Duration::millis(-5));
  EXPECT_LE(stream.give(5'000), Duration::millis(4)) << "its own, and no less than none";
}

TEST(FrameTiming, PlayedIsTheLeastLateSinceItWasAsked) {
  Stream stream;
  EXPECT_FALSE(stream.timing.takePlayed());
  for (const int64_t late : {40'000, 0, 90'000}) {
    const TimePoint at = stream.turn() + Duration::micros(late);
    stream.timing.handedOut(stream.timing.complete(at, static_cast<uint32_t>(stream.number++) * 3000, 5'000, false));
  }
  const auto played = stream.timing.takePlayed();
  ASSERT_TRUE(played);
  EXPECT_EQ(played->timestamp, 3000u);
  EXPECT_FALSE(stream.timing.takePlayed());
}

// Where hardly a picture comes whole, the least late of them has waited for a repair of its own.
TEST(FrameTiming, PlayedKnowsNothingOfWhatARepairTookBeyondTheForeseen) {
  Stream stream;
  const auto hand = [&](int64_t late, bool repaired) {
    const TimePoint at = stream.turn() + Duration::micros(late);
    const auto due = stream.timing.complete(at, static_cast<uint32_t>(stream.number++) * 3000, 5'000, repaired);
    stream.timing.handedOut(due);
    return due.at;
  };
  hand(0, false);
  stream.timing.takePlayed();
  for (const int64_t late : {90'000, 150'000}) {
    stream.timing.setExtraDelay(Duration::millis(late == 90'000 ? 0 : 25));
    const TimePoint turn = stream.turn();
    EXPECT_EQ(hand(late, true) - turn, Duration::micros(late));
    const auto played = stream.timing.takePlayed();
    ASSERT_TRUE(played);
    // A timestamp is a third of a microsecond off its turn.
    const Duration held = stream.timing.targetDelay() + stream.timing.extraDelay();
    EXPECT_NEAR(static_cast<double>((played->at - turn).micros()), static_cast<double>(held.micros()), 1);
    EXPECT_EQ(played->reached, stream.timing.extraDelay());
  }
  stream.timing.setExtraDelay(Duration::zero());
  const TimePoint turn = stream.turn();
  hand(60'000, false);
  EXPECT_GE(stream.timing.takePlayed()->at - turn, Duration::millis(60)) << "what the line does is waited for";
}

}  // namespace
}  // namespace tincan::inline v0::media
