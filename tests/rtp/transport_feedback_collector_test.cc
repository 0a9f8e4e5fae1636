#include "rtp/transport_feedback_collector.h"

#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/rtcp/packet.h"

namespace tincan::inline v0::rtp {
namespace {

using rtcp::TransportFeedback;

TimePoint ms(double value) {
  return TimePoint::fromMicros(static_cast<int64_t>(value * 1000));
}

/// What a sender learns from a feedback: the arrivals in microseconds by sequence number, none for losses.
std::map<uint16_t, std::optional<int64_t>> told(const TransportFeedback& feedback) {
  std::map<uint16_t, std::optional<int64_t>> out;
  int64_t at = int64_t{feedback.referenceTime} * 64'000;
  uint16_t sequence = feedback.baseSequence;
  for (const auto& status : feedback.statuses) {
    at += int64_t{status.delta} * 250;
    out[sequence++] = status.received ? std::optional(at) : std::nullopt;
  }
  return out;
}

/// One whose opening is over: `last` and the packet before it came a while ago, and were told.
TransportFeedbackCollector opened(uint16_t last) {
  TransportFeedbackCollector collector(Ssrc(1));
  collector.onPacket(static_cast<uint16_t>(last - 1), ms(-2000), Ssrc(2));
  EXPECT_TRUE(collector.build());
  collector.onPacket(last, ms(-1000), Ssrc(2));
  EXPECT_TRUE(collector.build());
  return collector;
}

TEST(TransportFeedbackCollector, SaysNothingBeforeAPacketAndBeforeItsTime) {
  TransportFeedbackCollector none(Ssrc(1));
  EXPECT_TRUE(none.nextTimeout().isNever());
  EXPECT_FALSE(none.poll(ms(1e9)));
  EXPECT_FALSE(none.build());
  TransportFeedbackCollector collector = opened(4);
  EXPECT_TRUE(collector.nextTimeout().isNever());
  EXPECT_FALSE(collector.build());
  collector.onPacket(5, ms(1000), Ssrc(2));
  EXPECT_EQ(collector.nextTimeout(), ms(1100));
  EXPECT_FALSE(collector.poll(ms(1099.999)));
  const auto feedback = collector.poll(ms(1100));
  ASSERT_TRUE(feedback);
  EXPECT_EQ(feedback->sender, Ssrc(1));
  EXPECT_EQ(feedback->media, Ssrc(2));
  EXPECT_EQ(feedback->baseSequence, 5);
  EXPECT_EQ(feedback->statuses.size(), 1u);
  EXPECT_EQ(told(*feedback).at(5), 1'000'000);
  EXPECT_TRUE(collector.nextTimeout().isNever());
  EXPECT_FALSE(collector.poll(ms(2000)));
}

TEST(TransportFeedbackCollector, TellsLossesAndReorderingAcrossTheWrap) {
  TransportFeedbackCollector collector(Ssrc(1));
  collector.onPacket(65534, ms(100), Ssrc(2));
  collector.onPacket(1, ms(103), Ssrc(2));
  collector.onPacket(65535, ms(104.25), Ssrc(2));
  const auto feedback = collector.build();
  ASSERT_TRUE(feedback);
  const auto arrivals = told(*feedback);
  EXPECT_EQ(arrivals.size(), 4u);
  EXPECT_EQ(arrivals.at(65534), 100'000);
  EXPECT_EQ(arrivals.at(65535), 104'250);
  EXPECT_EQ(arrivals.at(0), std::nullopt);
  EXPECT_EQ(arrivals.at(1), 103'000);
}

// The sender's first probes are what its rate comes of for seconds. A feedback that tells of them, lost, costs 100 ms.
TEST(TransportFeedbackCollector, InTheBeginningALostFeedbackHidesNothing) {
  TransportFeedbackCollector collector(Ssrc(1));
  uint16_t number = 100;
  std::map<uint16_t, int> times;
  std::map<uint16_t, std::optional<int64_t>> before;
  size_t feedbacks = 0;
  for (double now = 0; now < 2000; now += 5) {
    if (number % 7 != 3) collector.onPacket(number, ms(now), Ssrc(2));
    ++number;
    const auto feedback = collector.poll(ms(now));
    if (!feedback) continue;
    ++feedbacks;
    const auto arrivals = told(*feedback);
    for (const auto& [each, at] : arrivals) times[each] += at ? 1 : 0;
    // Of the first second, those but the first: all that the one before told first is told again, as it was.
    if (now > 110 && now <= 1060) {
      for (const auto& [each, at] : before) {
        if (times[each] > 1) continue;
        ASSERT_TRUE(arrivals.contains(each) || !at) << each << " at " << now;
      }
    }
    before = arrivals;
  }
  for (const auto& [each, count] : times) {
    if (each % 7 == 3) continue;
    // 200 packets a second.
    EXPECT_EQ(count, each < 290 ? 2 : each < 320 ? count : 1) << each;
  }
  // Each 100 to 105 ms.
  EXPECT_NEAR(static_cast<double>(feedbacks), 19, 1);
}

TEST(TransportFeedbackCollector, WhatIsToldAgainLeavesRoomForWhatIsNew) {
  TransportFeedbackCollector collector(Ssrc(1));
  uint16_t number = 0;
  for (int round = 0; round < 5; ++round) {
    const uint16_t first = number;
    for (int i = 0; i < 800; ++i) collector.onPacket(number++, ms(110 * round + 0.05 * i), Ssrc(2));
    const auto feedback = collector.poll(ms(110 * round + 100));
    ASSERT_TRUE(feedback);
    EXPECT_LE(feedback->baseSequence, first);
    EXPECT_GT(static_cast<uint16_t>(feedback->baseSequence + feedback->statuses.size()), first);
    while (collector.poll(ms(110 * round + 100))) continue;
    EXPECT_TRUE(collector.nextTimeout().isNever());
  }
  // A pause that one feedback cannot say.
  collector.onPacket(number, ms(20'000), Ssrc(2));
  const auto last = collector.poll(ms(20'100));
  ASSERT_TRUE(last);
  EXPECT_EQ(last->baseSequence, number);
  EXPECT_FALSE(collector.poll(ms(20'100)));
}

TEST(TransportFeedbackCollector, LossesBetweenTwoFeedbacksAreTold) {
  TransportFeedbackCollector collector = opened(9);
  collector.onPacket(10, ms(100), Ssrc(2));
  EXPECT_EQ(collector.build()->feedbackCount, 2);
  collector.onPacket(13, ms(150), Ssrc(2));
  const auto feedback = collector.build();
  EXPECT_EQ(feedback->feedbackCount, 3);
  EXPECT_EQ(feedback->baseSequence, 11);
  EXPECT_EQ(feedback->statuses.size(), 3u);
}

TEST(TransportFeedbackCollector, ALatePacketIsToldWithWhatCameMeanwhile) {
  TransportFeedbackCollector collector = opened(9);
  collector.onPacket(10, ms(100), Ssrc(2));
  collector.onPacket(12, ms(101), Ssrc(2));
  ASSERT_TRUE(collector.build());
  collector.onPacket(11, ms(120), Ssrc(2));
  EXPECT_EQ(collector.nextTimeout(), ms(220));
  const auto arrivals = told(*collector.build());
  EXPECT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals.at(11), 120'000);
  EXPECT_EQ(arrivals.at(12), 101'000);
  collector.onPacket(11, ms(500), Ssrc(2));  // a duplicate changes nothing
  EXPECT_FALSE(collector.build());
}

TEST(TransportFeedbackCollector, BeforeTheFirstPacketAlsoCounts) {
  TransportFeedbackCollector collector(Ssrc(1));
  collector.onPacket(0, ms(100), Ssrc(2));
  collector.onPacket(65535, ms(101), Ssrc(2));
  const auto feedback = collector.build();
  EXPECT_EQ(feedback->baseSequence, 65535);
  EXPECT_EQ(told(*feedback).at(0), 100'000);
}

TEST(TransportFeedbackCollector, LongPausesStartANewFeedback) {
  TransportFeedbackCollector collector(Ssrc(1));
  collector.onPacket(1, ms(0), Ssrc(2));
  collector.onPacket(2, ms(8191.75), Ssrc(2));  // 32,767 ticks
  collector.onPacket(3, ms(16384), Ssrc(2));    // 32,769 more
  const auto first = collector.poll(ms(20'000));
  ASSERT_TRUE(first);
  EXPECT_EQ(first->statuses.size(), 2u);
  EXPECT_FALSE(collector.nextTimeout().isNever());
  const auto second = collector.poll(ms(20'000));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->baseSequence, 3);
  EXPECT_EQ(told(*second).at(3), 16'384'000);
  EXPECT_FALSE(collector.poll(ms(20'000)));
}

// LIMITS B06: the statuses.
TEST(TransportFeedbackCollector, JumpsKeepTheWindowAndTheSize) {
  TransportFeedbackCollector collector(Ssrc(1));
  collector.onPacket(0, ms(0), Ssrc(2));
  collector.onPacket(30'000, ms(1), Ssrc(2));
  size_t statuses = 0;
  while (const auto feedback = collector.build()) statuses += feedback->statuses.size();
  EXPECT_EQ(statuses, 2048u);
  collector.onPacket(30'000 - 2048, ms(2), Ssrc(2));  // older than what is remembered
  EXPECT_FALSE(collector.build());
  collector.onPacket(30'000 - 2047, ms(2), Ssrc(2));
  EXPECT_TRUE(collector.build());
}

TEST(TransportFeedbackCollector, ReferenceTimeWrapsItsSign) {
  TransportFeedbackCollector collector(Ssrc(1));
  const int64_t units = (int64_t{1} << 23) + 5;
  collector.onPacket(0, TimePoint::fromMicros(units * 64'000), Ssrc(2));
  EXPECT_EQ(collector.build()->referenceTime, -(1 << 23) + 5);
}

// A long stream with loss, reordering and duplicates: every packet is told, at its time, and every feedback fits.
TEST(TransportFeedbackCollector, TellsARandomStreamWhole) {
  SeededRandom random(6);
  TransportFeedbackCollector collector(Ssrc(1));
  std::map<int64_t, int64_t> sent;  // arrivals by unwrapped number
  std::map<int64_t, std::optional<int64_t>> heard;
  SequenceUnwrapper<uint16_t> unwrapper;
  Bytes out(2048);
  int64_t now = 1'000'000;
  uint8_t count = 0;
  for (int64_t i = 65'000; i < 145'000; ++i) {
    now += static_cast<int64_t>(random.below(2000));
    const int64_t number = random.below(20) == 0 ? i - static_cast<int64_t>(random.below(30)) : i;
    if (random.below(10) == 0) continue;
    sent.try_emplace(number, now);
    collector.onPacket(static_cast<uint16_t>(number), TimePoint::fromMicros(now), Ssrc(2));
    while (const auto feedback = collector.poll(TimePoint::fromMicros(now))) {
      EXPECT_EQ(feedback->feedbackCount, count++);
      ByteWriter writer(out);
      ASSERT_TRUE(rtcp::write(writer, *feedback));
      ASSERT_LE(writer.size(), TransportFeedbackCollector::kMaxFeedbackSize + 4);
      const auto parsed = rtcp::parseCompound(writer.written());
      ASSERT_TRUE(parsed.ok());
      ASSERT_EQ(std::get<TransportFeedback>(parsed->front()), *feedback);
      int64_t base = unwrapper.unwrap(feedback->baseSequence);
      int64_t at = int64_t{feedback->referenceTime} * 64'000;
      for (const auto& status : feedback->statuses) {
        at += int64_t{status.delta} * 250;
        if (status.received) heard[base] = at;
        ++base;
      }
    }
  }
  const int64_t last = heard.rbegin()->first;
  const int64_t shift = sent.begin()->first - heard.begin()->first;  // both unwrap from their first number
  size_t compared = 0;
  for (const auto& [number, at] : sent) {
    if (number - shift > last) break;
    const auto found = heard.find(number - shift);
    ASSERT_NE(found, heard.end()) << number;
    ASSERT_EQ(*found->second, at / 250 * 250);
    ++compared;
  }
  EXPECT_GT(compared, 50'000u);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
