// Sound in RED (RFC 2198): sent by loss, and each frame heard once.
#include <gtest/gtest.h>

#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

constexpr uint8_t kRed = 63, kTone = 110;
constexpr TimePoint kStart = TimePoint::fromMicros(1'000'000);

Section redSection() {
  Section out = soundSection();
  out.formats.push_back({PayloadType(kRed), 48'000, {}});
  out.formats.push_back({PayloadType(kTone), 48'000, {}});
  out.fec.redundant = PayloadType(kRed);
  return out;
}

class RedTest : public ::testing::Test {
 protected:
  RedTest() {
    a_.session.setSections({redSection()});
    b_.session.setSections({redSection()});
    OutboundStream::Config config = soundStream(10);
    config.red = RedSender::Config{PayloadType(kRed), PayloadType(kOpus), false};
    stream_ = &a_.session.add(std::move(config));
  }
  void report(double lost) {
    constexpr uint32_t kPackets = 1000;
    rtp::rtcp::ReportBlock block;
    block.ssrc = stream_->ssrc();
    if (!stream_->statistics().lastReport()) stream_->handleReport(now_, {}, block);
    block = *stream_->statistics().lastReport();
    block.extendedHighestSequence += kPackets;
    block.cumulativeLost += static_cast<int32_t>(lost * kPackets);
    now_ = now_ + Duration::seconds(1);
    stream_->handleReport(now_, {}, block);
  }
  // Frame `n`, of which each byte is n.
  void say(uint8_t n) {
    static_cast<void>(stream_->add(now_, a_.pool.copy(Bytes(20 + n, n)), false, 960u * n));
    now_ = now_ + Duration::millis(20);
    a_.session.flush(now_);
  }
  std::vector<PacketBuffer> take() { return std::exchange(a_.sink.rtp, {}); }
  static uint8_t typeOf(const PacketBuffer& packet) { return packet.view()[1] & 0x7f; }
  void hear(const PacketBuffer& packet) { b_.session.receiveRtp(now_, {}, b_.pool.copy(packet.view())); }

  TimePoint now_ = kStart;
  End a_{1}, b_{2};
  OutboundStream* stream_;
};

TEST_F(RedTest, CopiesFollowTheLoss) {
  const auto typeAndSize = [&](uint8_t n) {
    say(n);
    const auto sent = take();
    return std::pair(typeOf(sent.at(0)), sent.at(0).size());
  };
  const auto plain = typeAndSize(1);
  EXPECT_EQ(plain.first, kOpus);
  report(0.06);
  const auto first = typeAndSize(1);
  EXPECT_EQ(first, (std::pair<uint8_t, size_t>{kRed, plain.second + 1})) << "there is nothing to repeat yet";
  EXPECT_EQ(typeAndSize(2).second, plain.second + 1 + 1 + 4 + 21);
  report(0.3);
  EXPECT_EQ(typeAndSize(3).second, plain.second + 2 + 1 + 4 + 22);
  EXPECT_EQ(typeAndSize(4).second, plain.second + 3 + 1 + 8 + 23 + 22);
  for (int i = 0; i < 12; ++i) report(0);
  EXPECT_EQ(typeAndSize(5).first, kOpus);
}

// Of eight packets each may be lost: a frame is heard, once and in order, when its packet or one of the two after came.
TEST_F(RedTest, EachLossPattern) {
  report(0.2);
  for (uint8_t n = 1; n <= 9; ++n) say(n);
  const auto sent = take();
  for (uint32_t lost = 0; lost < 256; ++lost) {
    End b(3);
    b.session.setSections({redSection()});
    const auto isLost = [&](size_t i) { return i > 0 && (lost >> (i - 1) & 1) != 0; };
    size_t came = 0;
    for (size_t i = 0; i < sent.size(); ++i) {
      if (isLost(i)) continue;
      ++came;
      b.session.receiveRtp(kStart, {}, b.pool.copy(sent[i].view()));
    }
    const uint16_t first = b.heard.at(0).sequence;
    std::vector<size_t> expected;
    for (size_t i = 0; i < sent.size(); ++i) {
      bool has = !isLost(i);
      for (size_t later = i + 1; later <= i + 2 && later < sent.size(); ++later) has = has || !isLost(later);
      if (has) expected.push_back(i);
    }
    ASSERT_EQ(b.heard.size(), expected.size()) << lost;
    for (size_t i = 0; i < expected.size(); ++i) {
      const End::Heard& one = b.heard[i];
      ASSERT_EQ(one.sequence, static_cast<uint16_t>(first + expected[i])) << lost;
      EXPECT_EQ(one.timestamp - b.heard[0].timestamp, 960 * expected[i]);
      EXPECT_EQ(one.payload, Bytes(21 + expected[i], static_cast<uint8_t>(expected[i] + 1)));
      EXPECT_EQ(one.recovered, isLost(expected[i]));
    }
    const InboundStream& in = *b.session.streams().receiving(Ssrc(10));
    ASSERT_EQ(in.statistics().packetsReceived(), came) << "what was repeated has not come";
    ASSERT_EQ(in.red()->stats().blocks - in.red()->stats().discarded, expected.size() - came);
  }
}

TEST_F(RedTest, AToneBetweenIsNotTakenForAFrame) {
  report(0.2);
  say(1);
  say(2);
  static_cast<void>(stream_->addAs(PayloadType(kTone), now_, a_.pool.copy(Bytes(4, 9)), true, 960u * 3));
  say(4);
  for (const auto& packet : take()) hear(packet);
  ASSERT_EQ(b_.heard.size(), 4u);
  for (size_t i = 0; i < 4; ++i) EXPECT_FALSE(b_.heard[i].recovered);
  EXPECT_EQ(b_.heard[3].payload, Bytes(24, 4));
}

TEST_F(RedTest, WhatCameLateIsHeardOnceByTheBufferBehind) {
  report(0.2);
  for (uint8_t n = 1; n <= 3; ++n) say(n);
  const auto sent = take();
  hear(sent[0]);
  hear(sent[2]);
  hear(sent[1]);  // its copy has been heard; the jitter buffer knows duplicates by their timestamp
  ASSERT_EQ(b_.heard.size(), 4u);
  EXPECT_EQ(b_.heard[1].sequence, b_.heard[3].sequence);
  EXPECT_EQ(b_.heard[1].timestamp, b_.heard[3].timestamp);
}

TEST_F(RedTest, EachTruncationAndAWrongLengthGoNowhere) {
  report(0.2);
  for (uint8_t n = 1; n <= 3; ++n) say(n);
  const auto sent = take();
  rtp::Header header;
  ASSERT_TRUE(rtp::Header::parse(sent[2].view(), header));
  for (size_t size = header.headerSize; size < sent[2].size(); ++size) {
    End b(3);
    b.session.setSections({redSection()});
    b.session.receiveRtp(kStart, {}, b.pool.copy(sent[0].view()));
    b.session.receiveRtp(kStart, {}, b.pool.copy(sent[2].view().first(size)));
    for (const auto& one : b.heard) EXPECT_LE(one.payload.size(), 23u);
  }
  for (const int change : {-1, 1, 100, 1000}) {
    PacketBuffer lie = b_.pool.copy(sent[2].view());
    uint8_t* length = lie.data() + header.headerSize + 2;
    storeBe16(length, static_cast<uint16_t>(loadBe16(length) + change));
    hear(lie);
  }
  for (const auto& one : b_.heard) EXPECT_LE(one.payload.size(), 24u);
}

TEST_F(RedTest, RedInRedIsRefused) {
  Written packet;
  packet.ssrc = 10;
  packet.type = kRed;
  packet.payload = {kRed, 1, 2};
  b_.write(kStart, packet);
  EXPECT_TRUE(b_.heard.empty());
  EXPECT_EQ(b_.session.counters().strayParity, 1u);
}

}  // namespace
}  // namespace tincan::inline v0::session
