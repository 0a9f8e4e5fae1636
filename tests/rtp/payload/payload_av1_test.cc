#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/payload/av1.h"
#include "rtp/payload/frame_writer.h"
#include "rtp/payload/leb128.h"
#include "rtp/payload/obu.h"

namespace tincan::inline v0::rtp {
namespace {

struct Sent {
  Bytes payload;
  bool marker = false;
};

std::vector<Sent> packetize(Av1Packetizer& packetizer, ByteView unit, size_t maxPayload) {
  PacketPool pool;
  packetizer.setFrame(unit, maxPayload);
  std::vector<Sent> out;
  bool last = false;
  for (PacketBuffer packet = pool.allocate(); packetizer.next(packet, last); packet = pool.allocate()) {
    EXPECT_LE(packet.size(), maxPayload);
    out.push_back({toBytes(packet.view()), last});
  }
  return out;
}

bool assemble(const std::vector<Sent>& sent, Bytes& out) {
  std::vector<Depacketized> packets;
  size_t bytes = 0;
  for (const Sent& one : sent) {
    if (!depacketizeAv1(one.payload, one.marker, packets.emplace_back())) return false;
    bytes += packets.back().frameBytes();
  }
  FrameWriter writer(out, bytes);
  for (const Depacketized& packet : packets) writer.add(packet);
  return writer.finish();
}

/// An OBU with its size.
Bytes obu(SeededRandom& random, uint8_t type, size_t size, bool extension = false) {
  Bytes out{static_cast<uint8_t>(type << 3 | (extension ? ObuHeader::kExtensionBit : 0) | ObuHeader::kSizeBit)};
  if (extension) out.push_back(0x48);  // TID 2, SID 1
  Bytes field(leb128Size(size));
  writeLeb128(field.data(), size);
  out.insert(out.end(), field.begin(), field.end());
  Bytes body(size);
  random.fill(body);
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

constexpr uint8_t kFrame = 6;
const Bytes kDelimiter = {0x12, 0x00};

TEST(Leb128, RoundTripsAndRefusesOverflow) {
  for (const uint64_t value : {0u, 1u, 127u, 128u, 16383u, 16384u, 0x7fffffffu, 0xffffffffu}) {
    Bytes bytes(leb128Size(value));
    writeLeb128(bytes.data(), value);
    uint32_t read = 0;
    EXPECT_EQ(readLeb128(bytes, read), bytes.size());
    EXPECT_EQ(read, value);
    for (size_t size = 0; size < bytes.size(); ++size) EXPECT_EQ(readLeb128(ByteView(bytes).first(size), read), 0u);
  }
  uint32_t value = 0;
  EXPECT_EQ(readLeb128(Bytes{0xff, 0xff, 0xff, 0xff, 0x1f}, value), 0u) << "33 bits and more";
  EXPECT_EQ(readLeb128(Bytes{0x80, 0x80, 0x80, 0x80, 0x10}, value), 0u);
  EXPECT_EQ(readLeb128(Bytes{0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}, value), 8u) << "long, but allowed";
  EXPECT_EQ(value, 1u);
  EXPECT_EQ(readLeb128(Bytes(9, 0x80), value), 0u) << "more than eight bytes";
  EXPECT_EQ(readLeb128(Bytes(100, 0xff), value), 0u);
}

TEST(Av1, RoundTripsTemporalUnitsOfAnyShape) {
  SeededRandom random(1);
  Av1Packetizer packetizer;
  for (int i = 0; i < 600; ++i) {
    Bytes unit;
    for (size_t n = 1 + random.below(7); n > 0; --n) {
      unit = std::move(unit) + obu(random, static_cast<uint8_t>(3 + random.below(4)),
                                   random.below(random.below(3) == 0 ? 9000 : 200), random.below(2) == 0);
    }
    const auto sent = packetize(packetizer, kDelimiter + unit, Av1Packetizer::kMinPayload + random.below(1400));
    ASSERT_FALSE(sent.empty());
    for (size_t k = 0; k < sent.size(); ++k) EXPECT_EQ(sent[k].marker, k + 1 == sent.size());
    Bytes out;
    ASSERT_TRUE(assemble(sent, out)) << i;
    ASSERT_EQ(out, unit) << i;
  }
}

TEST(Av1, WritesTheAggregationHeader) {
  SeededRandom random(2);
  Av1Packetizer packetizer;
  const Bytes sequence = obu(random, ObuHeader::kSequenceHeader, 10);
  const auto key = packetize(packetizer, kDelimiter + sequence + obu(random, kFrame, 3000), 1200);
  ASSERT_EQ(key.size(), 3u);
  EXPECT_EQ(key[0].payload[0], 0x40 | 0x20 | 0x08) << "goes on, two elements, a new sequence";
  EXPECT_EQ(key[0].payload[1], 11) << "length of the first";
  EXPECT_EQ(key[0].payload[2], ObuHeader::kSequenceHeader << 3) << "without its size";
  EXPECT_EQ(key[1].payload[0], 0x80 | 0x40 | 0x10);
  EXPECT_EQ(key[2].payload[0], 0x80 | 0x10);
  Depacketized out;
  ASSERT_TRUE(depacketizeAv1(key[0].payload, false, out));
  EXPECT_TRUE(out.startOfFrame && out.keyFrame && out.unitContinues);
  ASSERT_TRUE(depacketizeAv1(key[1].payload, false, out));
  EXPECT_FALSE(out.startOfFrame || out.keyFrame);

  const auto delta = packetize(packetizer, kDelimiter + obu(random, kFrame, 100, true), 1200);
  ASSERT_EQ(delta.size(), 1u);
  EXPECT_EQ(delta[0].payload[0], 0x10);
  ASSERT_TRUE(depacketizeAv1(delta[0].payload, true, out));
  EXPECT_FALSE(out.keyFrame);
  EXPECT_EQ(out.temporalLayer, 2);
  EXPECT_EQ(out.spatialLayer, 1);

  const Bytes small = obu(random, kFrame, 5);
  const auto four = packetize(packetizer, small + small + small + small, 1200);
  ASSERT_EQ(four.size(), 1u);
  EXPECT_EQ(four[0].payload[0], 0) << "more than three cannot be counted: all have lengths";
  EXPECT_EQ(four[0].payload.size(), 1 + 4 * 7u);
}

TEST(Av1, LeavesOutWhatIsNotSent) {
  SeededRandom random(3);
  Av1Packetizer packetizer;
  const Bytes frame = obu(random, kFrame, 50);
  const auto sent =
      packetize(packetizer,
                kDelimiter + obu(random, ObuHeader::kTileList, 9) + frame + obu(random, ObuHeader::kPadding, 20), 1200);
  Bytes out;
  ASSERT_TRUE(assemble(sent, out));
  EXPECT_EQ(out, frame);
  // And a sender that does send them, with sizes too: they are dropped here, and sizes written once.
  Bytes payload{0x30};
  for (const Bytes& one : {kDelimiter, frame}) {
    payload.push_back(static_cast<uint8_t>(one.size()));
    payload = std::move(payload) + one;
  }
  payload = std::move(payload) + obu(random, ObuHeader::kPadding, 3);
  ASSERT_TRUE(assemble({{payload, true}}, out));
  EXPECT_EQ(out, frame);
}

TEST(Av1, TheLastObuMayBeWithoutItsSize) {
  SeededRandom random(4);
  Av1Packetizer packetizer;
  const Bytes unit = Bytes{kFrame << 3, 1, 2, 3, 4};
  Bytes out;
  ASSERT_TRUE(assemble(packetize(packetizer, unit, 1200), out));
  EXPECT_EQ(out, (Bytes{kFrame << 3 | ObuHeader::kSizeBit, 4, 1, 2, 3, 4}));
}

TEST(Av1, AMalformedUnitGivesNoPackets) {
  SeededRandom random(5);
  Av1Packetizer packetizer;
  Bytes unit = obu(random, kFrame, 50);
  unit[1] = 51;
  EXPECT_TRUE(packetize(packetizer, unit, 1200).empty());
  EXPECT_TRUE(packetize(packetizer, Bytes{}, 1200).empty());
  EXPECT_TRUE(packetize(packetizer, kDelimiter, 1200).empty());
  EXPECT_TRUE(packetize(packetizer, Bytes{0x80 | kFrame << 3, 1}, 1200).empty()) << "the forbidden bit";
  EXPECT_TRUE(packetize(packetizer, obu(random, kFrame, 50), Av1Packetizer::kMinPayload - 1).empty());
}

// A32: lengths that lie, leb128 that overflows, counts above what is there.
TEST(Av1, LyingLengthsAreRefused) {
  Depacketized out;
  const Bytes good = {0x20, 2, kFrame << 3, 1, kFrame << 3, 2};
  ASSERT_TRUE(depacketizeAv1(good, false, out));
  for (const uint8_t length : {0, 5, 6, 127}) {
    Bytes bad = good;
    bad[1] = length;
    EXPECT_FALSE(depacketizeAv1(bad, false, out)) << int{length};
  }
  EXPECT_FALSE(depacketizeAv1(Bytes{0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, false, out));
  EXPECT_FALSE(depacketizeAv1(Bytes{0x20, 0x80, 0x80, 0x80, 0x80, 0x10, 1, 1}, false, out));
  EXPECT_FALSE(depacketizeAv1(Bytes{0x30, 1, kFrame << 3, 1, kFrame << 3}, false, out)) << "two of three";
  EXPECT_FALSE(depacketizeAv1(Bytes{0x20, 1, kFrame << 3}, false, out)) << "one of two";
  EXPECT_FALSE(depacketizeAv1(Bytes{0x00, 2, kFrame << 3, 1, 3, kFrame << 3}, false, out));
  EXPECT_FALSE(depacketizeAv1(Bytes{0x88, kFrame << 3, 1}, false, out)) << "a sequence does not begin in an OBU";
  EXPECT_FALSE(depacketizeAv1(Bytes{0x50, kFrame << 3, 1}, true, out)) << "nothing goes on behind the marker";
  EXPECT_FALSE(depacketizeAv1(Bytes{0x10}, false, out));
  EXPECT_FALSE(depacketizeAv1(Bytes{}, false, out));
  // The size field inside an OBU that says more than the element holds.
  EXPECT_FALSE(depacketizeAv1(Bytes{0x10, kFrame << 3 | 2, 3, 1, 2}, true, out));
  EXPECT_TRUE(depacketizeAv1(Bytes{0x10, kFrame << 3 | 2, 2, 1, 2}, true, out));
}

TEST(Av1, ASizeThatLiesOverFragmentsDropsTheFrame) {
  Bytes out;
  EXPECT_TRUE(assemble({{{0x50, kFrame << 3 | 2, 4, 1, 2}, false}, {{0x90, 3, 4}, true}}, out));
  EXPECT_EQ(out, (Bytes{kFrame << 3 | 2, 4, 1, 2, 3, 4}));
  EXPECT_FALSE(assemble({{{0x50, kFrame << 3 | 2, 5, 1, 2}, false}, {{0x90, 3, 4}, true}}, out));
  EXPECT_FALSE(assemble({{{0x10, kFrame << 3, 1, 2}, false}, {{0x90, 3, 4}, true}}, out)) << "goes on from nothing";
  EXPECT_FALSE(assemble({{{0x50, kFrame << 3, 1, 2}, false}, {{0x10, kFrame << 3, 4}, true}}, out)) << "never ended";
  // The header itself cut in two.
  EXPECT_TRUE(assemble({{{0x50, kFrame << 3 | 4}, false}, {{0x90, 0x48, 4}, true}}, out));
  EXPECT_EQ(out, (Bytes{kFrame << 3 | 6, 0x48, 1, 4}));
}

TEST(Av1, EveryTruncationIsDroppedOrStaysInBounds) {
  SeededRandom random(6);
  Av1Packetizer packetizer;
  const Bytes unit = obu(random, ObuHeader::kSequenceHeader, 10) + obu(random, 5, 20, true) + obu(random, kFrame, 300) +
                     obu(random, kFrame, 3);
  for (const Sent& one : packetize(packetizer, unit, 100)) {
    for (size_t size = 0; size < one.payload.size(); ++size) {
      const Bytes cut(one.payload.begin(), one.payload.begin() + static_cast<ptrdiff_t>(size));
      Bytes out;
      assemble({{cut, one.marker}}, out);
      EXPECT_LE(out.size(), 5 * 10 + size);
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
