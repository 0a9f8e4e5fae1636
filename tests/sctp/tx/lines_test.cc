#include <gtest/gtest.h>

#include "tests/sctp/scenarios.h"

// The sending half on lines in virtual time; bench/sctp_lines prints the same scenarios as one table, longer.

namespace tincan::inline v0::sctp::test {
namespace {

constexpr Duration kRtt = Duration::millis(40);
constexpr CongestionControl kCubic = CongestionControl::kCubic;
constexpr CongestionControl kBbr = CongestionControl::kBbr;
constexpr CongestionControl kReno = CongestionControl::kReno;

TEST(Lines, CleanLineIsFilledWithinASecond) {
  // To half a second: the table has the whole one.
  SenderWorld world({.bitsPerSecond = 1e9, .delay = kRtt / 2}, {.delay = kRtt / 2}, 1);
  auto& flow = world.add(kCubic);
  flow.endless = true;
  world.run(Duration::millis(400));
  const uint64_t before = flow.receiver.bytes;
  world.run(Duration::millis(50));
  EXPECT_GE(megabits(flow.receiver.bytes - before, Duration::millis(50)), 500);
  EXPECT_EQ(flow.sender.stats().timeouts, 0u);
  EXPECT_EQ(flow.sender.stats().fastRetransmits + flow.sender.stats().rackRetransmits, 0u);
}

TEST(Lines, BottleneckWithAQueueOfOneProduct) {
  // 50 instead of 200 Mbit/s: the same shape for a quarter of the packets.
  const Outcome cubic = bottleneck(kCubic, 50e6, kRtt, 1, Duration::seconds(3), Duration::seconds(4), 1);
  EXPECT_GE(cubic.rate, 45);
  EXPECT_LE(cubic.queueMean, 0.040);
  EXPECT_EQ(cubic.stats.timeouts, 0u);
  EXPECT_EQ(cubic.duplicates, 0u);
}

TEST(Lines, BbrFillsABottleneckAndLeavesItsQueueAlone) {
  const Outcome bbr = bottleneck(kBbr, 50e6, kRtt, 1, Duration::seconds(3), Duration::seconds(6), 1);
  EXPECT_GE(bbr.rate, 44);
  EXPECT_LE(bbr.queueMean, 0.010);
  EXPECT_EQ(bbr.stats.timeouts, 0u);
}

TEST(Lines, BbrDoesNotTakeChanceForCongestion) {
  const Outcome bbr = lossy(kBbr, 50e6, kRtt, 0.01, Duration::seconds(3), Duration::seconds(9), 1);
  EXPECT_GE(bbr.rate, 25);
  EXPECT_EQ(bbr.stats.timeouts, 0u);
}

TEST(Lines, BbrLeavesCubicItsPart) {
  const auto [bbr, cubic] =
      twoFlows(kBbr, kCubic, 10e6, kRtt, 2, Duration::zero(), Duration::seconds(15), Duration::seconds(30), 1);
  EXPECT_LE(bbr / cubic, 4.0) << bbr << " " << cubic;
  EXPECT_GE(bbr / cubic, 0.25) << bbr << " " << cubic;
}

TEST(Lines, OnePercentLostEachWay) {
  // RFC 9438 table 1: 12 packets in flight, which is 2.9 Mbit/s at 40 ms.
  const Outcome cubic = lossy(kCubic, 200e6, kRtt, 0.01, Duration::seconds(5), Duration::seconds(60), 1);
  EXPECT_GE(cubic.rate, 2.6);
  EXPECT_LE(cubic.rate, 4.5);
  EXPECT_EQ(cubic.stats.timeouts, 0u);
  const Outcome reno = lossy(kReno, 200e6, kRtt, 0.01, Duration::seconds(5), Duration::seconds(60), 1);
  EXPECT_GE(reno.rate, 2.3);
}

TEST(Lines, ReorderingIsNotTakenForLoss) {
  const Outcome cubic = reordered(kCubic, 50e6, kRtt, 0.1, Duration::millis(5), 1);
  EXPECT_EQ(cubic.duplicates, 0u);
  EXPECT_GE(cubic.rate, 25);
}

TEST(Lines, TheLostLastPacketTakesTwoRoundTrips) {
  const double nothingLost = lostPacket(kCubic, kRtt, 8, 9, 0, 1).roundTrips;
  const TailOutcome last = lostPacket(kCubic, kRtt, 8, 8, 1, 1);
  // The probe goes two round trips and 2 ms after the packet that was lost.
  EXPECT_LE(last.roundTrips, nothingLost + 2.1);
  EXPECT_EQ(last.stats.timeouts, 0u);
  EXPECT_EQ(last.stats.tailProbes, 1u);
  const TailOutcome only = lostPacket(kCubic, kRtt, 1, 1, 1, 1);
  EXPECT_LE(only.roundTrips, 0.5 + 2.1);
  EXPECT_EQ(only.stats.timeouts, 0u);
}

TEST(Lines, ALostRetransmissionTakesNoT3) {
  for (const int times : {1, 2, 3}) {
    const TailOutcome outcome = lostPacket(kCubic, kRtt, 100, 3, times, 1);
    EXPECT_EQ(outcome.stats.timeouts, 0u) << times;
    EXPECT_LT(outcome.roundTrips, 20) << times;
  }
}

TEST(Lines, TwoFlowsShareALine) {
  const auto [first, second] =
      twoFlows(kCubic, kCubic, 10e6, kRtt, 1, Duration::seconds(5), Duration::seconds(20), Duration::seconds(20), 1);
  EXPECT_GE(jain(first, second), 0.9) << first << " " << second;
}

TEST(Lines, CubicLeavesRenoItsPart) {
  // Where Reno's sawtooth is short: on lines of many packets CUBIC is made to be faster (RFC 9438 §1).
  const auto [cubic, reno] =
      twoFlows(kCubic, kReno, 10e6, kRtt, 1, Duration::zero(), Duration::seconds(20), Duration::seconds(40), 1);
  EXPECT_LE(cubic / reno, 2.0) << cubic << " " << reno;
  EXPECT_GE(cubic / reno, 0.5) << cubic << " " << reno;
}

TEST(Lines, OnLongLinesCubicTakesWhatItsCurveGivesAndNoMore) {
  const auto [cubic, reno] =
      twoFlows(kCubic, kReno, 50e6, kRtt, 1, Duration::zero(), Duration::seconds(15), Duration::seconds(30), 1);
  EXPECT_LE(cubic / reno, 1.4 * cubicBesideReno(50e6, kRtt, 1)) << cubic << " " << reno;
  EXPECT_GE(cubic / reno, 0.5) << cubic << " " << reno;
}

TEST(Lines, BbrLeavesCubicItsPartOfAShortQueueToo) {
  const auto [bbr, cubic] =
      twoFlows(kBbr, kCubic, 50e6, kRtt, 1, Duration::seconds(5), Duration::seconds(10), Duration::seconds(25), 1);
  EXPECT_LE(bbr / cubic, 4.0) << bbr << " " << cubic;
  EXPECT_GE(bbr / cubic, 0.25) << bbr << " " << cubic;
}

// Whole associations: their receive window has to grow with what is read, and their SACKs are no model's.

TEST(Lines, AssociationsFillABottleneck) {
  const Outcome cubic =
      bottleneck<AssociationWorld>(kCubic, 50e6, kRtt, 1, Duration::seconds(3), Duration::seconds(4), 1);
  EXPECT_GE(cubic.rate, 45);
  EXPECT_LE(cubic.queueMean, 0.040);
  EXPECT_EQ(cubic.stats.timeouts, 0u);
}

TEST(Lines, AssociationsWithBbrOnALineThatLoses) {
  const Outcome bbr = lossy<AssociationWorld>(kBbr, 50e6, kRtt, 0.01, Duration::seconds(3), Duration::seconds(6), 1);
  EXPECT_GE(bbr.rate, 25);
}

TEST(Lines, AssociationsOnALineThatReorders) {
  const Outcome cubic = reordered<AssociationWorld>(kCubic, 50e6, kRtt, 0.1, Duration::millis(5), 1);
  EXPECT_LE(cubic.duplicates, 3u);
  EXPECT_GE(cubic.rate, 25);
}

}  // namespace
}  // namespace tincan::inline v0::sctp::test
