#include "media/jitter_buffer/playout_delay.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::media {
namespace {

// The minimum follows a longer path after 5 to 10 s, in the midst of a half second whose latest packet was late by the old
// one: whenever that is, nothing of it is late any more.
TEST(PlayoutDelay, APathThatIsLongerIsNoLatenessOnceItIsTheFastest) {
  constexpr int64_t kLonger = 280'000;  // µs
  for (int64_t from = 3'000; from < 8'000; from += 140) {
    PlayoutDelay delay(48'000, Duration::millis(20), Duration::millis(500));
    bool followed = false;
    for (int64_t ms = 0; ms < 20'000; ms += 20) {
      const TimePoint now = TimePoint::fromMicros(ms * 1000 + (ms >= from ? kLonger : 0));
      delay.arrived(now, ms * 48);
      followed = ms >= from && delay.fastestArrival(ms * 48) == now;
      if (followed) {
        ASSERT_EQ(delay.target(), Duration::millis(20)) << "longer from " << from << " ms on, at " << ms;
      }
    }
    EXPECT_TRUE(followed);
  }
}

}  // namespace
}  // namespace tincan::inline v0::media
