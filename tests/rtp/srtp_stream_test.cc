#include "rtp/srtp_stream.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

using Verdict = ReplayWindow::Verdict;

// LIMITS B05: the window.
TEST(SrtpReplayWindow, HoldsExactlyItsSize) {
  ReplayWindow window;
  EXPECT_EQ(window.check(0), Verdict::kNew);
  window.add(5000);
  EXPECT_EQ(window.check(5000), Verdict::kSeen);
  EXPECT_EQ(window.check(5001), Verdict::kNew);
  EXPECT_EQ(window.check(5000 - 1023), Verdict::kNew);
  EXPECT_EQ(window.check(5000 - 1024), Verdict::kTooOld);
}

TEST(SrtpReplayWindow, AgreesWithASet) {
  SeededRandom random(5);
  for (int round = 0; round < 20; ++round) {
    ReplayWindow window;
    std::set<uint64_t> seen;
    uint64_t highest = random.below(3000);
    window.add(highest);
    seen.insert(highest);
    for (int i = 0; i < 5000; ++i) {
      const uint64_t reach = random.below(50) == 0 ? 3000 : 200;
      const uint64_t back = random.below(1100);
      const uint64_t index = random.below(3) == 0 && highest > back ? highest - back : highest + random.below(reach);
      const Verdict expected = index > highest           ? Verdict::kNew
                               : highest - index >= 1024 ? Verdict::kTooOld
                               : seen.count(index) != 0  ? Verdict::kSeen
                                                         : Verdict::kNew;
      ASSERT_EQ(window.check(index), expected);
      if (expected != Verdict::kNew) continue;
      window.add(index);
      seen.insert(index);
      highest = std::max(highest, index);
    }
  }
}

TEST(SrtpReplayWindow, ClosesUpToAnIndex) {
  ReplayWindow window;
  window.closeUpTo(70000);
  for (uint64_t back = 0; back < 1024; ++back) EXPECT_EQ(window.check(70000 - back), Verdict::kSeen);
  EXPECT_EQ(window.check(70001), Verdict::kNew);
}

ReplayWindow at(uint64_t index) {
  ReplayWindow window;
  window.closeUpTo(index);
  return window;
}

TEST(SrtpIndex, FollowsRfc3711AppendixA) {
  EXPECT_EQ(estimateIndex(ReplayWindow(), 65535), 65535u);  // a first packet has rollover counter 0
  EXPECT_EQ(estimateIndex(at(0xffff), 0), 0x10000u);        // wrap
  EXPECT_EQ(estimateIndex(at(0x10000), 0xffff), 0xffffu);   // and one from before it, late
  EXPECT_EQ(estimateIndex(at(0x10000), 0x8000), 0x18000u);  // exactly half ahead stays
  EXPECT_EQ(estimateIndex(at(0x10000), 0x8001), 0x8001u);   // more than half ahead was behind
  EXPECT_EQ(estimateIndex(at(0x18000), 0), 0x10000u);       // exactly half behind stays
  EXPECT_EQ(estimateIndex(at(0x18001), 0), 0x20000u);       // more than half behind is ahead
  EXPECT_EQ(estimateIndex(at(5), 0xffff), 0xffffu);         // no counter comes before 0
}

TEST(SrtpIndex, EndsAtTwoToThe48) {
  const uint64_t last = (uint64_t{1} << 48) - 1;
  EXPECT_EQ(estimateIndex(at(last - 1), 0xffff), last);
  EXPECT_EQ(estimateIndex(at(last), 0xffff), last);  // the window calls it seen
  EXPECT_EQ(estimateIndex(at(last), 0), std::nullopt);
  EXPECT_EQ(estimateIndex(at(last - 0x7fff), 0), last - 0xffff);  // exactly half behind
  EXPECT_EQ(estimateIndex(at(last - 0x7ffe), 0), std::nullopt);
}

TEST(SrtpStreams, LookingMakesNoState) {
  SrtpStreams streams(2);
  for (uint32_t ssrc = 0; ssrc < 100; ++ssrc) ASSERT_NE(streams.find(ssrc), nullptr);
  EXPECT_EQ(streams.size(), 0u);
}

TEST(SrtpStreams, TheQuietestRetiresAndComesBackWhereItWas) {
  SrtpStreams streams(2);
  streams.add(1, 70000);
  streams.add(2, 5);
  streams.add(1, 70001);
  streams.add(3, 9);  // 2 was the quietest
  EXPECT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams.find(1)->check(70000), Verdict::kSeen);
  EXPECT_EQ(streams.find(2)->check(5), Verdict::kSeen);
  EXPECT_EQ(streams.find(2)->check(4), Verdict::kSeen);  // never came, but what is retired cannot be told apart
  EXPECT_EQ(streams.find(2)->check(6), Verdict::kNew);
  streams.add(2, 6);  // now 1 retires, with its rollover counter
  EXPECT_EQ(streams.size(), 2u);
  EXPECT_EQ(streams.find(1)->highest(), 70001u);
  EXPECT_EQ(streams.find(2)->check(5), Verdict::kSeen);
}

TEST(SrtpStreams, ForgetsTheFirstThatRetiredWhereAskedTo) {
  SrtpStreams streams(64, SrtpStreams::WhenFull::kForget);
  const uint32_t all = 64 + SrtpStreams::kMaxRetired;
  for (uint32_t ssrc = 0; ssrc < all; ++ssrc) streams.add(ssrc, 70'000);
  ASSERT_NE(streams.find(0), nullptr);
  EXPECT_EQ(streams.find(0)->check(70'000), Verdict::kSeen);  // full to the edge, and nothing is forgotten yet
  ASSERT_NE(streams.find(all), nullptr);
  streams.add(all, 1);
  EXPECT_EQ(streams.find(all)->check(1), Verdict::kSeen);
  EXPECT_FALSE(streams.find(0)->started());
  EXPECT_EQ(streams.find(1)->check(70'000), Verdict::kSeen);
  EXPECT_EQ(streams.size(), 64u);
}

// LIMITS B05: the SSRCs.
TEST(SrtpStreams, RefusesWhenAllIsFull) {
  SrtpStreams streams(1);
  for (uint32_t ssrc = 0; ssrc <= SrtpStreams::kMaxRetired; ++ssrc) {
    ASSERT_NE(streams.find(ssrc), nullptr) << ssrc;
    streams.add(ssrc, 1);
  }
  EXPECT_EQ(streams.find(1'000'000), nullptr);
  EXPECT_NE(streams.find(SrtpStreams::kMaxRetired), nullptr);  // the one that is in
  ASSERT_NE(streams.find(7), nullptr);                         // the retired may come back: they change places
  streams.add(7, 2);
  EXPECT_EQ(streams.find(1'000'000), nullptr);
  EXPECT_FALSE(streams.start(1'000'000, 4));
}

}  // namespace
}  // namespace tincan::inline v0::rtp
