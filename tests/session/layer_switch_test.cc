// Encodings change, and what the receiver sees is one stream.
#include "session/layer_switch.h"

#include <set>

#include <gtest/gtest.h>

#include "rtp/payload/vp8.h"
#include "session/forwarder.h"
#include "tests/session/ends.h"

namespace tincan::inline v0::session {
namespace {

constexpr uint32_t kLow = 10, kHigh = 20;

class LayerSwitchTest : public ::testing::Test {
 protected:
  LayerSwitchTest() { ids_.add(extensionMap()); }

  /// One packet of VP8 of an encoding.
  struct Vp8 {
    uint32_t ssrc;
    uint16_t sequence;
    uint32_t timestamp;
    bool key = false, start = true, end = true;
    uint16_t pictureId = 0;
    bool recovered = false;
  };
  Bytes payloadOf(const Vp8& packet) {
    rtp::Vp8Descriptor descriptor;
    descriptor.startOfPartition = packet.start;
    descriptor.pictureId = packet.pictureId;
    descriptor.longPictureId = true;
    descriptor.tl0PictureIndex = static_cast<uint8_t>(packet.pictureId);
    Bytes out(rtp::Vp8Descriptor::kMaxSize);
    out.resize(descriptor.write(out));
    const Bytes frame{static_cast<uint8_t>(packet.key ? 0x10 : 0x11), 0, 0, 0x9d, 0x01, 0x2a, 0x40, 1, 0xf0, 0, 1, 2};
    out.insert(out.end(), frame.begin(), frame.end());
    return out;
  }
  std::optional<LayerSwitch::Names> take(const Vp8& packet, std::optional<NtpTime> sampled = {}) {
    Written written;
    written.ssrc = packet.ssrc;
    written.sequence = packet.sequence;
    written.timestamp = packet.timestamp;
    written.payload = payloadOf(packet);
    PacketBuffer buffer = written.in(pool_);
    rtp::setMarker(buffer.mutableView(), packet.end);
    EXPECT_TRUE(rtp::ReceivedPacket::parse(now_, {}, std::move(buffer), ids_, packet_));
    InboundStream::Config config;
    config.ssrc = Ssrc(packet.ssrc);
    const InboundStream stream(config);
    auto forwarded = ForwardedPacket::of(packet_, stream, extensionMap(), rtp::VideoFormat::kVp8);
    EXPECT_TRUE(forwarded);
    EXPECT_EQ(forwarded->startsKeyFrame, packet.key && packet.start);
    forwarded->sampled = sampled;
    return switch_.take(*forwarded);
  }

  PacketPool pool_;
  rtp::ExtensionIds ids_;
  rtp::ReceivedPacket packet_;
  LayerSwitch switch_{90'000};
  TimePoint now_ = TimePoint::fromMicros(1'000'000);
};

TEST_F(LayerSwitchTest, BeginsWithAKeyFrame) {
  EXPECT_FALSE(take({kLow, 5, 0, true}));
  switch_.want(Ssrc(kLow));
  EXPECT_TRUE(switch_.waits());
  EXPECT_FALSE(take({kLow, 100, 9000}));
  const auto first = take({kLow, 101, 12'000, true, true, true, 7});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->sequence, 0);
  EXPECT_EQ(first->timestamp, 0u);
  EXPECT_FALSE(switch_.waits());
  const auto second = take({kLow, 103, 15'000, false, true, true, 8});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->sequence, 2) << "102 may come yet";
  EXPECT_EQ(second->timestamp, 3000u);
  EXPECT_EQ(second->pictureId, first->pictureId + 1);
  EXPECT_EQ(take({kLow, 102, 15'000, false})->sequence, 1);
  EXPECT_FALSE(take({kLow, 100, 9000})) << "from before it began";
  EXPECT_EQ(switch_.counters().late, 1u);
}

TEST_F(LayerSwitchTest, GoesOnWhereAnotherTakesOver) {
  switch_.want(Ssrc(kLow));
  take({kLow, 65'530, 0xfffffff0, true, true, true, 0x7ffe});
  const auto low = take({kLow, 65'535, 0xfffffff0u + 3000, false, true, true, 0x7fff});
  switch_.want(Ssrc(kHigh));
  now_ = now_ + Duration::millis(33);
  EXPECT_FALSE(take({kHigh, 7, 500})) << "no key frame yet";
  EXPECT_TRUE(take({kLow, 0, 0xfffffff0u + 6000, false, true, true, 0})) << "seen meanwhile";
  now_ = now_ + Duration::millis(40);
  const auto high = take({kHigh, 8, 700, true, true, false, 300});
  ASSERT_TRUE(low && high);
  EXPECT_EQ(high->sequence, low->sequence + 2);
  EXPECT_EQ(high->timestamp, low->timestamp + 3000 + 3600) << "40 ms after the last";
  EXPECT_EQ(static_cast<uint16_t>(high->pictureId & 0x7fff), static_cast<uint16_t>((low->pictureId + 2) & 0x7fff));
  EXPECT_EQ(high->tl0PictureIndex, static_cast<uint8_t>(low->tl0PictureIndex + 2));
  EXPECT_FALSE(take({kLow, 1, 0xfffffff0u + 9000})) << "the old one is over";
  const auto more = take({kHigh, 9, 700, false, false, true, 300});
  EXPECT_EQ(more->sequence, high->sequence + 1);
  EXPECT_EQ(more->timestamp, high->timestamp);
  EXPECT_EQ(more->pictureId, high->pictureId);
  EXPECT_EQ(switch_.counters().switches, 1u);
}

TEST_F(LayerSwitchTest, AFrameThatIsCutOffLooksCutOff) {
  switch_.want(Ssrc(kLow));
  const auto low = take({kLow, 1, 0, true, true, false});
  switch_.want(Ssrc(kHigh));
  const auto high = take({kHigh, 50, 0, true});
  EXPECT_EQ(high->sequence, low->sequence + 2) << "one is missing";
  EXPECT_NE(high->timestamp, low->timestamp) << "and it is another frame";
}

TEST_F(LayerSwitchTest, ReportsSayHowFarApartTwoEncodingsAre) {
  const auto at = [](int64_t millis) { return NtpTime::fromUnixMicros(1'700'000'000'000'000 + millis * 1000); };
  switch_.want(Ssrc(kLow));
  const auto low = take({kLow, 1, 0, true}, at(0));
  switch_.want(Ssrc(kHigh));
  now_ = now_ + Duration::millis(500);  // held up on its way
  EXPECT_EQ(take({kHigh, 50, 0, true}, at(40))->timestamp, low->timestamp + 3600);
  // Sampled before what has been seen: the next timestamp at least.
  switch_.want(Ssrc(kLow));
  EXPECT_EQ(take({kLow, 5, 0, true}, at(10))->timestamp, low->timestamp + 3601);
  // A report that lies is not believed.
  switch_.want(Ssrc(kHigh));
  now_ = now_ + Duration::millis(20);
  EXPECT_EQ(take({kHigh, 51, 0, true}, at(1'000'000'000))->timestamp, low->timestamp + 3601 + 1800);
}

// Its other packets came before it, and were dropped.
TEST_F(LayerSwitchTest, AKeyFrameWhoseFirstPacketCameLateIsNone) {
  switch_.want(Ssrc(kLow));
  EXPECT_FALSE(take({kLow, 11, 0, true, false, true}));
  EXPECT_FALSE(take({kLow, 10, 0, true, true, false}));
  EXPECT_TRUE(switch_.waits());
  EXPECT_TRUE(take({kLow, 12, 3000, true}));
}

TEST_F(LayerSwitchTest, HostileNumbersAreNotSeenTwice) {
  SeededRandom random(9);
  std::set<int64_t> seen;
  SequenceUnwrapper<uint16_t> unwrapper;
  uint16_t sequences[2] = {100, 60'000};
  for (int i = 0; i < 30'000; ++i) {
    const size_t which = random.below(2);
    if (random.below(20) == 0) switch_.want(Ssrc(which == 0 ? kLow : kHigh));
    sequences[which] = static_cast<uint16_t>(sequences[which] + 1);
    const bool key = random.below(10) == 0;
    now_ = now_ + Duration::millis(static_cast<int64_t>(random.below(40)));
    const auto out = take({which == 0 ? kLow : kHigh, sequences[which], random.u32(), key, true, random.below(2) == 0,
                           static_cast<uint16_t>(random.u32())});
    if (!out) continue;
    EXPECT_TRUE(seen.insert(unwrapper.unwrap(out->sequence)).second);
  }
  EXPECT_GT(switch_.counters().switches, 300u);
}

TEST(Forwarder, CopiesUnderItsOwnNames) {
  End end(1);
  OutboundStream& stream = end.session.add(pictureStream(50, "9"));
  Forwarder forwarder(stream, end.pool);
  forwarder.layers().want(Ssrc(kLow));
  rtp::ExtensionIds ids;
  ids.add(extensionMap());
  InboundStream::Config config;
  config.ssrc = Ssrc(kLow);
  const InboundStream inbound(config);
  const TimePoint now = TimePoint::fromMicros(1'000'000);
  Written written;
  written.ssrc = kLow;
  written.mid = "1";
  written.rid = "h";
  written.transportSequence = 1;
  written.payload = {0x90, 0xc0, 0x83, 0x00, 0x77, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x40, 1, 0xf0, 0};
  rtp::ReceivedPacket packet;
  ASSERT_TRUE(rtp::ReceivedPacket::parse(now, {}, written.in(end.pool), ids, packet));
  const auto forwarded = ForwardedPacket::of(packet, inbound, extensionMap(), rtp::VideoFormat::kVp8);
  ASSERT_TRUE(forwarded);
  const Bytes original = toBytes(packet.buffer.view());
  EXPECT_TRUE(forwarder.forward(now, *forwarded));
  EXPECT_EQ(toBytes(packet.buffer.view()), original) << "others forward it too";
  end.session.flush(now);
  const auto out = end.takeRtp();
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].ssrc, 50u);
  EXPECT_EQ(out[0].mid, "9");
  EXPECT_EQ(out[0].rid, "");
  EXPECT_EQ(out[0].payload, written.payload) << "the first picture keeps its numbers";
}

}  // namespace
}  // namespace tincan::inline v0::session
