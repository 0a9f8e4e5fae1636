#include "media/frame_pace.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::media {
namespace {

class Pace : public ::testing::Test {
 protected:
  void run(int frames, int64_t millis) {
    for (int i = 0; i < frames; ++i) pace.note(now = now + Duration::millis(millis));
  }
  FramePace pace;
  TimePoint now = TimePoint::fromMicros(1);
};

TEST_F(Pace, SumsTheTimesBetweenFrames) {
  run(101, 40);
  EXPECT_EQ(pace.totalDelay(), Duration::millis(4000));
  EXPECT_NEAR(pace.totalSquaredDelay(), 100 * 0.04 * 0.04, 1e-9);
  EXPECT_EQ(pace.freezes(), 0u);
}

TEST_F(Pace, AFreezeIsMuchLongerThanTheMean) {
  run(60, 40);
  run(1, 189);
  EXPECT_EQ(pace.freezes(), 0u) << "less than 150 ms more";
  run(60, 40);
  run(1, 191);
  EXPECT_EQ(pace.freezes(), 1u);
  EXPECT_EQ(pace.frozen(), Duration::millis(191));
}

TEST_F(Pace, SlowStreamsFreezeLater) {
  run(60, 500);
  run(1, 1400);
  EXPECT_EQ(pace.freezes(), 0u) << "not three times the mean";
  run(60, 500);
  run(1, 1501);
  EXPECT_EQ(pace.freezes(), 1u);
}

TEST_F(Pace, APauseIsNoFreeze) {
  run(60, 40);
  run(1, 5000);
  run(60, 40);
  EXPECT_EQ(pace.freezes(), 0u);
  EXPECT_EQ(pace.pauses(), 1u);
  EXPECT_EQ(pace.paused(), Duration::seconds(5));
  EXPECT_EQ(pace.totalDelay(), Duration::millis(40 * 119));
}

TEST_F(Pace, TheFirstIntervalIsOfNothing) {
  run(2, 4000);
  EXPECT_EQ(pace.freezes(), 0u);
}

}  // namespace
}  // namespace tincan::inline v0::media
