#include "media/jitter_buffer/frame_jitter.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::media {
namespace {

constexpr int64_t kInterval = 33'333;

/// Frames of `sizes` bytes over a line of `bytesPerMs`, with noise of up to `noise` µs on top.
Duration learn(FrameJitter& jitter, int frames, double bytesPerMs, uint64_t noise, const std::vector<size_t>& sizes,
               uint64_t seed = 1) {
  SeededRandom random(seed);
  int64_t at = 0;
  for (int i = 0; i < frames; ++i) {
    const size_t size = sizes[random.below(sizes.size())];
    const int64_t sent = i * kInterval;
    at = sent + static_cast<int64_t>(static_cast<double>(size) / bytesPerMs * 1000);
    if (noise > 0) at += static_cast<int64_t>(random.below(noise));
    jitter.arrived(at, sent, size);
  }
  return jitter.estimate(TimePoint::fromMicros(at));
}

TEST(FrameJitter, ALineWithoutNoiseAndFramesOfOneSizeAskForNothing) {
  FrameJitter jitter;
  EXPECT_EQ(jitter.estimate(TimePoint()), Duration::zero());
  EXPECT_LE(learn(jitter, 600, 200, 0, {5'000}), Duration::millis(3));
}

// 200 bytes a millisecond: 20,000 bytes take 80 ms longer than 4,000.
TEST(FrameJitter, LargeFramesTakeLongerAndThatIsForeseen) {
  FrameJitter jitter;
  const Duration estimate = learn(jitter, 900, 200, 2'000, {4'000, 6'000, 9'000, 20'000});
  EXPECT_GE(estimate, Duration::millis(70));
  EXPECT_LE(estimate, Duration::millis(110));
  FrameJitter wide;
  EXPECT_LE(learn(wide, 900, 2'000, 2'000, {4'000, 6'000, 9'000, 20'000}), Duration::millis(25)) << "ten times as wide";
}

TEST(FrameJitter, NoiseIsWaitedForMostOfTheTime) {
  for (const uint64_t noise : {10'000, 30'000, 100'000}) {
    FrameJitter jitter;
    const Duration estimate = learn(jitter, 1'200, 500, noise, {5'000, 5'100, 5'200});
    EXPECT_GE(estimate.micros(), static_cast<int64_t>(noise) * 8 / 10) << noise;
    EXPECT_LE(estimate.micros(), static_cast<int64_t>(noise) * 14 / 10) << noise;
  }
}

TEST(FrameJitter, AStepOfThePathIsNoNoise) {
  FrameJitter jitter;
  learn(jitter, 600, 500, 2'000, {5'000});
  const Duration before = jitter.estimate(TimePoint());
  for (int64_t i = 600; i < 700; ++i) jitter.arrived(i * kInterval + 1'000'000, i * kInterval, 5'000);
  EXPECT_LE(jitter.estimate(TimePoint()) - before, Duration::millis(5));
}

// Repairs take a round trip; one now and then is no reason to be late all the time.
TEST(FrameJitter, ManyRepairsAreWaitedFor) {
  FrameJitter jitter;
  jitter.setRoundTripTime(Duration::millis(100));
  const Duration calm = learn(jitter, 300, 500, 2'000, {5'000});
  const TimePoint now = TimePoint::fromMicros(300 * kInterval);
  jitter.repaired(now, 5'000);
  jitter.repaired(now, 5'000);
  EXPECT_EQ(jitter.estimate(now), calm);
  jitter.repaired(now, 5'000);
  EXPECT_EQ(jitter.estimate(now), calm + Duration::millis(90));
  EXPECT_EQ(jitter.estimate(now + Duration::seconds(61)), calm);
  jitter.setRoundTripTime(Duration::seconds(5));
  EXPECT_EQ(jitter.estimate(now), calm + Duration::millis(200)) << "no longer than that";
}

// What is missing of a large frame is asked for while its rest is still coming.
TEST(FrameJitter, ALargeFrameAndARepairAreNotWaitedForOneAfterTheOther) {
  FrameJitter jitter;
  jitter.setRoundTripTime(Duration::millis(80));
  const Duration large = learn(jitter, 900, 200, 2'000, {4'000, 6'000, 9'000, 20'000});
  const TimePoint now = TimePoint::fromMicros(900 * kInterval);
  for (int i = 0; i < 3; ++i) jitter.repaired(now, 6'000);
  EXPECT_EQ(jitter.forRepairs(now), Duration::millis(72));
  EXPECT_GE(jitter.estimate(now), large - Duration::millis(1));
  EXPECT_LE(jitter.estimate(now), large + Duration::millis(30)) << "an ordinary frame, and its repair";
}

// 200 bytes a millisecond: where large frames never come whole, that they are large is known all the same.
TEST(FrameJitter, ARepairedFrameTellsItsSize) {
  FrameJitter jitter;
  jitter.setRoundTripTime(Duration::millis(10));
  const Duration small = learn(jitter, 900, 200, 2'000, {4'000, 6'000, 9'000});
  jitter.repaired(TimePoint::fromMicros(900 * kInterval), 29'000);
  EXPECT_GE(jitter.estimate(TimePoint::fromMicros(900 * kInterval)) - small, Duration::millis(60));
}

TEST(FrameJitter, PropertyWhateverComesTheEstimateIsFinite) {
  SeededRandom random(9);
  for (int round = 0; round < 100; ++round) {
    FrameJitter jitter;
    int64_t at = 0, timestamp = 0;
    for (int i = 0; i < 200; ++i) {
      at += static_cast<int64_t>(random.below(20'000'000));
      timestamp += static_cast<int64_t>(random.below(uint64_t{1} << random.below(50))) - 1'000'000;
      jitter.arrived(at, timestamp, random.below(uint64_t{1} << random.below(33)));
      const Duration estimate = jitter.estimate(TimePoint::fromMicros(at));
      ASSERT_GE(estimate, Duration::zero());
      ASSERT_LE(estimate, Duration::seconds(11));
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::media
