// One SSRC that we send, from payload to the sink.
#include "session/outbound_stream.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

class Observed final : public CongestionObserver {
 public:
  void onSent(TimePoint now, const Departure& departure) override { sent.emplace_back(now, departure); }
  std::vector<std::pair<TimePoint, Departure>> sent;
};

class OutboundStreamTest : public ::testing::Test {
 protected:
  std::vector<Written> flush(Duration after = Duration::zero()) {
    now_ = now_ + after;
    end_.session.flush(now_);
    return end_.takeRtp();
  }
  void nack(OutboundStream& stream, std::vector<uint16_t> numbers) {
    stream.handleNack(now_, {Ssrc(1), stream.ssrc(), std::move(numbers)});
  }

  TimePoint now_ = TimePoint::fromMicros(1'000'000);
  End end_{1};
};

TEST_F(OutboundStreamTest, SaysMidAndRidAndCountsFromARandomStart) {
  OutboundStream& stream = end_.session.add(pictureStream(10, "1", "h"));
  const auto start = stream.position();
  ASSERT_TRUE(end_.add(now_, stream, 3000));
  ASSERT_TRUE(end_.add(now_, stream, 6000));
  const auto out = flush();
  ASSERT_EQ(out.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(out[i].ssrc, 10u);
    EXPECT_EQ(out[i].mid, "1");
    EXPECT_EQ(out[i].rid, "h");
    EXPECT_EQ(out[i].sequence, static_cast<uint16_t>(start.nextSequence + i));
    EXPECT_EQ(out[i].timestamp, start.timestampOffset + 3000 * (i + 1));
    EXPECT_EQ(out[i].payload, Bytes(100, 7));
  }
  EXPECT_EQ(*out[1].transportSequence, static_cast<uint16_t>(*out[0].transportSequence + 1));
}

// RFC 8852 §3.2: the repair has the repaired stream's rid in an element of its own, and none that says it is one.
TEST_F(OutboundStreamTest, ARepairNamesTheStreamThatItRepairs) {
  OutboundStream& stream = end_.session.add(pictureStream(10, "1", "h"));
  end_.add(now_, stream, 3000);
  const auto sent = flush();
  nack(stream, {sent.at(0).sequence});
  const auto out = flush(Duration::millis(1));
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].ssrc, 1010u);
  EXPECT_EQ(out[0].type, kVp8Rtx);
  EXPECT_EQ(out[0].rid, "");
  EXPECT_EQ(out[0].repairedRid, "h");
  EXPECT_EQ(out[0].mid, "1");
  EXPECT_TRUE(out[0].transportSequence);
  EXPECT_EQ(loadBe16(out[0].payload.data()), sent[0].sequence);
}

TEST_F(OutboundStreamTest, PaddingGoesLastAndItsNumbersAreThoseOfRepairs) {
  Observed observed;
  end_.session.setObserver(&observed);
  OutboundStream& stream = end_.session.add(pictureStream(10));
  EXPECT_EQ(end_.session.queue().addPadding(now_, 1000), 0u) << "nothing was sent that it could be padding of";
  end_.add(now_, stream, 3000, 1000);
  const auto sent = flush();
  const uint16_t first = stream.position().nextRtxSequence;
  // What was sent is too large to be the padding.
  EXPECT_GE(end_.session.queue().addPadding(now_, 700), 700u);
  nack(stream, {sent.at(0).sequence});
  std::vector<Written> out;
  for (int i = 0; i < 20; ++i) {
    for (auto& packet : flush(Duration::millis(1))) out.push_back(packet);
  }
  ASSERT_GE(out.size(), 4u);
  EXPECT_FALSE(out[0].payload.empty()) << "the repair left first";
  for (size_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out[i].ssrc, 1010u);
    EXPECT_EQ(out[i].sequence, static_cast<uint16_t>(first + i)) << "no number twice, none left out";
    EXPECT_TRUE(out[i].transportSequence);
    if (i > 0) {
      EXPECT_TRUE(out[i].payload.empty());
    }
  }
  ASSERT_EQ(observed.sent.size(), 1 + out.size());
  EXPECT_EQ(observed.sent[0].second.kind, DepartureKind::kMedia);
  EXPECT_EQ(observed.sent[0].second.ssrc, Ssrc(10));
  EXPECT_EQ(observed.sent[1].second.kind, DepartureKind::kRetransmission);
  EXPECT_EQ(observed.sent[2].second.kind, DepartureKind::kPadding);
  for (size_t i = 1; i < observed.sent.size(); ++i) {
    EXPECT_EQ(observed.sent[i].second.transportSequence, out[i - 1].transportSequence);
    EXPECT_EQ(observed.sent[i].second.sequenceNumber, out[i - 1].sequence);
    EXPECT_GT(observed.sent[i].second.bytes, 100u);
  }
  end_.session.setObserver(nullptr);
}

// More is missing than a line of 500 kb/s carries in the time of a key frame: that is what it carries next.
TEST_F(OutboundStreamTest, WhatIsBeyondRepairIsGivenUpForAKeyFrame) {
  OutboundStream& stream = end_.session.add(pictureStream(10));
  for (int i = 0; i < 40; ++i) end_.add(now_, stream, 3000, 1000);
  std::vector<uint16_t> numbers;
  for (int i = 0; i < 100; ++i)
    for (const auto& packet : flush(Duration::millis(1))) numbers.push_back(packet.sequence);
  ASSERT_EQ(numbers.size(), 40u);
  end_.session.queue().repairs().setLineRate(500'000);  // six packets' worth of repairs at once
  const std::vector<uint16_t> some(numbers.begin(), numbers.begin() + 10);
  EXPECT_TRUE(stream.handleNack(now_, {Ssrc(1), stream.ssrc(), some})) << "two wait for the next NACK";
  EXPECT_GT(stream.repairs().capped, 0u);
  EXPECT_FALSE(flush(Duration::millis(100)).empty());
  const auto next = stream.position().nextSequence;
  end_.add(now_, stream, 6000, 1000);
  end_.add(now_, stream, 6000, 1000);
  EXPECT_FALSE(stream.takeGivenUp());
  EXPECT_FALSE(stream.handleNack(now_, {Ssrc(1), stream.ssrc(), numbers}));
  EXPECT_TRUE(stream.takeGivenUp());
  EXPECT_FALSE(stream.takeGivenUp());
  EXPECT_EQ(stream.position().nextSequence, static_cast<uint16_t>(next + 1)) << "a gap, and no number twice";
  EXPECT_TRUE(flush(Duration::millis(100)).empty()) << "the key frame waits for no repairs";
  now_ += Duration::seconds(1);
  EXPECT_TRUE(stream.handleNack(now_, {Ssrc(1), stream.ssrc(), numbers})) << "asked for once";
  EXPECT_TRUE(flush(Duration::millis(1)).empty());
  end_.add(now_, stream, 9000, 1000);
  const auto after = flush(Duration::millis(10));
  ASSERT_EQ(after.size(), 1u);
  EXPECT_EQ(after[0].sequence, static_cast<uint16_t>(next + 1));
  now_ += Duration::seconds(1);
  nack(stream, {after[0].sequence});
  EXPECT_EQ(flush(Duration::millis(10)).size(), 1u) << "what comes after is repaired";
}

TEST_F(OutboundStreamTest, KnowsWhetherAKeyFrameIsComing) {
  OutboundStream& stream = end_.session.add(pictureStream(10));
  EXPECT_FALSE(stream.keyFrameIsComing(now_));
  end_.session.queue().setPacingRate(800'000);
  stream.keyFrameBegins();
  for (int i = 0; i < 10; ++i) end_.add(now_, stream, 3000, 1000);
  EXPECT_FALSE(stream.keyFrameIsComing(now_)) << "not whole: it may not be queued at all";
  stream.keyFrameEnds();
  end_.add(now_, stream, 6000, 1000);
  size_t left = 0;
  for (int i = 0; i < 200 && left < 10; ++i) {
    EXPECT_TRUE(stream.keyFrameIsComing(now_, true));
    left += flush(Duration::millis(1)).size();
  }
  EXPECT_FALSE(stream.keyFrameIsComing(now_, true));
  EXPECT_TRUE(stream.keyFrameIsComing(now_)) << "for a round trip";
  EXPECT_FALSE(stream.keyFrameIsComing(now_ + Duration::millis(101)));
  stream.keyFrameBegins();
  EXPECT_FALSE(stream.keyFrameIsComing(now_));
}

// SRTP refuses an index twice: what a stream gave away before it went is not given again.
TEST_F(OutboundStreamTest, OneThatComesBackGoesOn) {
  OutboundStream& stream = end_.session.add(pictureStream(10));
  end_.session.queue().setPacingRate(100'000);
  for (int i = 0; i < 20; ++i) end_.add(now_, stream, 3000, 1000);
  const auto before = flush(Duration::millis(100));
  ASSERT_GE(before.size(), 1u);
  ASSERT_LT(before.size(), 20u);
  nack(stream, {before[0].sequence});
  const uint16_t repairs = stream.position().nextRtxSequence;
  end_.session.remove(stream);
  EXPECT_TRUE(flush(Duration::seconds(10)).empty()) << "what waited is gone";
  OutboundStream& again = end_.session.add(pictureStream(10));
  end_.session.queue().setPacingRate(10'000'000);
  EXPECT_EQ(again.position().nextSequence, static_cast<uint16_t>(before.back().sequence + 1));
  EXPECT_EQ(again.position().nextRtxSequence, repairs) << "the repair never left";
  end_.add(now_, again, 3000);
  EXPECT_EQ(flush().at(0).sequence, static_cast<uint16_t>(before.back().sequence + 1));
}

TEST_F(OutboundStreamTest, ExtensionsOfOnePacketGoWithThatPacket) {
  auto config = pictureStream(10);
  ASSERT_TRUE(config.extensions.add(rtp::ExtensionKind::kVideoOrientation, 5));
  OutboundStream& stream = end_.session.add(config);
  end_.add(now_, stream, 0);
  const auto turned = rtp::VideoOrientation{false, false, 1}.bytes();
  const OutboundStream::Extension more[] = {{rtp::ExtensionKind::kVideoOrientation, turned},
                                            {rtp::ExtensionKind::kAudioLevel, turned}};
  PacketBuffer payload = end_.pool.copy(Bytes(10, 1));
  ASSERT_TRUE(stream.add(now_, std::move(payload), true, 3000, more));
  end_.add(now_, stream, 6000);
  end_.session.flush(now_);
  ASSERT_EQ(end_.sink.rtp.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    rtp::Header header;
    const ByteView packet = end_.sink.rtp[i].view();
    ASSERT_TRUE(rtp::Header::parse(packet, header));
    const auto value = rtp::findExtension(packet, header, config.extensions, rtp::ExtensionKind::kVideoOrientation);
    EXPECT_EQ(value.has_value(), i == 1);
    const auto number = rtp::findExtension(packet, header, config.extensions, rtp::ExtensionKind::kTransportSequence);
    ASSERT_TRUE(number);
    const auto time = rtp::findExtension(packet, header, config.extensions, rtp::ExtensionKind::kAbsSendTime);
    EXPECT_EQ(rtp::AbsSendTime::read(*time), rtp::AbsSendTime::at(now_));
  }
}

// What a forwarder sends: another's packet under our names, gaps kept.
TEST_F(OutboundStreamTest, ForwardsUnderItsOwnNames) {
  auto config = pictureStream(10, "9");
  config.extensions = {};
  config.extensions.add(rtp::ExtensionKind::kMid, 1);
  config.extensions.add(rtp::ExtensionKind::kTransportSequence, 7);
  config.extensions.add(rtp::ExtensionKind::kRtpStreamId, 8);
  OutboundStream& stream = end_.session.add(config);
  const auto start = stream.position();
  const auto forward = [&](uint16_t sequence, const std::string& mid) {
    Written packet;
    packet.ssrc = 5555;
    packet.type = 100;
    packet.sequence = 40'000;
    packet.timestamp = 1;
    packet.mid = mid;
    packet.rid = "h";
    packet.transportSequence = 1;
    PacketBuffer copy = packet.in(end_.pool);
    const auto places = rtp::PacketRewriter::parse(copy.view(), extensionMap());
    ASSERT_TRUE(places);
    ASSERT_TRUE(stream.forward(now_, std::move(copy), *places, sequence, 3000u * sequence));
  };
  forward(0, "1");
  forward(2, "1");
  forward(1, "1");       // came late
  forward(3, "longer");  // its mid has another size than ours: it is left out
  end_.session.flush(now_);
  ASSERT_EQ(end_.sink.rtp.size(), 4u);
  const uint16_t order[] = {0, 2, 1, 3};
  for (size_t i = 0; i < 4; ++i) {
    rtp::Header header;
    const ByteView packet = end_.sink.rtp[i].view();
    ASSERT_TRUE(rtp::Header::parse(packet, header));
    EXPECT_EQ(header.ssrc, Ssrc(10));
    EXPECT_EQ(header.payloadType, PayloadType(kVp8));
    EXPECT_EQ(header.sequenceNumber, static_cast<uint16_t>(start.nextSequence + order[i]));
    EXPECT_EQ(header.timestamp, start.timestampOffset + 3000u * order[i]);
    const auto mid = rtp::findExtension(packet, header, config.extensions, rtp::ExtensionKind::kMid);
    EXPECT_EQ(mid.has_value(), i < 3);
    if (mid) {
      EXPECT_EQ(asText(*mid), "9");
    }
    EXPECT_FALSE(rtp::findExtension(packet, header, config.extensions, rtp::ExtensionKind::kRtpStreamId));
    EXPECT_TRUE(rtp::findExtension(packet, header, config.extensions, rtp::ExtensionKind::kTransportSequence));
  }
  EXPECT_EQ(stream.position().nextSequence, static_cast<uint16_t>(start.nextSequence + 4));
  // And answers for what it forwarded.
  end_.sink.rtp.clear();
  nack(stream, {static_cast<uint16_t>(start.nextSequence + 2)});
  end_.session.flush(now_);
  EXPECT_EQ(end_.sink.rtp.size(), 1u);
}

}  // namespace
}  // namespace tincan::inline v0::session
