#include "rtp/stats/sender_clock.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr int64_t kWall = 1'700'000'000'000'000;
constexpr uint32_t kRate = 48'000;

NtpTime wall(int64_t millis) {
  return NtpTime::fromUnixMicros(kWall + millis * 1000);
}

int64_t millisOf(const SenderClock& clock, uint32_t timestamp) {
  const auto time = clock.timeOf(timestamp);
  return time ? (time->toUnixMicros() - kWall) / 1000 : INT64_MIN;
}

TEST(SenderClock, KnowsNothingBeforeTheFirstReport) {
  SenderClock clock(kRate);
  EXPECT_FALSE(clock.timeOf(0));
  clock.reported(NtpTime(), 5);
  EXPECT_FALSE(clock.timeOf(0)) << "RFC 3550 §6.4.1: zero is a sender that does not know the time";
  clock.reported(wall(0), 0xffffff00);
  EXPECT_NEAR(static_cast<double>(millisOf(clock, 0xffffff00u + kRate)), 1000, 1) << "over the wrap";
  EXPECT_NEAR(static_cast<double>(millisOf(clock, 0xffffff00u - kRate)), -1000, 1);
}

// Between reports that are 5 s apart, as far in front of the last as the next one is.
TEST(SenderClock, FollowsAClockThatRunsWrong) {
  for (const int64_t permille : {-100, -50, -10, -1, 0, 1, 10, 50, 100}) {
    SenderClock clock(kRate);
    SeededRandom random(3);
    int64_t worst = 0, settled = 0;
    for (int64_t s = 0; s <= 120; s += 5) {
      const auto at = [&](int64_t millis) {
        return static_cast<uint32_t>(0xf0000000u + millis * kRate / 1000 * (1000 + permille) / 1000);
      };
      clock.reported(wall(s * 1000 + static_cast<int64_t>(random.below(8))), at(s * 1000));
      const int64_t wrong = std::abs(millisOf(clock, at(s * 1000 + 5000)) - (s + 5) * 1000);
      if (s >= 10) worst = std::max(worst, wrong);
      if (s >= 30) settled = std::max(settled, wrong);
    }
    EXPECT_LE(worst, 18) << permille << " ‰, reports that are up to 8 ms wrong";
    EXPECT_LE(settled, 13) << permille;
  }
}

TEST(SenderClock, BeginsAnewWithAClockThatWasSet) {
  SenderClock clock(kRate);
  uint32_t timestamp = 1000;
  for (int64_t s = 0; s < 30; ++s, timestamp += kRate * 104 / 100) clock.reported(wall(s * 1000), timestamp);
  // The wall clock is set back by an hour; then the RTP time begins anew.
  for (int64_t s = 30; s < 33; ++s, timestamp += kRate) clock.reported(wall(s * 1000 - 3'600'000), timestamp);
  EXPECT_NEAR(static_cast<double>(millisOf(clock, timestamp)), 33'000 - 3'600'000, 2);
  clock.reported(wall(40'000), 7);
  EXPECT_NEAR(static_cast<double>(millisOf(clock, 7 + kRate)), 41'000, 2);
}

// Its rate changes with the temperature, by 100 ppm in a minute.
TEST(SenderClock, FollowsAClockThatDrifts) {
  SenderClock clock(kRate);
  SeededRandom random(4);
  double media = 0, rate = 1, worst = 0;
  for (int ms = 0; ms < 600'000; ++ms) {
    rate += (ms / 60'000 % 2 == 0 ? 1 : -1) * 100e-6 / 60'000;
    media += rate * kRate / 1000;
    if (ms % 5000 == 0) clock.reported(wall(ms + static_cast<int64_t>(random.below(5))), static_cast<uint32_t>(media));
    if (ms < 10'000 || ms % 100 != 0) continue;
    worst = std::max(worst, std::abs(static_cast<double>(millisOf(clock, static_cast<uint32_t>(media)) - ms)));
  }
  EXPECT_LE(worst, 9);
}

TEST(SenderClock, TakesWhateverIsReported) {
  SeededRandom random(5);
  SenderClock clock(kRate);
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t raw = random.below(2) == 0 ? random.u64() : i * (uint64_t{1} << 32);
    clock.reported(NtpTime::fromRaw(raw), random.u32());
    ASSERT_TRUE(clock.timeOf(random.u32()));
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
