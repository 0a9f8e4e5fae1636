#include <cmath>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/stats/key_frame_limiter.h"
#include "rtp/stats/receive_statistics.h"
#include "rtp/stats/send_statistics.h"

namespace tincan::inline v0::rtp {
namespace {

using Arrival = ReceiveStatistics::Arrival;

TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}
constexpr Ssrc kSource{0xabcd1234};

TEST(ReceiveStatistics, CountsLossAcrossTheWrap) {
  ReceiveStatistics stats(kSource, 90000);
  for (uint32_t i = 65530; i < 65550; ++i) {
    if (i == 65535 || i == 65536) continue;
    EXPECT_EQ(stats.receive(at(i), static_cast<uint16_t>(i), i * 90, 100), Arrival::kNewest);
  }
  const rtcp::ReportBlock block = stats.report(at(70000));
  EXPECT_EQ(block.ssrc, kSource);
  EXPECT_EQ(block.extendedHighestSequence, 65549u) << "one cycle, 13";
  EXPECT_EQ(block.cumulativeLost, 2);
  EXPECT_EQ(block.fractionLost, 2 * 256 / 20);
  EXPECT_EQ(stats.packetsReceived(), 18u);
  EXPECT_EQ(stats.bytesReceived(), 1800u);
  EXPECT_EQ(stats.report(at(70000)).fractionLost, 0) << "a new interval";
  EXPECT_EQ(stats.receive(at(70001), 65535, 0, 100), Arrival::kOlder);
  EXPECT_EQ(stats.report(at(70001)).cumulativeLost, 1);
}

TEST(ReceiveStatistics, DuplicatesMakeTheLossNegative) {
  ReceiveStatistics stats(kSource, 90000);
  stats.receive(at(0), 5, 0, 10);
  stats.receive(at(0), 5, 0, 10);
  stats.receive(at(0), 5, 0, 10);
  const rtcp::ReportBlock block = stats.report(at(1));
  EXPECT_EQ(block.cumulativeLost, -2);
  EXPECT_EQ(block.fractionLost, 0);
}

TEST(ReceiveStatistics, AJumpIsBelievedWhenTheNextOneFollows) {
  ReceiveStatistics stats(kSource, 90000);
  stats.receive(at(0), 100, 0, 10);
  EXPECT_EQ(stats.receive(at(1), 20000, 0, 10), Arrival::kJump);
  EXPECT_EQ(stats.receive(at(2), 101, 0, 10), Arrival::kNewest) << "it was a stray";
  EXPECT_EQ(stats.receive(at(3), 20001, 0, 10), Arrival::kJump) << "and does not count any more";
  EXPECT_EQ(stats.receive(at(4), 20002, 0, 10), Arrival::kRestarted);
  const rtcp::ReportBlock block = stats.report(at(5));
  EXPECT_EQ(block.extendedHighestSequence, 20002u);
  EXPECT_EQ(block.cumulativeLost, 0);
}

// RFC 3550 A.1: each distance lands on its side of the bounds.
TEST(ReceiveStatistics, TheBoundsOfDropoutAndMisorder) {
  const auto arrivalOf = [](int distance) {
    ReceiveStatistics stats(kSource, 90000);
    stats.receive(at(0), 30000, 0, 10);
    return stats.receive(at(1), static_cast<uint16_t>(30000 + distance), 0, 10);
  };
  EXPECT_EQ(arrivalOf(1), Arrival::kNewest);
  EXPECT_EQ(arrivalOf(2999), Arrival::kNewest);
  EXPECT_EQ(arrivalOf(3000), Arrival::kJump);
  EXPECT_EQ(arrivalOf(0), Arrival::kOlder);
  EXPECT_EQ(arrivalOf(-1), Arrival::kOlder);
  EXPECT_EQ(arrivalOf(-999), Arrival::kOlder);
  EXPECT_EQ(arrivalOf(-1000), Arrival::kJump);
}

TEST(ReceiveStatistics, FractionLostIsClampedBelowOne) {
  ReceiveStatistics stats(kSource, 90000);
  stats.receive(at(0), 0, 0, 10);
  stats.report(at(0));
  stats.receive(at(1), 2999, 0, 10);
  EXPECT_EQ(stats.report(at(1)).fractionLost, 255);
}

// A.8 against the same recursion in floating point.
TEST(ReceiveStatistics, JitterFollowsTheFormula) {
  SeededRandom random(11);
  ReceiveStatistics stats(kSource, 8000);
  double expected = 0;
  double lastTransit = 0;
  for (int i = 0; i < 500; ++i) {
    const int64_t micros = i * 20'000 + static_cast<int64_t>(random.below(30'000));
    const uint32_t timestamp = 0xfffff000u + static_cast<uint32_t>(i) * 160;  // wraps on the way
    stats.receive(TimePoint::fromMicros(micros), static_cast<uint16_t>(i), timestamp, 100);
    const double transit = std::floor(static_cast<double>(micros) * 8000 / 1e6) - i * 160.0;
    if (i > 0) expected += (std::abs(transit - lastTransit) - expected) / 16;
    lastTransit = transit;
  }
  EXPECT_NEAR(stats.report(at(0)).jitter, expected, 2.0);
  EXPECT_GT(expected, 20.0);
}

TEST(ReceiveStatistics, PacketsOfOneFrameAreNoJitterNorIsANewClock) {
  ReceiveStatistics stats(kSource, 90000);
  uint16_t sequence = 0;
  for (int frame = 0; frame < 100; ++frame) {
    for (int packet = 0; packet < 10; ++packet) {
      stats.receive(at(frame * 40 + packet), sequence++, static_cast<uint32_t>(frame) * 3600, 100);
    }
  }
  EXPECT_EQ(stats.report(at(0)).jitter, 0u);
  stats.receive(at(5000), sequence++, 0x80000000u, 100);
  EXPECT_EQ(stats.report(at(0)).jitter, 0u);
}

TEST(ReceiveStatistics, EchoesTheSenderReport) {
  ReceiveStatistics stats(kSource, 90000);
  EXPECT_EQ(stats.report(at(0)).lastSenderReport, 0u);
  rtcp::SenderReport report;
  report.sender = Ssrc(1);
  report.ntpTime = NtpTime::fromRaw(0x1122334455667788u);
  report.rtpTimestamp = 0xffffffff;
  stats.receiveSenderReport(at(1000), report);
  EXPECT_EQ(stats.report(at(0)).lastSenderReport, 0u) << "another source's";
  report.sender = kSource;
  stats.receiveSenderReport(at(1000), report);
  const rtcp::ReportBlock block = stats.report(at(2500));
  EXPECT_EQ(block.lastSenderReport, 0x33445566u);
  EXPECT_EQ(block.delaySinceLastSenderReport, 65536u * 3 / 2);
  EXPECT_EQ(stats.report(at(int64_t{100} * 86400 * 1000)).delaySinceLastSenderReport, UINT32_MAX);
  const auto time = stats.senderTime(89999);  // a second later, over the wrap
  ASSERT_TRUE(time);
  EXPECT_EQ(time->raw(), report.ntpTime.raw() + (uint64_t{1} << 32));
}

TEST(SendStatistics, CountsForTheSenderReport) {
  SendStatistics stats(kSource, 90000);
  EXPECT_FALSE(stats.hasSent());
  stats.sent(at(0), 1000, 112, 100);
  stats.sent(at(5), 1000, 62, 50);
  const NtpTime wall = NtpTime::fromUnixMicros(1'700'000'000'000'000);
  const rtcp::SenderReport report = stats.senderReport(at(500), wall);
  EXPECT_EQ(report.sender, kSource);
  EXPECT_EQ(report.packetCount, 2u);
  EXPECT_EQ(report.octetCount, 150u);
  EXPECT_EQ(report.rtpTimestamp, 1000u + 45000u) << "carried on from the frame's first packet";
  EXPECT_EQ(report.ntpTime, wall);
  EXPECT_EQ(stats.bytesSent(), 174u);
}

TEST(SendStatistics, WhatABlockAddsToThoseBefore) {
  SendStatistics stats(kSource, 48000);
  for (int i = 0; i < 50; ++i) stats.sent(at(20 * i), 960u * static_cast<uint32_t>(i), 112, 100);
  rtcp::ReportBlock block;
  block.ssrc = kSource;
  const auto reported = [&](uint32_t highest, int32_t lost) {
    block.extendedHighestSequence = highest;
    block.cumulativeLost = lost;
    return stats.receiveReport({}, block).value_or(ReportedLoss{-1, -1});
  };
  block.fractionLost = 15;
  EXPECT_EQ(reported(0xffff'fff0, 500), (ReportedLoss{50, 3})) << "of all that was sent; those before are not ours";
  block.fractionLost = 255;
  EXPECT_EQ(reported(0xffff'fff0, 500), (ReportedLoss{0, 0}));
  EXPECT_EQ(reported(4, 502), (ReportedLoss{20, 2})) << "over the wrap";
  EXPECT_EQ(reported(0xffff'fff9, 501), (ReportedLoss{0, 0})) << "an older one, which came later";
  EXPECT_EQ(reported(14, 501), (ReportedLoss{10, -1})) << "one of them came after all";
  EXPECT_EQ(reported(0xc000'0000, 1), (ReportedLoss{0, 0})) << "a receiver that has begun anew";
  EXPECT_EQ(reported(0xc000'0004, 2), (ReportedLoss{4, 1}));
  block.ssrc = Ssrc(77);
  EXPECT_FALSE(stats.receiveReport({}, block));
}

TEST(LossWindow, SpeaksOfAShareWhenEnoughHasCome) {
  LossWindow window(Duration::millis(800));
  EXPECT_FALSE(window.add(at(0), {19, 5}));
  EXPECT_DOUBLE_EQ(window.add(at(33), {1, 0}).value_or(-1), 0.25);
  EXPECT_FALSE(window.add(at(832), {500, 100})) << "too early";
  EXPECT_DOUBLE_EQ(window.add(at(833), {500, 100}).value_or(-1), 0.2);
  EXPECT_FALSE(window.add(at(5000), {10, 10})) << "too few";
  EXPECT_DOUBLE_EQ(window.add(at(6000), {40, -20}).value_or(-1), 0) << "more duplicates than losses";
  EXPECT_DOUBLE_EQ(window.add(at(7000), {40, 900}).value_or(-1), 1);
}

TEST(SendStatistics, RoundTripFromAReportBlock) {
  SendStatistics stats(kSource, 48000);
  const NtpTime sentAt = NtpTime::fromUnixMicros(1'700'000'000'000'000);
  rtcp::ReportBlock block;
  block.ssrc = Ssrc(77);
  EXPECT_FALSE(stats.receiveReport(sentAt, block));
  block.ssrc = kSource;
  EXPECT_TRUE(stats.receiveReport(sentAt, block));
  EXPECT_FALSE(stats.roundTripTime()) << "no sender report was seen";
  block.lastSenderReport = sentAt.middle();
  block.delaySinceLastSenderReport = 65536;
  block.fractionLost = 64;
  block.jitter = 480;
  stats.receiveReport(sentAt + Duration::millis(1080), block);
  ASSERT_TRUE(stats.roundTripTime());
  EXPECT_NEAR(static_cast<double>(stats.roundTripTime()->micros()), 80'000, 32);
  EXPECT_DOUBLE_EQ(stats.fractionLost(), 0.25);
  EXPECT_EQ(stats.remoteJitter(), Duration::millis(10));
  // An answer before the question, or a minute late, is no round trip.
  EXPECT_FALSE(roundTripTime(sentAt + Duration::millis(900), block));
  EXPECT_FALSE(roundTripTime(sentAt + Duration::seconds(65), block));
  EXPECT_EQ(roundTripTime(sentAt + Duration::micros(999'900), block), Duration::zero()) << "rounding";
  stats.receiveReport(sentAt + Duration::millis(1160), block);
  EXPECT_NEAR(static_cast<double>(stats.smoothedRoundTripTime()->micros()), 90'000, 64);
}

TEST(KeyFrameLimiter, NoneWithin200Ms) {
  KeyFrameLimiter limiter;
  EXPECT_FALSE(limiter.poll(at(0)));
  EXPECT_TRUE(limiter.nextTimeout().isNever());
  limiter.want();
  EXPECT_TRUE(limiter.poll(at(0)));
  limiter.want();
  EXPECT_FALSE(limiter.poll(at(199)));
  EXPECT_EQ(limiter.nextTimeout(), at(200));
  EXPECT_TRUE(limiter.poll(at(200)));
  limiter.want();
  limiter.satisfied();
  EXPECT_FALSE(limiter.poll(at(850)));
}

}  // namespace
}  // namespace tincan::inline v0::rtp
