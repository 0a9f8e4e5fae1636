#include "stack/api/dtmf_playout.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tincan::inline v0::stack {
namespace {

using State = DtmfPlayout::State;

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}

// What ontonechange would be told, and when (webrtc-pc §7.2).
std::vector<std::pair<int64_t, std::string>> play(DtmfPlayout& playout, int64_t from, int64_t to) {
  std::vector<std::pair<int64_t, std::string>> told;
  for (int64_t now = from; now <= to; now += 10)
    while (auto tone = playout.next(at(now))) told.emplace_back(now, *tone);
  return told;
}

using Told = std::vector<std::pair<int64_t, std::string>>;

// W3C §7.2.
TEST(DtmfPlayout, PlaysOneAfterTheOtherWithGaps) {
  DtmfPlayout playout;
  playout.insert("12", Duration::millis(100), Duration::millis(70));
  EXPECT_EQ(play(playout, 0, 1000), (Told{{0, "1"}, {170, "2"}, {340, ""}}));
  EXPECT_EQ(playout.state(), State::kIdle);
  EXPECT_TRUE(playout.nextTimeout().isNever());
}

// W3C §7.2.
TEST(DtmfPlayout, ACommaWaitsTwoSeconds) {
  DtmfPlayout playout;
  playout.insert("1,A", Duration::millis(100), Duration::millis(70));
  EXPECT_EQ(play(playout, 0, 4000), (Told{{0, "1"}, {170, ","}, {2170, "A"}, {2340, ""}}));
}

// W3C §7.2.
TEST(DtmfPlayout, KeepsDurationAndGapWithinTheirBounds) {
  DtmfPlayout playout;
  playout.insert("12", Duration::millis(1), Duration::millis(1));
  EXPECT_EQ(play(playout, 0, 1000), (Told{{0, "1"}, {70, "2"}, {140, ""}}));
  playout.insert("12", Duration::seconds(60), Duration::seconds(60));
  EXPECT_EQ(play(playout, 0, 30'000), (Told{{0, "1"}, {12'000, "2"}, {24'000, ""}}));
}

// W3C §7.2.
TEST(DtmfPlayout, NewTonesReplaceWhatWaits) {
  DtmfPlayout playout;
  playout.insert("123", Duration::millis(100), Duration::millis(70));
  EXPECT_EQ(play(playout, 0, 50), (Told{{0, "1"}}));
  EXPECT_EQ(playout.buffer(), "23");
  playout.insert("9", Duration::millis(100), Duration::millis(70));
  EXPECT_EQ(playout.playing(), 1) << "what is heard goes on to its end";
  EXPECT_EQ(play(playout, 60, 1000), (Told{{170, "9"}, {340, ""}}));
}

// W3C §7.2.
TEST(DtmfPlayout, AnEmptyInsertEndsAfterTheToneThatPlays) {
  DtmfPlayout playout;
  playout.insert("", Duration::millis(100), Duration::millis(70));
  EXPECT_EQ(play(playout, 0, 100), Told{});
  playout.insert("12", Duration::millis(100), Duration::millis(70));
  play(playout, 200, 210);
  playout.insert("", Duration::millis(100), Duration::millis(70));
  EXPECT_EQ(play(playout, 220, 1000), (Told{{370, ""}}));
}

// W3C §7.3.
TEST(DtmfPlayout, SaysWhatIsHeard) {
  DtmfPlayout playout;
  playout.insert("#", Duration::millis(100), Duration::millis(70));
  EXPECT_EQ(playout.playing(), std::nullopt);
  EXPECT_EQ(playout.nextTimeout(), TimePoint());
  playout.next(at(0));
  EXPECT_EQ(playout.playing(), 11);
  EXPECT_EQ(playout.nextTimeout(), at(100));
  playout.next(at(100));
  EXPECT_EQ(playout.state(), State::kGap);
  EXPECT_EQ(playout.playing(), std::nullopt);
}

// W3C §7.2.
TEST(DtmfPlayout, KnowsTheTones) {
  EXPECT_EQ(DtmfPlayout::normalized("0123456789abcdABCD#*,"), "0123456789ABCDABCD#*,");
  EXPECT_EQ(DtmfPlayout::normalized(""), "");
  for (const char* wrong : {"e", "1 2", "x", "1-2", "\xc3\xa4"})
    EXPECT_EQ(DtmfPlayout::normalized(wrong), std::nullopt) << wrong;
  EXPECT_EQ(DtmfPlayout::eventOf('0'), 0);
  EXPECT_EQ(DtmfPlayout::eventOf('*'), 10);
  EXPECT_EQ(DtmfPlayout::eventOf('D'), 15);
}

}  // namespace
}  // namespace tincan::inline v0::stack
