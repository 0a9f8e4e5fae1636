#include <cstdlib>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/payload/comfort_noise.h"
#include "rtp/payload/red.h"
#include "rtp/payload/samples.h"
#include "rtp/payload/telephone_event.h"

namespace tincan::inline v0::rtp {
namespace {

TEST(Samples, SplitsAtWholeTicksAndSaysWhereEachPacketLies) {
  PacketPool pool;
  const SampleFormat stereo = l16(48000, 2);
  SamplePacketizer packetizer(stereo);
  const Bytes block(4 * 100 + 3, 1);
  packetizer.setFrame(block, 4 * 40 + 3);
  ASSERT_EQ(packetizer.packetsLeft(), 3u);
  for (const size_t ticks : {40u, 40u, 20u}) {
    PacketBuffer packet = pool.allocate();
    bool last = false;
    ASSERT_TRUE(packetizer.next(packet, last));
    EXPECT_EQ(packet.size(), 4 * ticks);
    EXPECT_EQ(packetizer.timestampOffset(), ticks == 20 ? 80u : (packetizer.packetsLeft() == 2 ? 0u : 40u));
    EXPECT_EQ(last, ticks == 20);
  }
  packetizer.setFrame(block, 3);
  EXPECT_EQ(packetizer.packetsLeft(), 0u) << "not one sample fits";
  packetizer.setFrame({}, 100);
  EXPECT_EQ(packetizer.packetsLeft(), 0u);
  uint32_t ticks = 0;
  EXPECT_FALSE(sampleTicks(stereo, Bytes(7), ticks));
  EXPECT_FALSE(sampleTicks(kPcmu, {}, ticks));
}

TEST(Samples, G722CountsAtHalfItsRate) {
  uint32_t ticks = 0;
  ASSERT_TRUE(sampleTicks(kG722, Bytes(160), ticks));  // 20 ms at 64 kb/s
  EXPECT_EQ(ticks, 160u);
  EXPECT_EQ(kG722.clockRate, 8000u);
  EXPECT_EQ(kG722.sampleRate, 16000u);
}

TEST(Samples, L16IsBigEndian) {
  const int16_t samples[] = {0x1234, -2, -32768};
  Bytes bytes(6);
  writeL16(samples, bytes);
  EXPECT_EQ(bytes, (Bytes{0x12, 0x34, 0xff, 0xfe, 0x80, 0x00}));
  int16_t back[3] = {};
  readL16(bytes, back);
  EXPECT_TRUE(std::equal(std::begin(samples), std::end(samples), back));
}

// ITU-T G.711: known code words, and every code survives decoding and encoding again.
TEST(G711, CodesRoundTripAndKnownValuesHold) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<uint8_t>(code);
    if (byte != 0x7f) {
      EXPECT_EQ(encodeMuLaw(decodeMuLaw(byte)), byte) << code;  // 7f is the other zero
    }
    EXPECT_EQ(encodeALaw(decodeALaw(byte)), byte) << code;
  }
  EXPECT_EQ(encodeMuLaw(0), 0xff);
  EXPECT_EQ(encodeMuLaw(32767), 0x80);
  EXPECT_EQ(encodeMuLaw(-32768), 0x00);
  EXPECT_EQ(decodeMuLaw(0x80), 32124);
  EXPECT_EQ(decodeMuLaw(0x7f), 0);
  EXPECT_EQ(encodeALaw(0), 0xd5);
  EXPECT_EQ(encodeALaw(-1), 0x55);
  EXPECT_EQ(encodeALaw(32767), 0xaa);
  EXPECT_EQ(encodeALaw(-32768), 0x2a);
  EXPECT_EQ(decodeALaw(0xaa), 32256);
  for (int sample = -32768; sample < 32768; sample += 7) {
    const auto in = static_cast<int16_t>(sample);
    // A segment's step is at most 1/16 of what it holds.
    const int bound = std::max(16, std::abs(sample) / 16);
    EXPECT_LE(std::abs(decodeMuLaw(encodeMuLaw(in)) - sample), bound + 644 * (std::abs(sample) > 32124)) << sample;
    EXPECT_LE(std::abs(decodeALaw(encodeALaw(in)) - sample), bound) << sample;
  }
}

TEST(ComfortNoise, RoundTripsAndRefusesTheReservedBit) {
  const Bytes wire = {40, 127, 130, 90};
  ComfortNoise out;
  ASSERT_TRUE(ComfortNoise::parse(wire, out));
  EXPECT_EQ(out.level, 40);
  EXPECT_EQ(out.coefficients.size(), 3u);
  Bytes again(4);
  EXPECT_EQ(out.write(again), 4u);
  EXPECT_EQ(again, wire);
  EXPECT_EQ(out.write(MutableByteView(again).first(3)), 0u);
  EXPECT_FALSE(ComfortNoise::parse({}, out));
  EXPECT_FALSE(ComfortNoise::parse(Bytes{0x80}, out));
  const Bytes many(200, 1);
  ASSERT_TRUE(ComfortNoise::parse(many, out));
  EXPECT_EQ(out.coefficients.size(), ComfortNoise::kMaxOrder);
}

class TelephoneEvents : public testing::Test {
 protected:
  bool hear(const TelephoneEventSender::Packet& packet, TelephoneEventReceiver::Update& out) {
    Bytes wire(TelephoneEvent::kSize);
    EXPECT_TRUE(packet.payload.write(wire));
    return receiver_.receive(packet.timestamp, wire, out);
  }
  TelephoneEventSender sender_;
  TelephoneEventReceiver receiver_;
};

TEST_F(TelephoneEvents, TheEndIsSaidThreeTimesAndHeardOnce) {
  using What = TelephoneEventReceiver::What;
  sender_.start(5, 10, 1000);
  TelephoneEventSender::Packet packet;
  TelephoneEventReceiver::Update update;
  for (uint32_t t = 1400; t <= 2200; t += 400) {
    ASSERT_TRUE(sender_.next(t, packet));
    EXPECT_EQ(packet.timestamp, 1000u);
    EXPECT_EQ(packet.payload.duration, t - 1000);
    EXPECT_EQ(packet.marker, t == 1400);
    EXPECT_FALSE(packet.payload.end);
    ASSERT_TRUE(hear(packet, update));
    EXPECT_EQ(update.what, t == 1400 ? What::kBegan : What::kWentOn);
  }
  sender_.stop(2300);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(sender_.next(2600 + 400 * static_cast<uint32_t>(i), packet));
    EXPECT_TRUE(packet.payload.end);
    EXPECT_EQ(packet.payload.duration, 1300);
    ASSERT_TRUE(hear(packet, update));
    EXPECT_EQ(update.what, i == 0 ? What::kEnded : What::kNothing);
  }
  EXPECT_FALSE(sender_.next(4000, packet));
  EXPECT_EQ(sender_.state(), TelephoneEventSender::State::kIdle);
}

TEST_F(TelephoneEvents, LongOnesGoOnInSegments) {
  sender_.start(1, 0, 0xffff0000);  // the timestamp wraps on the way
  TelephoneEventSender::Packet packet;
  TelephoneEventReceiver::Update update;
  size_t began = 0, segments = 0;
  uint32_t t = 0xffff0000;
  for (int i = 0; i < 500; ++i) {
    t += 400;
    ASSERT_TRUE(sender_.next(t, packet));
    EXPECT_EQ(packet.marker, i == 0);
    if (packet.payload.duration == TelephoneEvent::kMaxDuration) ++segments;
    ASSERT_TRUE(hear(packet, update));
    began += update.what == TelephoneEventReceiver::What::kBegan;
  }
  EXPECT_EQ(segments, 3u) << "200,000 ticks";
  sender_.stop(t);
  while (sender_.next(t, packet)) {
    ASSERT_TRUE(hear(packet, update));
    if (update.what == TelephoneEventReceiver::What::kEnded) {
      EXPECT_EQ(update.duration, 200'000u);
    }
  }
  EXPECT_EQ(began, 1u);
  EXPECT_FALSE(receiver_.active());
}

TEST_F(TelephoneEvents, LostAndLateOnesDoNotConfuse) {
  using What = TelephoneEventReceiver::What;
  TelephoneEventReceiver::Update update;
  ASSERT_TRUE(hear({{3, true, 0, 800}, 100, false}, update));
  EXPECT_EQ(update.what, What::kEnded) << "only its end came";
  ASSERT_TRUE(hear({{3, false, 0, 400}, 100, true}, update));
  EXPECT_EQ(update.what, What::kNothing) << "overtaken by its end";
  ASSERT_TRUE(hear({{4, false, 0, 400}, 2000, true}, update));
  EXPECT_EQ(update.what, What::kBegan);
  ASSERT_TRUE(hear({{5, false, 0, 400}, 4000, true}, update));
  EXPECT_TRUE(update.what == What::kBegan && update.cutShort);
  ASSERT_TRUE(hear({{4, true, 0, 900}, 2000, false}, update));
  EXPECT_EQ(update.what, What::kNothing);
  EXPECT_EQ(receiver_.timeOut(), 5);
  EXPECT_FALSE(receiver_.timeOut());
  for (size_t size = 0; size < TelephoneEvent::kSize; ++size) EXPECT_FALSE(receiver_.receive(1, Bytes(size), update));
}

class Red : public testing::Test {
 protected:
  PacketPool pool_;
  RedPayload parsed_;
  static constexpr PayloadType kRed{63};
};

TEST_F(Red, RepeatsTheLastFrames) {
  RedEncoder encoder(PayloadType(111), 2);
  std::vector<Bytes> frames;
  for (uint32_t i = 0; i < 5; ++i) {
    frames.push_back(Bytes(50 + i, static_cast<uint8_t>(i)));
    PacketBuffer packet = pool_.allocate();
    ASSERT_TRUE(encoder.encode(960 * i, frames.back(), 1200, packet));
    ASSERT_TRUE(parsed_.parse(packet.view(), kRed));
    ASSERT_EQ(parsed_.blocks().size(), std::min<size_t>(i, 2) + 1);
    EXPECT_TRUE(equalBytes(parsed_.primary().payload, frames.back()));
    for (size_t back = 1; back < parsed_.blocks().size(); ++back) {
      const RedBlock& block = parsed_.blocks()[parsed_.blocks().size() - 1 - back];
      EXPECT_EQ(block.timestampOffset, 960 * back);
      EXPECT_EQ(block.payloadType, PayloadType(111));
      EXPECT_TRUE(equalBytes(block.payload, frames[i - back]));
    }
  }
}

TEST_F(Red, LeavesOutWhatIsTooOldTooLongOrDoesNotFit) {
  RedEncoder encoder(PayloadType(111), 9);
  const auto blocks = [&](uint32_t timestamp, size_t size, size_t max) {
    PacketBuffer packet = pool_.allocate();
    if (!encoder.encode(timestamp, Bytes(size, 1), max, packet)) return size_t{0};
    EXPECT_TRUE(parsed_.parse(packet.view(), kRed));
    EXPECT_LE(packet.size(), max);
    return parsed_.blocks().size();
  };
  EXPECT_EQ(blocks(0, 100, 1200), 1u);
  EXPECT_EQ(blocks(0x3fff, 100, 1200), 2u);
  EXPECT_EQ(blocks(0x7fff, 100, 1200), 1u) << "16,384 ticks cannot be said";
  EXPECT_EQ(blocks(0x8000, 100, 205), 2u);
  EXPECT_EQ(blocks(0x8001, 100, 204), 1u);
  EXPECT_EQ(blocks(0x8002, 1024, 1200), 2u);
  EXPECT_EQ(blocks(0x8003, 100, 1200), 1u) << "1,024 bytes cannot be said";
  EXPECT_EQ(blocks(0x8004, 100, 100), 0u) << "not even the frame";
}

// A36: RED in RED, lengths that lie, blocks without end.
TEST_F(Red, RefusesItselfAndLies) {
  EXPECT_FALSE(parsed_.parse(Bytes{63, 1, 2}, kRed));
  EXPECT_FALSE(parsed_.parse(Bytes{0x80 | 63, 0, 0, 1, 111, 9, 9}, kRed));
  const Bytes good = {0x80 | 111, 0x0f, 0x00, 2, 111, 1, 2, 3};
  ASSERT_TRUE(parsed_.parse(good, kRed));
  EXPECT_EQ(parsed_.blocks()[0].timestampOffset, 0x3c0u);
  EXPECT_EQ(parsed_.blocks()[0].payload.size(), 2u);
  EXPECT_EQ(parsed_.primary().payload.size(), 1u);
  for (size_t size = 0; size < 7; ++size) {
    EXPECT_FALSE(parsed_.parse(ByteView(good).first(size), kRed)) << size;
  }
  EXPECT_TRUE(parsed_.parse(ByteView(good).first(7), kRed)) << "the primary may be empty";
  Bytes lying = good;
  lying[3] = 4;
  EXPECT_FALSE(parsed_.parse(lying, kRed));
  Bytes many;
  for (size_t i = 0; i < RedPayload::kMaxBlocks; ++i) many.insert(many.end(), {0x80 | 111, 0, 0, 0});
  many.push_back(111);
  EXPECT_FALSE(parsed_.parse(many, kRed));
  many.erase(many.begin(), many.begin() + 4);
  EXPECT_TRUE(parsed_.parse(many, kRed));
}

}  // namespace
}  // namespace tincan::inline v0::rtp
