// What a REMB of the peer does to the encoders (draft-alvestrand-rmcat-remb-03 §2).
#include <map>

#include <gtest/gtest.h>

#include "rtp/rtcp/packet.h"
#include "tests/stack/session_on_wire.h"

namespace tincan::inline v0::stack {
namespace {

constexpr uint32_t kConfigured = 800'000, kLeast = 50'000, kSound = 48'000;

class Remb : public ::testing::Test {
 protected:
  Remb() : on_({.videoBitrate = kConfigured}, /*camera=*/true), others_(on_.wire.random(), 2) {}
  void start(size_t cameras) {
    on_.sections[1].codecs[0].rtxPayloadType = 97;
    for (size_t i = 1; i < cameras; ++i) {
      NegotiatedSection more = on_.sections[1];
      more.mid = "more" + std::to_string(i);
      more.transceiver = others_.addTransceiver(MediaKind::kVideo, on_.video->sender()->track(),
                                                RTCRtpTransceiverDirection::kSendrecv, {});
      on_.sections.push_back(more);
    }
    ASSERT_TRUE(on_.wire.connect());
    on_.session.apply(on_.sections);
  }
  /// By mid.
  std::map<std::string, RTCOutboundRtpStreamStats> sent() const {
    RTCStatsReport report;
    on_.session.addStats(on_.wire.now(), report);
    std::map<std::string, RTCOutboundRtpStreamStats> out;
    for (const auto& each : report.outboundRtp) out[each.mid] = each;
    return out;
  }
  uint32_t target(const std::string& mid) const { return sent().at(mid).targetBitrate; }
  Ssrc ssrc(const std::string& mid) const { return Ssrc(sent().at(mid).ssrc); }
  void hear(uint64_t bitrate, std::vector<Ssrc> ssrcs) { send(rtp::rtcp::Remb{Ssrc(1), bitrate, std::move(ssrcs)}); }
  void send(const rtp::rtcp::Packet& said) {
    uint8_t bytes[1200];
    ByteWriter writer(bytes);
    ASSERT_TRUE(rtp::rtcp::write(writer, said));
    PacketBuffer packet = on_.wire.pool().allocate();
    ASSERT_TRUE(packet.append(writer.written()));
    on_.wire[1].sendRtcp(on_.wire.now(), std::move(packet));
    on_.carry();
  }

  SessionOnWire on_;
  Negotiation others_;
};

TEST_F(Remb, IsWhatTheEncoderAimsAt) {
  start(1);
  EXPECT_EQ(target("1"), kConfigured) << "before the first";
  EXPECT_EQ(on_.session.availableOutgoingBitrate(), 0u);
  hear(262'144, {ssrc("1")});
  EXPECT_EQ(target("1"), 262'144u);
  EXPECT_EQ(on_.session.availableOutgoingBitrate(), 262'144u);
  EXPECT_EQ(on_.session.counters().rembs, 1u);
}

TEST_F(Remb, IsClampedBetweenAFewPicturesAndWhatWasConfigured) {
  start(1);
  hear(0, {ssrc("1")});
  EXPECT_EQ(target("1"), kLeast);
  hear(kLeast - 2, {ssrc("1")});
  EXPECT_EQ(target("1"), kLeast);
  hear(kLeast + 2, {ssrc("1")});
  EXPECT_EQ(target("1"), kLeast + 2);
  hear(UINT64_MAX, {ssrc("1")});
  EXPECT_EQ(target("1"), kConfigured);
  hear((uint64_t{1} << 32) + 100'000, {ssrc("1")});
  EXPECT_EQ(target("1"), kConfigured) << "more than 32 bits of it";
}

// draft-alvestrand-rmcat-remb §2.2.
TEST_F(Remb, IsTheTotalOfAllThatItNames) {
  start(3);
  hear(600'000, {ssrc("1"), ssrc("more1"), ssrc("more2")});
  for (const char* mid : {"1", "more1", "more2"}) EXPECT_EQ(target(mid), 200'000u) << mid;
  hear(500'000, {ssrc("1"), ssrc("more2")});
  EXPECT_EQ(target("1"), 250'000u);
  EXPECT_EQ(target("more1"), 200'000u) << "was not named";
  EXPECT_EQ(target("more2"), 250'000u);
  // Each has its least, and no more than what was configured.
  hear(90'000, {ssrc("1"), ssrc("more1"), ssrc("more2")});
  for (const char* mid : {"1", "more1", "more2"}) EXPECT_EQ(target(mid), kLeast) << mid;
  hear(9'000'000, {ssrc("1"), ssrc("more1"), ssrc("more2")});
  for (const char* mid : {"1", "more1", "more2"}) EXPECT_EQ(target(mid), kConfigured) << mid;
}

TEST_F(Remb, LeavesTheSoundWhatItTakes) {
  start(2);
  hear(400'000 + kSound, {ssrc("0"), ssrc("1"), ssrc("more1")});
  EXPECT_EQ(target("1"), 200'000u);
  EXPECT_EQ(target("more1"), 200'000u);
  hear(kSound / 2, {ssrc("0"), ssrc("1")});
  EXPECT_EQ(target("1"), kLeast);
  hear(100'000, {ssrc("0")});
  EXPECT_EQ(target("0"), kSound) << "it does not adapt";
}

// libwebrtc names each source's repairs beside it, and a source named twice is one.
TEST_F(Remb, CountsASourceOnceWithItsRepairs) {
  start(2);
  Ssrc repairs;
  std::vector<uint16_t> numbers;
  on_.onRtp = [&](const PacketBuffer& packet) {
    rtp::Header header;
    ASSERT_TRUE(rtp::Header::parse(packet.view(), header));
    if (header.ssrc == ssrc("1")) numbers.push_back(header.sequenceNumber);
    if (header.payloadType == PayloadType(97)) repairs = header.ssrc;
  };
  on_.run(Duration::millis(300));
  ASSERT_FALSE(numbers.empty());
  send(rtp::rtcp::Nack{Ssrc(1), ssrc("1"), {numbers.back()}});
  on_.run(Duration::millis(50));
  ASSERT_NE(repairs, Ssrc());
  hear(400'000, {ssrc("1"), repairs, ssrc("1"), ssrc("more1")});
  EXPECT_EQ(target("1"), 200'000u);
  EXPECT_EQ(target("more1"), 200'000u);
  hear(300'000, {repairs});
  EXPECT_EQ(target("1"), 300'000u) << "its repairs stand for it";
}

TEST_F(Remb, OfOthersChangesNothing) {
  start(1);
  hear(100'000, {});
  hear(100'000, {Ssrc(ssrc("1").value() + 1)});
  EXPECT_EQ(target("1"), kConfigured);
  EXPECT_EQ(on_.session.counters().rembs, 0u);
}

// A sender that begins anew (here: under another codec) does not begin with more than the line was said to take.
TEST_F(Remb, HoldsForTheSenderThatComesAfter) {
  start(1);
  hear(262'144, {ssrc("1")});
  on_.sections[1].codecs[0].payloadType = 100;
  on_.session.apply(on_.sections);
  EXPECT_EQ(target("1"), 262'144u);
}

}  // namespace
}  // namespace tincan::inline v0::stack
