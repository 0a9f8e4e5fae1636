#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/repair/key_frame_wish.h"
#include "rtp/repair/nack_tracker.h"

namespace tincan::inline v0::rtp {
namespace {

using Arrival = NackTracker::Arrival;
using Sequences = std::vector<uint16_t>;

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}

Sequences poll(NackTracker& tracker, TimePoint now) {
  Sequences out;
  const bool any = tracker.poll(now, out);
  EXPECT_EQ(any, !out.empty());
  return out;
}

/// Which has seen a packet overtake another at `now`, and so waits for others.
NackTracker onAPathThatReorders(TimePoint now, uint16_t upTo) {
  NackTracker tracker;
  tracker.receive(now, static_cast<uint16_t>(upTo - 2));
  tracker.receive(now, upTo);
  EXPECT_EQ(tracker.receive(now, static_cast<uint16_t>(upTo - 1)), Arrival::kLate);
  return tracker;
}

TEST(NackTracker, AsksAtOnceWhereNothingIsOvertaken) {
  NackTracker tracker;
  tracker.receive(at(0), 100);
  tracker.receive(at(0), 102);
  EXPECT_EQ(tracker.nextTimeout(), at(0));
  EXPECT_EQ(poll(tracker, at(0)), (Sequences{101}));
}

// An answer takes a round trip: what comes sooner was only overtaken, and for ten seconds gaps have time to fill.
TEST(NackTracker, LearnsThatPacketsOvertakeEachOther) {
  NackTracker tracker;
  tracker.setRoundTripTime(Duration::millis(50));
  tracker.receive(at(0), 100);
  tracker.receive(at(0), 102);
  EXPECT_EQ(poll(tracker, at(0)), (Sequences{101}));
  EXPECT_EQ(tracker.receive(at(24), 101), Arrival::kLate);
  tracker.receive(at(30), 104);
  EXPECT_TRUE(poll(tracker, at(39)).empty());
  EXPECT_EQ(poll(tracker, at(40)), (Sequences{103}));
  EXPECT_EQ(tracker.receive(at(80), 103), Arrival::kRecovered) << "an answer, and no sign of reordering";
  NackTracker later = tracker;
  tracker.receive(at(10'023), 106);
  EXPECT_TRUE(poll(tracker, at(10'023)).empty());
  later.receive(at(10'024), 106);
  EXPECT_EQ(poll(later, at(10'024)), (Sequences{105})) << "ten seconds after it";
}

TEST(NackTracker, AsksForAGapOnceReorderingIsUnlikely) {
  NackTracker tracker = onAPathThatReorders(at(0), 100);
  EXPECT_TRUE(tracker.nextTimeout().isNever());
  EXPECT_EQ(tracker.receive(at(0), 102), Arrival::kInOrder);
  EXPECT_TRUE(poll(tracker, at(0)).empty()) << "it may be reordered";
  EXPECT_EQ(tracker.nextTimeout(), at(10));
  EXPECT_EQ(tracker.receive(at(1), 103), Arrival::kInOrder);
  EXPECT_EQ(tracker.receive(at(1), 104), Arrival::kInOrder);
  EXPECT_EQ(poll(tracker, at(1)), (Sequences{101})) << "three behind the newest";
}

TEST(NackTracker, AReorderedPacketIsNeverAskedFor) {
  NackTracker tracker = onAPathThatReorders(at(0), 65535);
  tracker.receive(at(0), 1);
  EXPECT_EQ(tracker.receive(at(5), 0), Arrival::kLate);
  EXPECT_TRUE(poll(tracker, at(100)).empty());
  EXPECT_TRUE(tracker.nextTimeout().isNever());
}

// Where parity comes, what is missing has time to come by itself, however far behind it is.
TEST(NackTracker, WaitsWhereParityMayRepair) {
  NackTracker tracker;
  tracker.setPatience(Duration::millis(50));
  const TimePoint start = TimePoint::fromMicros(1'000'000);
  tracker.receive(start, 1);
  for (uint16_t number = 3; number < 30; ++number) tracker.receive(start, number);
  std::vector<uint16_t> asked;
  EXPECT_FALSE(tracker.poll(start + Duration::millis(49), asked));
  EXPECT_TRUE(tracker.poll(start + Duration::millis(50), asked));
  EXPECT_EQ(asked, std::vector<uint16_t>{2});
  tracker.setPatience(Duration::zero());
  tracker.receive(start + Duration::millis(60), 33);
  tracker.receive(start + Duration::millis(60), 36);
  asked.clear();
  EXPECT_TRUE(tracker.poll(start + Duration::millis(60), asked)) << "three behind: at once again";
}

// Parity that was lost is of no use once the picture behind it is out, and no reason for a key frame.
TEST(NackTracker, ForgetsWhatIsBehindWhatIsOut) {
  NackTracker tracker;
  const TimePoint start = TimePoint::fromMicros(1'000'000);
  for (const uint16_t number : {65530, 65533, 2, 5}) tracker.receive(start, number);
  EXPECT_EQ(tracker.missing(), 8u);
  tracker.forgetUpTo(2);
  EXPECT_EQ(tracker.missing(), 2u);
  tracker.forgetUpTo(65530);
  EXPECT_EQ(tracker.missing(), 2u);
  tracker.forgetUpTo(5);
  EXPECT_EQ(tracker.missing(), 0u);
  std::vector<uint16_t> asked;
  EXPECT_FALSE(tracker.poll(start + Duration::seconds(10), asked));
  EXPECT_FALSE(tracker.takeKeyFrameRequest());
}

TEST(NackTracker, RetriesEachRoundTripThenGivesUp) {
  NackTracker::Config config;
  config.minAge = Duration::zero();
  config.maxAge = Duration::seconds(100);
  NackTracker tracker(config);
  tracker.setRoundTripTime(Duration::millis(50));
  tracker.receive(at(0), 1);
  tracker.receive(at(0), 3);
  int asked = 0;
  TimePoint last = at(-1000);
  while (!tracker.nextTimeout().isNever()) {
    const TimePoint now = tracker.nextTimeout();
    EXPECT_TRUE(poll(tracker, now - Duration::micros(1)).empty());
    const Sequences list = poll(tracker, now);
    if (list.empty()) break;
    EXPECT_EQ(list, (Sequences{2}));
    if (asked > 0) {
      EXPECT_EQ(now - last, Duration::millis(60)) << "a little more than a round trip";
    }
    last = now;
    ++asked;
  }
  EXPECT_EQ(asked, 10);
  EXPECT_EQ(tracker.missing(), 0u);
  EXPECT_TRUE(tracker.takeKeyFrameRequest());
  EXPECT_FALSE(tracker.takeKeyFrameRequest()) << "once";
  EXPECT_EQ(tracker.stats().givenUp, 1u);
  EXPECT_EQ(tracker.receive(at(5000), 2), Arrival::kOld);
}

// Where a picture with a gap is waited for as long, a short round trip is no reason to ask for a key frame sooner.
TEST(NackTracker, AsksForASecondHoweverShortTheRoundTripIs) {
  NackTracker tracker;
  tracker.setRoundTripTime(Duration::millis(5));
  tracker.receive(at(0), 1);
  tracker.receive(at(0), 3);
  TimePoint last;
  while (!tracker.nextTimeout().isNever()) {
    const TimePoint now = tracker.nextTimeout();
    if (!poll(tracker, now).empty()) last = now;
  }
  EXPECT_GE(last, at(970));
  EXPECT_LT(last, at(1000));
  EXPECT_TRUE(tracker.takeKeyFrameRequest());
}

// The queue in which the answer waits fills and drains while it is on its way.
TEST(NackTracker, AsksAgainByTheRoundTripThatItIsNow) {
  NackTracker tracker;
  tracker.setRoundTripTime(Duration::millis(200));
  tracker.receive(at(0), 1);
  tracker.receive(at(0), 3);
  EXPECT_EQ(poll(tracker, at(0)).size(), 1u);
  tracker.setRoundTripTime(Duration::millis(50));
  EXPECT_EQ(tracker.nextTimeout(), at(60)) << "the queue is gone, and the answer would be there";
  EXPECT_TRUE(poll(tracker, at(59)).empty());
  EXPECT_EQ(poll(tracker, at(60)).size(), 1u);
  tracker.setRoundTripTime(Duration::millis(150));
  EXPECT_TRUE(poll(tracker, at(219)).empty()) << "and now it is long";
  EXPECT_EQ(poll(tracker, at(220)).size(), 1u);
}

TEST(NackTracker, GivesUpWhatIsTooOld) {
  NackTracker tracker;
  tracker.setRoundTripTime(Duration::millis(800));
  tracker.receive(at(0), 1);
  tracker.receive(at(0), 3);
  EXPECT_EQ(poll(tracker, at(0)).size(), 1u);
  EXPECT_TRUE(poll(tracker, at(809)).empty()) << "what comes within a round trip may be taken for the same wish";
  EXPECT_EQ(poll(tracker, at(810)).size(), 1u);
  EXPECT_EQ(poll(tracker, at(1620)).size(), 1u);
  EXPECT_TRUE(poll(tracker, at(2430)).empty());
  EXPECT_TRUE(tracker.takeKeyFrameRequest());
}

TEST(NackTracker, SaysWhichPacketsWereRecovered) {
  NackTracker tracker;
  tracker.receive(at(0), 1);
  tracker.receive(at(0), 4);
  EXPECT_EQ(poll(tracker, at(10)), (Sequences{2, 3}));
  EXPECT_EQ(tracker.receive(at(60), 3), Arrival::kRecovered);
  EXPECT_EQ(tracker.receive(at(60), 3), Arrival::kOld);
  EXPECT_EQ(tracker.receive(at(60), 4), Arrival::kOld);
  EXPECT_EQ(poll(tracker, at(123)), (Sequences{2}));
  EXPECT_EQ(tracker.stats().recovered, 1u);
}

TEST(NackTracker, AKeyFrameEndsWhatIsWantedBeforeIt) {
  NackTracker tracker;
  tracker.receive(at(0), 1);
  tracker.receive(at(0), 5);
  tracker.receive(at(1), 10, true);
  tracker.receive(at(1), 12);
  EXPECT_EQ(poll(tracker, at(20)), (Sequences{11}));
  EXPECT_FALSE(tracker.takeKeyFrameRequest());
  // Also when its first packet is the one that was lost and came again.
  NackTracker other;
  other.receive(at(0), 1);
  other.receive(at(0), 8);
  EXPECT_EQ(poll(other, at(10)).size(), 6u);
  EXPECT_EQ(other.receive(at(60), 5, true), Arrival::kRecovered);
  EXPECT_EQ(poll(other, at(200)), (Sequences{6, 7}));
}

// LIMITS B06: the list.
TEST(NackTracker, HoldsAThousandAndNotOneMore) {
  NackTracker tracker;
  tracker.receive(at(0), 0);
  tracker.receive(at(0), 1001);
  EXPECT_EQ(tracker.missing(), 1000u);
  EXPECT_FALSE(tracker.takeKeyFrameRequest());
  tracker.receive(at(0), 1003);
  EXPECT_EQ(tracker.missing(), 1u) << "too many: all but the new gap given up";
  EXPECT_TRUE(tracker.takeKeyFrameRequest());
  NackTracker other;
  other.receive(at(0), 0);
  other.receive(at(0), 1002);
  EXPECT_EQ(other.missing(), 0u);
  EXPECT_TRUE(other.takeKeyFrameRequest());
  EXPECT_EQ(other.stats().givenUp, 1001u);
}

TEST(NackTracker, AFarJumpIsANewSequence) {
  for (const uint16_t jump : {uint16_t{4000}, uint16_t{40000}, uint16_t{60000}}) {
    NackTracker tracker;
    tracker.receive(at(0), 10);
    tracker.receive(at(0), 12);
    EXPECT_EQ(tracker.receive(at(0), static_cast<uint16_t>(10 + jump)), Arrival::kInOrder) << jump;
    EXPECT_EQ(tracker.missing(), 0u);
    EXPECT_EQ(tracker.stats().resets, 1u);
    tracker.receive(at(0), static_cast<uint16_t>(12 + jump));
    EXPECT_EQ(poll(tracker, at(50)), (Sequences{static_cast<uint16_t>(11 + jump)}));
  }
}

TEST(NackTracker, ALieAboutTheRoundTripIsBounded) {
  for (const Duration rtt : {Duration::zero(), Duration::seconds(-5), Duration::seconds(1'000'000)}) {
    NackTracker tracker;
    tracker.setRoundTripTime(rtt);
    tracker.receive(at(0), 1);
    tracker.receive(at(0), 3);
    EXPECT_EQ(poll(tracker, at(10)).size(), 1u);
    EXPECT_GE(tracker.nextTimeout(), at(30));
    EXPECT_LE(tracker.nextTimeout(), at(1010));
  }
}

// Whatever is lost, reordered or doubled: what is asked for is what never came, and every lost packet that the sender
// answers is recovered.
TEST(NackTracker, PropertyEveryLossIsAskedForAndNothingElse) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    SeededRandom random(seed);
    NackTracker tracker;
    tracker.setRoundTripTime(Duration::millis(40));
    const auto first = static_cast<uint16_t>(random.u32());
    std::multimap<int64_t, uint16_t> arrivals;
    std::set<uint16_t> lost;
    for (int64_t i = 0; i < 3000; ++i) {
      const auto sequence = static_cast<uint16_t>(first + i);
      if (i > 0 && i < 2990 && random.below(100) < 10) {
        lost.insert(sequence);
        continue;
      }
      arrivals.emplace(i * 2 + static_cast<int64_t>(random.below(5)), sequence);
      if (random.below(100) < 3) arrivals.emplace(i * 2 + static_cast<int64_t>(random.below(30)), sequence);
    }
    size_t recovered = 0;
    std::set<uint16_t> asked;
    for (int64_t ms = 0; ms < 8000; ++ms) {
      for (auto [it, end] = arrivals.equal_range(ms); it != end; ++it) {
        const Arrival arrival = tracker.receive(at(ms), it->second);
        if (arrival == Arrival::kRecovered) ++recovered;
      }
      arrivals.erase(arrivals.begin(), arrivals.upper_bound(ms));
      for (const uint16_t sequence : poll(tracker, at(ms))) {
        asked.insert(sequence);
        if (random.below(100) < 80) arrivals.emplace(ms + 39, sequence);
      }
    }
    for (const uint16_t sequence : lost) EXPECT_TRUE(asked.count(sequence)) << "seed " << seed;
    EXPECT_LE(asked.size(), lost.size() + 3) << "until it is known that packets overtake each other; seed " << seed;
    EXPECT_EQ(recovered, lost.size()) << "seed " << seed;
    EXPECT_EQ(tracker.missing(), 0u);
  }
}

/// When one is asked for that is wanted all the time, in ms.
std::vector<int64_t> askedFor(KeyFrameWish& wish, int64_t from, int64_t to) {
  std::vector<int64_t> out;
  for (int64_t ms = from; ms < to; ++ms) {
    wish.want();
    if (wish.poll(at(ms))) out.push_back(ms);
  }
  return out;
}

TEST(KeyFrameWish, IsToldAgainWhenOneCouldBeThere) {
  KeyFrameWish wish;
  EXPECT_FALSE(wish.poll(at(0)));
  EXPECT_TRUE(wish.nextTimeout().isNever());
  EXPECT_EQ(askedFor(wish, 0, 1000), (std::vector<int64_t>{0, 200, 400, 600, 800}));
  wish.answered();
  EXPECT_TRUE(wish.nextTimeout().isNever());

  wish = {};
  wish.setRoundTripTime(Duration::millis(450));
  wish.setKeyFrameTime(Duration::millis(300));
  EXPECT_EQ(askedFor(wish, 0, 1600), (std::vector<int64_t>{0, 750, 1500}));
  wish.answered();
  EXPECT_EQ(askedFor(wish, 1600, 2600), (std::vector<int64_t>{1950})) << "another one, a round trip after the last";
}

TEST(KeyFrameWish, WhateverIsSaidOfTheLineIsBounded) {
  KeyFrameWish wish;
  wish.setRoundTripTime(Duration::seconds(100'000));
  wish.setKeyFrameTime(Duration::seconds(100'000));
  EXPECT_EQ(askedFor(wish, 0, 7000), (std::vector<int64_t>{0, 3000, 6000}));
}

}  // namespace
}  // namespace tincan::inline v0::rtp
