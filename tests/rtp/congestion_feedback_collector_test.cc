#include "rtp/congestion_feedback_collector.h"

#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/congestion/sent_packets.h"
#include "rtp/rtcp/packet.h"

namespace tincan::inline v0::rtp {
namespace {

using rtcp::CongestionFeedback;
constexpr TimePoint kStart = TimePoint::fromMicros(5'000'000);
constexpr Duration kInterval = CongestionFeedbackCollector::kDefaultInterval;

NtpTime wall(TimePoint now) {
  return NtpTime::fromUnixMicros(1'700'000'000'000'000 + now.micros());
}

std::vector<CongestionFeedback> all(CongestionFeedbackCollector& collector, TimePoint now) {
  std::vector<CongestionFeedback> out;
  while (auto feedback = collector.poll(now, wall(now))) out.push_back(*std::move(feedback));
  return out;
}

TEST(CongestionFeedbackCollector, SaysNothingBeforeAPacketAndBeforeItsTime) {
  CongestionFeedbackCollector collector(Ssrc(1));
  EXPECT_TRUE(collector.nextTimeout().isNever());
  EXPECT_FALSE(collector.poll(kStart, wall(kStart)));
  collector.onPacket(Ssrc(7), 100, kStart, Ecn::kCapable1);
  EXPECT_EQ(collector.nextTimeout(), kStart + kInterval);
  EXPECT_FALSE(collector.poll(kStart + kInterval - Duration::micros(1), wall(kStart)));
  const auto told = all(collector, kStart + kInterval);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].sender, Ssrc(1));
  EXPECT_EQ(told[0].timestamp, wall(kStart + kInterval).middle());
  ASSERT_EQ(told[0].sources.size(), 1u);
  EXPECT_EQ(told[0].sources[0].ssrc, Ssrc(7));
  EXPECT_EQ(told[0].sources[0].beginSequence, 100);
  // 50 ms in 1/1024 s.
  EXPECT_EQ(told[0].sources[0].reports, (std::vector<CongestionFeedback::Report>{{true, 1, 51}}));
  EXPECT_TRUE(collector.nextTimeout().isNever());
}

// RFC 8888 §3.1 allows reports that overlap.
TEST(CongestionFeedbackCollector, InTheBeginningALostReportHidesNothing) {
  CongestionFeedbackCollector collector(Ssrc(1));
  std::map<std::pair<uint32_t, uint16_t>, int> times;
  uint16_t number = 100;
  for (TimePoint now = kStart; now < kStart + Duration::seconds(2); now += Duration::millis(5)) {
    collector.onPacket(Ssrc(7 + number % 2), number / 2, now, Ecn::kCapable1);
    ++number;
    for (const CongestionFeedback& feedback : all(collector, now)) {
      for (const auto& source : feedback.sources) {
        uint16_t each = source.beginSequence;
        for (const auto& report : source.reports) times[{source.ssrc.value(), each++}] += report.received ? 1 : 0;
      }
    }
  }
  for (const auto& [each, count] : times) {
    // 100 packets a second and source, from 50 on.
    EXPECT_EQ(count, each.second < 145 ? 2 : each.second < 160 ? count : 1) << each.first << ' ' << each.second;
  }
}

TEST(CongestionFeedbackCollector, TellsLossesMarksAndTheWrapOfEachSource) {
  CongestionFeedbackCollector collector(Ssrc(1));
  collector.onPacket(Ssrc(6), 1, kStart - Duration::seconds(2), Ecn::kCapable1);
  ASSERT_EQ(all(collector, kStart - Duration::seconds(1)).size(), 1u);  // the opening is over
  collector.onPacket(Ssrc(7), 65535, kStart, Ecn::kCapable1);
  collector.onPacket(Ssrc(8), 3, kStart, Ecn::kNotCapable);
  collector.onPacket(Ssrc(7), 1, kStart, Ecn::kCongested);
  auto told = all(collector, kStart + kInterval);
  ASSERT_EQ(told.size(), 1u);
  ASSERT_EQ(told[0].sources.size(), 2u);
  const auto& first = told[0].sources[0];
  ASSERT_EQ(first.reports.size(), 3u);
  EXPECT_TRUE(first.reports[0].received);
  EXPECT_FALSE(first.reports[1].received);
  EXPECT_EQ(first.reports[2].ecn, 3);
  // Lost between two reports: told by the second. Late after all: told again from there.
  collector.onPacket(Ssrc(7), 4, kStart + kInterval, Ecn::kCapable1);
  told = all(collector, kStart + kInterval * 2);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].sources[0].beginSequence, 2);
  EXPECT_EQ(told[0].sources[0].reports.size(), 3u);
  collector.onPacket(Ssrc(7), 0, kStart + kInterval * 2, Ecn::kCapable1);
  told = all(collector, kStart + kInterval * 3);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].sources[0].beginSequence, 0);
  EXPECT_EQ(told[0].sources[0].reports.size(), 5u);
}

// RFC 8888 §3.1.
TEST(CongestionFeedbackCollector, OfCopiesTheFirstArrivalAndAnyMarkCount) {
  CongestionFeedbackCollector collector(Ssrc(1));
  collector.onPacket(Ssrc(7), 5, kStart, Ecn::kCapable1);
  collector.onPacket(Ssrc(7), 5, kStart + Duration::millis(40), Ecn::kCongested);
  const auto told = all(collector, kStart + kInterval);
  EXPECT_EQ(told[0].sources[0].reports, (std::vector<CongestionFeedback::Report>{{true, 3, 51}}));
}

TEST(CongestionFeedbackCollector, MemoryAndReportsAreBounded) {
  CongestionFeedbackCollector collector(Ssrc(1));
  SeededRandom random(3);
  TimePoint now = kStart;
  size_t reports = 0;
  for (int i = 0; i < 20'000; ++i) {
    now = now + Duration::micros(static_cast<int64_t>(random.below(2000)));
    collector.onPacket(Ssrc(static_cast<uint32_t>(random.below(200))), static_cast<uint16_t>(random.u32()), now,
                       static_cast<Ecn>(random.below(4)));
    if (collector.nextTimeout() > now) continue;
    int turns = 0;
    for (const CongestionFeedback& feedback : all(collector, now)) {
      ASSERT_LT(++turns, 130) << "64 sources of 1,024 numbers, 500 in each";
      ++reports;
      uint8_t bytes[1500];
      ByteWriter writer(bytes);
      ASSERT_TRUE(rtcp::write(writer, rtcp::Packet(feedback)));
      ASSERT_LE(writer.size(), CongestionFeedbackCollector::kMaxReportSize);
      ASSERT_LE(feedback.sources.size(), CongestionFeedbackCollector::kMostSources);
    }
    EXPECT_TRUE(collector.nextTimeout().isNever());
  }
  EXPECT_GT(reports, 100u);
}

TEST(CongestionFeedbackCollector, WhatItTellsIsWhatTheSenderKnowsPacketsBy) {
  CongestionFeedbackCollector collector(Ssrc(1));
  SentPackets sent(true);
  SeededRandom random(4);
  std::map<int64_t, Ecn> expected;  // by number; those that came
  std::map<int64_t, Ecn> got;
  size_t lost = 0, toldLost = 0;
  TimePoint now = kStart;
  for (int i = 0; i < 3000; ++i) {
    now = now + Duration::micros(700);
    SentPacket packet;
    packet.sentAt = now - Duration::millis(20);
    packet.ssrc = Ssrc(i % 3 == 0 ? 70u : 71u);
    packet.sequence = static_cast<uint16_t>(65'000 + i);
    packet.size = 1000;
    packet.number = sent.onSent(packet);
    if (random.below(10) == 0) {
      ++lost;
    } else {
      const Ecn ecn = random.below(5) == 0 ? Ecn::kCongested : Ecn::kCapable1;
      collector.onPacket(packet.ssrc, packet.sequence, now, ecn);
      expected[packet.number] = ecn;
    }
    if (collector.nextTimeout() > now) continue;
    for (const auto& feedback : all(collector, now)) sent.add(now, feedback);
    for (const PacketResult& result : sent.take(now).results) {
      if (result.lost()) {
        ++toldLost;
        continue;
      }
      got[result.sent.number] = result.ecn;
    }
  }
  EXPECT_GT(got.size(), expected.size() * 9 / 10);
  for (const auto& [number, ecn] : got) ASSERT_EQ(expected.at(number), ecn);
  // Numbers of one source that are the other's are told as lost, and are nobody's.
  EXPECT_NEAR(static_cast<double>(toldLost), static_cast<double>(lost), static_cast<double>(lost) / 5);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
