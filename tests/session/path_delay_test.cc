// How long packets wait on their way, by their absolute send times.
#include "session/path_delay.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::session {
namespace {

constexpr TimePoint kStart = TimePoint::fromMicros(1'000'000);

class PathDelayTest : public ::testing::Test {
 protected:
  /// Packets for so long, one each 10 ms, that take `transit`.
  void run(Duration time, Duration transit) {
    for (const TimePoint end = now_ + time; now_ < end; now_ += Duration::millis(10))
      path_.onPacket(now_ + transit, rtp::AbsSendTime::at(now_ + clock_));
  }
  /// The send time counts in 4 µs.
  void expectWait(Duration wait) {
    EXPECT_LE(path_.wait(), wait + Duration::micros(10));
    EXPECT_GE(path_.wait(), wait - Duration::micros(10));
  }

  TimePoint now_ = kStart;
  Duration clock_ = Duration::seconds(1234);  // the sender's is ahead
  PathDelay path_;
};

TEST_F(PathDelayTest, IsWhatTheNewestTookMoreThanTheFastest) {
  EXPECT_EQ(path_.wait(), Duration::zero());
  run(Duration::seconds(1), Duration::millis(20));
  expectWait(Duration::zero());
  run(Duration::millis(10), Duration::millis(320));
  expectWait(Duration::millis(300));
  run(Duration::millis(10), Duration::millis(60));
  expectWait(Duration::millis(40));
}

// 24 bits are 64 s.
TEST_F(PathDelayTest, GoesOnWhereTheSendTimeWraps) {
  for (int i = 0; i < 40; ++i) {
    run(Duration::seconds(5), Duration::millis(20));
    run(Duration::millis(10), Duration::millis(120));
    expectWait(Duration::millis(100));
  }
}

TEST_F(PathDelayTest, AWayThatGotLongerIsKnownAfterTwoEpochs) {
  run(Duration::seconds(10), Duration::millis(20));
  run(PathDelay::kEpoch, Duration::millis(80));
  expectWait(Duration::millis(60));
  run(PathDelay::kEpoch, Duration::millis(80));
  expectWait(Duration::zero());
}

TEST_F(PathDelayTest, ASenderWhoseClockJumpsBeginsAnew) {
  run(Duration::seconds(10), Duration::millis(20));
  clock_ = clock_ - Duration::seconds(7);
  run(Duration::millis(10), Duration::millis(20));
  expectWait(Duration::zero());
  clock_ = clock_ + Duration::seconds(7);
  run(Duration::millis(10), Duration::millis(20));
  expectWait(Duration::zero());
}

TEST_F(PathDelayTest, AbsurdTimesKeepItWithinItsBound) {
  SeededRandom random(5);
  for (int i = 0; i < 10'000; ++i) {
    now_ += Duration::micros(static_cast<int64_t>(random.below(random.below(50) == 0 ? 200'000'000 : 20'000)));
    path_.onPacket(now_, rtp::AbsSendTime{static_cast<uint32_t>(random.u32() & 0xffffff)});
    ASSERT_GE(path_.wait(), Duration::zero());
    ASSERT_LE(path_.wait(), PathDelay::kMost);
  }
}

}  // namespace
}  // namespace tincan::inline v0::session
