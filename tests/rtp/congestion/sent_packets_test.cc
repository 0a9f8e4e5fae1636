#include "rtp/congestion/sent_packets.h"

#include <vector>

#include <gtest/gtest.h>

#include "rtp/transport_feedback_collector.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr TimePoint kStart = TimePoint::fromMicros(50'000'000);

class SentPacketsTest : public ::testing::Test {
 protected:
  void send(int count, uint32_t size = 1000, Duration apart = Duration::millis(10)) {
    for (int i = 0; i < count; ++i) {
      SentPacket packet;
      packet.sentAt = now_;
      packet.size = size;
      packet.ssrc = Ssrc(7);
      packet.sequence = sequence_++;
      sent_.onSent(packet);
      now_ += apart;
    }
  }
  /// Received, in order, each `step` after the one before; false: lost.
  static rtcp::TransportFeedback feedback(uint16_t base, std::vector<bool> received, int32_t reference = 100,
                                          int16_t step = 40) {
    rtcp::TransportFeedback out;
    out.baseSequence = base;
    out.referenceTime = reference;
    for (const bool came : received) out.statuses.push_back({came, came ? step : int16_t{0}});
    return out;
  }
  std::vector<int64_t> numbers(const FeedbackReport& report, bool lost) {
    std::vector<int64_t> out;
    for (const PacketResult& result : report.results) {
      if (result.lost() == lost) out.push_back(result.sent.number);
    }
    return out;
  }
  using Numbers = std::vector<int64_t>;

  SentPackets sent_;
  TimePoint now_ = kStart;
  uint16_t sequence_ = 65530;
};

TEST_F(SentPacketsTest, JoinsReportsWithWhatWasSent) {
  sent_.startAt(65534);
  send(4);
  EXPECT_EQ(sent_.bytesInFlight(), 4000u);
  sent_.add(now_, feedback(65534, {true, false, true}));
  const FeedbackReport report = sent_.take(now_);
  EXPECT_EQ(numbers(report, false), (Numbers{65534, 65536}));
  EXPECT_EQ(numbers(report, true), Numbers{65535});
  EXPECT_EQ(report.results[2].receivedAt - report.results[0].receivedAt, Duration::millis(10));
  EXPECT_EQ(report.roundTrip, now_ - report.results[2].sent.sentAt);
  EXPECT_EQ(report.inFlight, 1000u);
  EXPECT_FALSE(report.clockJumped);
  EXPECT_TRUE(sent_.take(now_).results.empty());
}

TEST_F(SentPacketsTest, SaysEachPacketOnceAndRecoveredOnesAgain) {
  send(4);
  sent_.add(now_, feedback(0, {true, false, true}));
  sent_.take(now_);
  sent_.add(now_, feedback(0, {true, true, true, true}));
  const FeedbackReport report = sent_.take(now_);
  EXPECT_EQ(numbers(report, false), (Numbers{1, 3}));
  EXPECT_TRUE(report.results[0].recovered);
  EXPECT_FALSE(report.results[1].recovered);
  EXPECT_EQ(sent_.counters().duplicates, 2u);
  // What was received stays so, whatever a late report says.
  sent_.add(now_, feedback(0, {false, false, false, false}));
  EXPECT_TRUE(sent_.take(now_).results.empty());
}

TEST_F(SentPacketsTest, JoinsSeveralReportsOfACompoundInAnyOrder) {
  send(6);
  sent_.add(now_, feedback(3, {true, true, true}, 101));
  sent_.add(now_, feedback(0, {true, false, true, false}, 100));
  sent_.add(now_, feedback(1, {true}, 101));
  const FeedbackReport report = sent_.take(now_);
  EXPECT_EQ(numbers(report, false), (Numbers{0, 1, 2, 3, 4, 5}));
  EXPECT_TRUE(numbers(report, true).empty());
  for (const PacketResult& result : report.results) EXPECT_FALSE(result.recovered);
}

TEST_F(SentPacketsTest, LeavesWhatNoReportNamesUndecided) {
  send(6);
  sent_.add(now_, feedback(4, {true, true}));
  EXPECT_EQ(sent_.take(now_).results.size(), 2u);
  EXPECT_EQ(sent_.bytesInFlight(), 0u);
  sent_.add(now_, feedback(0, {true, false}));
  EXPECT_EQ(sent_.take(now_).results.size(), 2u);
}

TEST_F(SentPacketsTest, IgnoresWhatWasNeverSent) {
  send(2);
  sent_.add(now_, feedback(1, {true, true, true}));
  EXPECT_EQ(numbers(sent_.take(now_), false), Numbers{1});
  sent_.add(now_, feedback(40000, {true, true, true}));
  EXPECT_TRUE(sent_.take(now_).results.empty());
  EXPECT_EQ(sent_.counters().unknown, 5u);
}

TEST_F(SentPacketsTest, FollowsTheFarClockOverItsWrap) {
  send(4);
  sent_.add(now_, feedback(0, {true}, 0x7fffff));
  const TimePoint before = sent_.take(now_).results[0].receivedAt;
  now_ += Duration::millis(64);
  sent_.add(now_, feedback(1, {true}, -0x800000));
  const FeedbackReport report = sent_.take(now_);
  EXPECT_EQ(report.results[0].receivedAt - before, Duration::millis(64));
  EXPECT_FALSE(report.clockJumped);
}

TEST_F(SentPacketsTest, BeginsTheFarClockAnewWhereItJumps) {
  send(100);
  int32_t references[] = {100, 0x7fffff, -0x800000, 0, 5'000'000, -5'000'000};
  uint16_t number = 0;
  bool first = true;
  for (const int32_t reference : references) {
    sent_.add(now_, feedback(number++, {true}, reference));
    const FeedbackReport report = sent_.take(now_);
    // From its largest to its smallest number the clock went on.
    EXPECT_EQ(report.clockJumped, !first && reference != -0x800000) << reference;
    EXPECT_LT(report.results[0].receivedAt, now_ + SentPackets::kMostClockStep + Duration::seconds(1));
    EXPECT_GT(report.results[0].receivedAt, now_ - SentPackets::kMostClockStep);
    first = false;
  }
}

TEST_F(SentPacketsTest, ForgetsTheOldestAndTheOld) {
  send(40'000, 100, Duration::micros(10));
  EXPECT_EQ(sent_.bytesInFlight(), SentPackets::kMostPackets * 100);
  sent_.add(now_, feedback(static_cast<uint16_t>(40'000 - SentPackets::kMostPackets - 1), {true, true}));
  EXPECT_EQ(sent_.take(now_).results.size(), 1u);
  now_ += Duration::seconds(3600);
  send(1);
  EXPECT_EQ(sent_.bytesInFlight(), 1000u);
  sent_.add(now_, feedback(39'999, {true, true}));
  EXPECT_EQ(numbers(sent_.take(now_), false), Numbers{40'000});
}

TEST_F(SentPacketsTest, JoinsReportsByNameOverTheWrapOfNumbers) {
  SentPackets sent(true);
  // Two sources in turns, and more packets than one round of their 16 bits.
  for (int i = 0; i < 140'000; ++i) {
    SentPacket packet;
    packet.sentAt = now_;
    packet.size = 1000;
    packet.ssrc = Ssrc(i % 2 == 0 ? 7 : 8);
    packet.sequence = static_cast<uint16_t>(i / 2);
    sent.onSent(packet);
    now_ += Duration::micros(100);
  }
  rtcp::CongestionFeedback report;
  report.timestamp = 0xfffffff0;
  const auto last = static_cast<uint16_t>(139'999 / 2);
  report.sources.push_back({Ssrc(7), static_cast<uint16_t>(last - 2), {{true, 1, 1024}, {false, 0, 0}, {true, 3, 0}}});
  report.sources.push_back({Ssrc(8), last, {{true, 1, 512}}});
  report.sources.push_back({Ssrc(9), last, {{true, 1, 512}}});
  sent.add(now_, report);
  const FeedbackReport joined = sent.take(now_);
  ASSERT_EQ(joined.results.size(), 4u);
  EXPECT_EQ(joined.results[0].sent.number, 139'994);
  EXPECT_EQ(joined.results[0].receivedAt, now_ - Duration::seconds(1));
  EXPECT_EQ(joined.results[0].ecn, Ecn::kCapable1);
  EXPECT_TRUE(joined.results[1].lost());
  EXPECT_EQ(joined.results[2].ecn, Ecn::kCongested);
  EXPECT_EQ(joined.results[3].receivedAt, now_ - Duration::millis(500));
  EXPECT_EQ(sent.counters().unknown, 1u);
  // The timestamp wraps, and the clock goes on: 32 units of 1/65536 s.
  rtcp::CongestionFeedback next;
  next.timestamp = 0x10;
  next.sources.push_back({Ssrc(7), static_cast<uint16_t>(last - 1), {{true, 1, 0}}});
  sent.add(now_, next);
  const FeedbackReport after = sent.take(now_);
  ASSERT_EQ(after.results.size(), 1u);
  EXPECT_TRUE(after.results[0].recovered);
  EXPECT_EQ(after.results[0].receivedAt - now_, Duration::micros(488));
}

TEST_F(SentPacketsTest, TakesArrivalsWithoutATimeForNoMeasure) {
  SentPackets sent(true);
  SentPacket packet;
  packet.sentAt = now_;
  packet.sequence = 5;
  sent.onSent(packet);
  rtcp::CongestionFeedback report;
  report.sources.push_back({packet.ssrc, 5, {{true, 0, rtcp::CongestionFeedback::kOffsetUnknown}}});
  sent.add(now_, report);
  EXPECT_TRUE(sent.take(now_).results.empty());
}

TEST_F(SentPacketsTest, UnderstandsOurOwnCollector) {
  TransportFeedbackCollector collector(Ssrc(1));
  send(50);
  for (int i = 0; i < 50; ++i) {
    if (i % 10 != 3)
      collector.onPacket(static_cast<uint16_t>(i), kStart + Duration::micros(i * 10'000 + 20'000), Ssrc(7));
  }
  const auto built = collector.build();
  ASSERT_TRUE(built);
  sent_.add(now_, *built);
  const FeedbackReport report = sent_.take(now_);
  ASSERT_EQ(report.results.size(), 50u);
  EXPECT_EQ(numbers(report, true), (Numbers{3, 13, 23, 33, 43}));
  EXPECT_EQ(report.results[49].receivedAt - report.results[0].receivedAt, Duration::millis(490));
}

}  // namespace
}  // namespace tincan::inline v0::rtp
