#include "sctp/rx/receive_window.h"

#include <gtest/gtest.h>

namespace tincan::inline v0::sctp {
namespace {

constexpr size_t kMiB = 1024 * 1024;
constexpr Duration kRtt = Duration::millis(40);

TEST(ReceiveWindow, DoublesForWhoReadsHalfOfItInARoundTrip) {
  ReceiveWindow window(kMiB, 16 * kMiB, nullptr);
  TimePoint now = TimePoint::fromMicros(1);
  window.taken(now, kMiB / 2, kRtt);
  EXPECT_EQ(window.limit(), kMiB);
  window.taken(now + kRtt, 1, kRtt);
  EXPECT_EQ(window.limit(), 2 * kMiB);
  window.taken(now + kRtt, kMiB, kRtt);
  EXPECT_EQ(window.limit(), 2 * kMiB);
  now = now + kRtt * 3;
  window.taken(now, 1, kRtt);
  EXPECT_EQ(window.limit(), 2 * kMiB) << "a new round begins with nothing";
  for (int i = 0; i < 20; ++i) window.taken(now, 16 * kMiB, kRtt);
  EXPECT_EQ(window.limit(), 16 * kMiB) << "the cap";
  EXPECT_FALSE(window.grow());
}

TEST(ReceiveWindow, ASlowReaderKeepsTheSmallOne) {
  ReceiveWindow window(kMiB, 16 * kMiB, nullptr);
  TimePoint now = TimePoint::fromMicros(1);
  for (int i = 0; i < 1000; ++i, now = now + kRtt) window.taken(now, kMiB / 8, kRtt);
  EXPECT_EQ(window.limit(), kMiB);
}

TEST(ReceiveWindow, ALoopHasABoundAndGetsBackWhatWasLent) {
  const auto budget = std::make_shared<WindowBudget>();
  budget->limit = 3 * kMiB;
  {
    ReceiveWindow one(kMiB, 16 * kMiB, budget), two(kMiB, 16 * kMiB, budget);
    EXPECT_TRUE(one.grow());
    EXPECT_TRUE(two.grow());
    EXPECT_FALSE(one.grow()) << "two more MiB, and one is left";
    EXPECT_EQ(budget->taken, 2 * kMiB);
  }
  EXPECT_EQ(budget->taken, 0u);
}

TEST(ReceiveWindow, CreditIsWhatIsLeftAndNeverLess) {
  ReceiveWindow window(kMiB, kMiB, nullptr);
  EXPECT_EQ(window.credit(0), kMiB);
  EXPECT_EQ(window.credit(kMiB - 1), 1u);
  EXPECT_EQ(window.credit(3 * kMiB), 0u);
  EXPECT_TRUE(window.hasRoom(kMiB, 1200, false)) << "a probe of a closed window";
  EXPECT_FALSE(window.hasRoom(kMiB + 64 * 1024, 1200, false));
  EXPECT_TRUE(window.hasRoom(kMiB + 64 * 1024, 1200, true)) << "what lets us go on";
  EXPECT_FALSE(window.hasRoom(2 * kMiB, 1200, true)) << "and that has an end too";
}

}  // namespace
}  // namespace tincan::inline v0::sctp
