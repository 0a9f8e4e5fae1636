#include "sctp/rx/tsn_tracker.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::sctp {
namespace {

using Verdict = TsnTracker::Verdict;
using testing::ElementsAre;
using Gap = SackChunk::Gap;

constexpr Duration kDelay = Duration::millis(200);
const TimePoint kNow = TimePoint::fromMicros(1000);

struct Tracker : TsnTracker {
  explicit Tracker(uint32_t initial = 1) : TsnTracker(Tsn(initial), kDelay) {}
  Verdict take(uint32_t tsn) {
    const int64_t unwrapped = unwrap(Tsn(tsn));
    const Verdict verdict = check(unwrapped);
    if (verdict == Verdict::kNew) record(unwrapped);
    if (verdict == Verdict::kDuplicate) noteDuplicate(Tsn(tsn));
    return verdict;
  }
  SackChunk sack(size_t size = 1000) const {
    SackChunk out;
    fill(out, size);
    return out;
  }
};

TEST(TsnTracker, EverySecondPacketIsToldAtOnceAndTheFirstAfterTheDelay) {
  Tracker tracker;
  tracker.take(1);
  tracker.packetDone(kNow, false);
  EXPECT_TRUE(tracker.isPending());
  EXPECT_FALSE(tracker.isDue(kNow));
  EXPECT_EQ(tracker.nextTimeout(), kNow + kDelay);
  EXPECT_TRUE(tracker.isDue(kNow + kDelay));
  tracker.take(2);
  tracker.packetDone(kNow, false);
  EXPECT_TRUE(tracker.isDue(kNow));
  EXPECT_EQ(tracker.sack().cumulative, Tsn(2));
  tracker.sent();
  EXPECT_FALSE(tracker.isPending());
  EXPECT_TRUE(tracker.nextTimeout().isNever());
}

TEST(TsnTracker, AHoleADuplicateAndTheIBitAreToldAtOnce) {
  Tracker tracker;
  tracker.take(1);
  tracker.packetDone(kNow, true);
  EXPECT_TRUE(tracker.isDue(kNow)) << "RFC 7053";
  tracker.sent();
  tracker.take(3);
  tracker.packetDone(kNow, false);
  EXPECT_TRUE(tracker.isDue(kNow)) << "RFC 9260 §6.7";
  EXPECT_THAT(tracker.sack().gaps, ElementsAre(Gap{2, 2}));
  tracker.sent();
  tracker.take(2);
  tracker.packetDone(kNow, false);
  EXPECT_TRUE(tracker.isDue(kNow)) << "the hole is closed: the peer waits for that";
  EXPECT_EQ(tracker.sack().cumulative, Tsn(3));
  tracker.sent();
  tracker.take(4);
  tracker.packetDone(kNow, false);
  EXPECT_FALSE(tracker.isDue(kNow));
  EXPECT_EQ(tracker.take(2), Verdict::kDuplicate);
  tracker.packetDone(kNow, false);
  EXPECT_TRUE(tracker.isDue(kNow));
  EXPECT_THAT(tracker.sack().duplicates, ElementsAre(Tsn(2)));
  tracker.sent();
  EXPECT_TRUE(tracker.sack().duplicates.empty()) << "told once";
}

TEST(TsnTracker, RangesJoinWhereTheyTouch) {
  Tracker tracker(10);
  for (const uint32_t tsn : {12u, 16u, 14u}) EXPECT_EQ(tracker.take(tsn), Verdict::kNew);
  EXPECT_THAT(tracker.sack().gaps, ElementsAre(Gap{3, 3}, Gap{5, 5}, Gap{7, 7}));
  tracker.take(13);
  EXPECT_THAT(tracker.sack().gaps, ElementsAre(Gap{3, 5}, Gap{7, 7}));
  tracker.take(15);
  EXPECT_THAT(tracker.sack().gaps, ElementsAre(Gap{3, 7}));
  tracker.take(11);
  EXPECT_THAT(tracker.sack().gaps, ElementsAre(Gap{2, 7}));
  tracker.take(10);
  EXPECT_EQ(tracker.sack().cumulative, Tsn(16));
  EXPECT_FALSE(tracker.hasGaps());
}

TEST(TsnTracker, WrapsAround) {
  Tracker tracker(0xfffffffe);
  for (const uint32_t tsn : {0xfffffffeu, 0u, 0xffffffffu, 2u}) EXPECT_EQ(tracker.take(tsn), Verdict::kNew);
  EXPECT_EQ(tracker.sack().cumulative, Tsn(0));
  EXPECT_THAT(tracker.sack().gaps, ElementsAre(Gap{2, 2}));
  EXPECT_EQ(tracker.take(0xfffffff0u), Verdict::kDuplicate);
  Tracker zero(0);
  EXPECT_EQ(zero.sack().cumulative, Tsn(0xffffffffu));
}

// Any order, with repetitions: what the SACK says is what a set of numbers says.
TEST(TsnTracker, AgreesWithASetOfNumbers) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SeededRandom random(seed);
    Tracker tracker(0xffffff80);
    std::set<int64_t> model;
    int64_t cumulative = -1;
    for (int i = 0; i < 400; ++i) {
      const int64_t offset = cumulative + 1 + static_cast<int64_t>(random.below(40)) - 10;
      const auto tsn = static_cast<uint32_t>(0xffffff80u + static_cast<uint32_t>(offset));
      const bool known = offset <= cumulative || model.contains(offset);
      ASSERT_EQ(tracker.take(tsn), known ? Verdict::kDuplicate : Verdict::kNew) << "seed " << seed;
      model.insert(offset);
      while (model.contains(cumulative + 1)) ++cumulative;
      const SackChunk sack = tracker.sack();
      ASSERT_EQ(sack.cumulative, Tsn(0xffffff80u + static_cast<uint32_t>(cumulative)));
      std::set<int64_t> told;
      for (const Gap& gap : sack.gaps)
        for (int64_t j = gap.start; j <= gap.end; ++j) told.insert(cumulative + j);
      std::set<int64_t> above(model.upper_bound(cumulative), model.end());
      ASSERT_EQ(told, above) << "seed " << seed;
    }
  }
}

TEST(TsnTracker, HolesAndDistancesHaveBounds) {
  Tracker tracker;
  EXPECT_EQ(tracker.check(tracker.cumulative() + TsnTracker::kMaxAhead), Verdict::kNew);
  EXPECT_EQ(tracker.check(tracker.cumulative() + TsnTracker::kMaxAhead + 1), Verdict::kTooFar);
  uint32_t tsn = 3;
  for (size_t i = 0; i < TsnTracker::kMaxRanges; ++i, tsn += 2) ASSERT_EQ(tracker.take(tsn), Verdict::kNew);
  EXPECT_EQ(tracker.take(tsn), Verdict::kTooFar);
  EXPECT_EQ(tracker.take(4), Verdict::kNew) << "what closes a hole may come";
  EXPECT_EQ(tracker.take(1), Verdict::kNew);
  EXPECT_EQ(tracker.take(2), Verdict::kNew);
  EXPECT_EQ(tracker.sack().cumulative, Tsn(5));
  for (int i = 0; i < 1000; ++i) tracker.noteDuplicate(Tsn(1));
  EXPECT_EQ(tracker.sack(100'000).duplicates.size(), TsnTracker::kMaxDuplicates);
}

TEST(TsnTracker, ASackIsNoLargerThanItsRoom) {
  Tracker tracker;
  for (uint32_t tsn = 3; tsn < 1003; tsn += 2) tracker.take(tsn);
  for (const size_t size : {0u, 16u, 19u, 20u, 100u}) {
    EXPECT_LE(tracker.sack(size).wireSize(), std::max<size_t>(size, SackChunk::kHeaderSize));
  }
}

TEST(TsnTracker, ForwardMovesOnAndAbsorbsAndIsAnsweredEvenWhenOld) {
  Tracker tracker;
  tracker.take(1);
  tracker.take(5);
  tracker.take(8);
  EXPECT_TRUE(tracker.forward(tracker.unwrap(Tsn(4))));
  EXPECT_EQ(tracker.sack().cumulative, Tsn(5));
  EXPECT_THAT(tracker.sack().gaps, ElementsAre(Gap{3, 3}));
  EXPECT_TRUE(tracker.isDue(kNow));
  tracker.sent();
  EXPECT_FALSE(tracker.forward(tracker.unwrap(Tsn(3))));
  EXPECT_TRUE(tracker.isDue(kNow));
  EXPECT_FALSE(tracker.forward(tracker.cumulative() + 70'000)) << "a jump";
  EXPECT_FALSE(tracker.forward(tracker.unwrap(Tsn(0x80000000u))));
  EXPECT_EQ(tracker.sack().cumulative, Tsn(5));
}

}  // namespace
}  // namespace tincan::inline v0::sctp
