#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/payload/frame_writer.h"
#include "rtp/payload/h264.h"
#include "rtp/payload/h265.h"

namespace tincan::inline v0::rtp {
namespace {

/// A payload with the marker that its packet carries.
struct Sent {
  Bytes payload;
  bool marker = false;
};

template <class P>
std::vector<Sent> drain(P& packetizer, size_t maxPayload) {
  PacketPool pool;
  std::vector<Sent> out;
  const size_t expected = packetizer.packetsLeft();
  bool last = false;
  for (PacketBuffer packet = pool.allocate(); packetizer.next(packet, last); packet = pool.allocate()) {
    EXPECT_LE(packet.size(), maxPayload);
    out.push_back({toBytes(packet.view()), last});
  }
  EXPECT_EQ(out.size(), expected);
  EXPECT_EQ(packetizer.packetsLeft(), 0u);
  return out;
}

template <class P>
std::vector<Sent> packetize(P& packetizer, ByteView frame, size_t maxPayload) {
  packetizer.setFrame(frame, maxPayload);
  return drain(packetizer, maxPayload);
}

bool assemble(VideoFormat format, const std::vector<Sent>& sent, Bytes& out) {
  std::vector<Depacketized> packets;
  size_t bytes = 0;
  for (const Sent& one : sent) {
    if (!depacketize(format, one.payload, one.marker, packets.emplace_back())) return false;
    bytes += packets.back().frameBytes();
  }
  FrameWriter writer(out, bytes);
  for (const Depacketized& packet : packets) writer.add(packet);
  return writer.finish();
}

Bytes unit(SeededRandom& random, Bytes header, size_t size) {
  Bytes out(size);
  random.fill(out);
  for (uint8_t& byte : out) byte |= 0x10;  // no zeros: emulation prevention is the encoder's
  std::copy(header.begin(), header.end(), out.begin());
  return out;
}

Bytes annexB(const std::vector<Bytes>& units) {
  Bytes out;
  for (const Bytes& one : units) {
    out.insert(out.end(), std::begin(kStartCode), std::end(kStartCode));
    out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

TEST(AnnexB, FindsAStartCodeWhereverItLies) {
  // Around the blocks in which it is looked for, even and odd.
  for (size_t size = 0; size < 420; ++size) {
    Bytes stream(size, 0x7f);
    EXPECT_EQ(findStartCode(stream), size);
    for (size_t at = 0; at + 3 <= size; ++at) {
      stream[at] = stream[at + 1] = 0;
      stream[at + 2] = 1;
      ASSERT_EQ(findStartCode(stream), at) << size;
      stream[at] = stream[at + 1] = stream[at + 2] = 0x7f;
    }
  }
}

TEST(AnnexB, FindsWhatABareLoopFinds) {
  SeededRandom random(1);
  for (int i = 0; i < 3000; ++i) {
    Bytes stream(random.below(600));
    for (uint8_t& byte : stream) byte = static_cast<uint8_t>(random.below(random.below(4) + 2));
    size_t expected = 0;
    while (expected + 3 <= stream.size() && loadBe24(stream.data() + expected) != 1) ++expected;
    if (expected + 3 > stream.size()) expected = stream.size();
    ASSERT_EQ(findStartCode(stream), expected);
  }
}

size_t findBare(ByteView stream) {
  for (size_t i = 0; i + 3 <= stream.size(); ++i) {
    if (stream[i] == 0 && stream[i + 1] == 0 && stream[i + 2] == 1) return i;
  }
  return stream.size();
}

std::vector<Bytes> splitBare(ByteView stream) {
  std::vector<Bytes> units;
  for (size_t at = findBare(stream); at < stream.size();) {
    stream = stream.subspan(at + 3);
    at = findBare(stream);
    Bytes one = toBytes(stream.first(at));
    while (!one.empty() && one.back() == 0) one.pop_back();
    if (!one.empty()) units.push_back(one);
  }
  return units;
}

// With what the CPU can do and without, at every alignment and length, in bytes where the pairs that are looked for
// first come often, seldom, and put together from different parts of a block.
TEST(AnnexB, BothWaysAgreeWithABareLoopAtEveryAlignment) {
  SeededRandom random(11);
  Bytes memory(32 + 600);
  std::vector<ByteView> units;
  for (const uint32_t oneIn : {2u, 6u, 20u, 200u}) {
    for (size_t size = 0; size <= 200; ++size) {
      for (uint8_t& byte : memory) {
        const uint32_t dice = random.below(oneIn * 2);
        byte = static_cast<uint8_t>(dice < 2 ? dice : 2 + dice % 254);
      }
      for (size_t at = 0; at < 32; ++at) {
        for (const size_t length : {size, size + 400}) {
          const ByteView stream = ByteView(memory).subspan(at, length);
          const size_t expected = findBare(stream);
          ASSERT_EQ(findStartCode(stream), expected) << at << " " << length;
          ASSERT_EQ(findStartCodePortable(stream), expected) << at << " " << length;
        }
        if (at > 2) continue;
        const ByteView stream = ByteView(memory).subspan(at, size * 3);
        splitAnnexB(stream, units);
        const std::vector<Bytes> expected = splitBare(stream);
        ASSERT_EQ(units.size(), expected.size()) << at << " " << size;
        for (size_t i = 0; i < units.size(); ++i) ASSERT_TRUE(equalBytes(units[i], expected[i])) << at << " " << size;
      }
    }
  }
}

TEST(EvenCut, CutsAsADivisionForEachPieceWould) {
  for (size_t bytes = 0; bytes < 300; ++bytes) {
    for (size_t room = 1; room < 40; ++room) {
      EvenCut cut(bytes, room);
      size_t rest = bytes;
      ASSERT_EQ(cut.left(), EvenCut::pieces(bytes, room));
      for (size_t left = cut.left(); left > 0; --left) {
        const size_t piece = (rest + left - 1) / left;
        ASSERT_EQ(cut.size(), piece) << bytes << " " << room;
        ASSERT_TRUE(piece > 0 && piece <= room);
        rest -= piece;
        cut.pop();
      }
      ASSERT_EQ(rest, 0u);
      ASSERT_EQ(cut.left(), 0u);
    }
  }
}

TEST(AnnexB, SplitsWithShortAndLongStartCodesAndDropsZerosBetween) {
  const Bytes stream = {0xff, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 0, 0, 1, 0x65, 3, 0, 0, 0, 0, 1};
  std::vector<ByteView> units;
  splitAnnexB(stream, units);
  ASSERT_EQ(units.size(), 3u);
  EXPECT_TRUE(equalBytes(units[0], Bytes{0x67, 1}));
  EXPECT_TRUE(equalBytes(units[1], Bytes{0x68, 2}));
  EXPECT_TRUE(equalBytes(units[2], Bytes{0x65, 3}));
  splitAnnexB(Bytes{0x65, 1, 2, 3}, units);
  EXPECT_TRUE(units.empty());
}

TEST(H264, RoundTripsAccessUnitsOfAnyShape) {
  SeededRandom random(2);
  H264Packetizer packetizer;
  for (int i = 0; i < 400; ++i) {
    std::vector<Bytes> units;
    for (size_t n = 1 + random.below(8); n > 0; --n) {
      units.push_back(unit(random, {0x41}, 1 + random.below(random.below(3) == 0 ? 5000 : 300)));
    }
    const Bytes frame = annexB(units);
    const auto sent = packetize(packetizer, frame, 40 + random.below(1300));
    ASSERT_FALSE(sent.empty());
    EXPECT_TRUE(sent.back().marker);
    Bytes out;
    ASSERT_TRUE(assemble(VideoFormat::kH264, sent, out));
    ASSERT_EQ(out, frame);
  }
}

TEST(H264, AggregatesParameterSetsAndFragmentsTheSlice) {
  SeededRandom random(3);
  const Bytes sps = unit(random, {0x67, 66}, 12), pps = unit(random, {0x28}, 4), idr = unit(random, {0x65}, 3000);
  H264Packetizer packetizer;
  const auto sent = packetize(packetizer, annexB({sps, pps, idr}), 1200);
  ASSERT_EQ(sent.size(), 4u);
  EXPECT_EQ(sent[0].payload[0], 0x60 | 24) << "NRI is the highest of the two";
  EXPECT_EQ(loadBe16(sent[0].payload.data() + 1), 12);
  EXPECT_EQ(sent[1].payload[0], 0x60 | 28);
  EXPECT_EQ(sent[1].payload[1], 0x80 | 5);
  EXPECT_EQ(sent[2].payload[1], 5);
  EXPECT_EQ(sent[3].payload[1], 0x40 | 5);
  EXPECT_LE(sent[1].payload.size() - sent[3].payload.size(), 1u) << "fragments of nearly equal size";
  Depacketized out;
  ASSERT_TRUE(depacketizeH264(sent[0].payload, false, out));
  EXPECT_TRUE(out.keyFrame && out.startOfFrame);
  EXPECT_FALSE(out.guessedStart);
  ASSERT_TRUE(depacketizeH264(sent[1].payload, false, out));
  EXPECT_TRUE(out.keyFrame && out.startOfFrame && out.guessedStart && out.unitContinues);
  ASSERT_TRUE(depacketizeH264(sent[2].payload, false, out));
  EXPECT_FALSE(out.keyFrame || out.startOfFrame);
  EXPECT_TRUE(out.continuesUnit && out.unitContinues);
  ASSERT_TRUE(depacketizeH264(sent[3].payload, true, out));
  EXPECT_TRUE(out.endOfFrame && out.continuesUnit && !out.unitContinues);
}

TEST(H264, ModeZeroSendsSingleUnitsOrNothing) {
  SeededRandom random(4);
  const Bytes small = unit(random, {0x67}, 10), large = unit(random, {0x65}, 1000);
  H264Packetizer packetizer(H264PacketizationMode::kSingleNalUnit);
  const auto sent = packetize(packetizer, annexB({small, small, large}), 1000);
  ASSERT_EQ(sent.size(), 3u) << "no aggregates";
  EXPECT_EQ(sent[0].payload, small);
  EXPECT_EQ(sent[2].payload, large);
  EXPECT_TRUE(packetize(packetizer, annexB({small, large}), 999).empty()) << "no fragments";
}

TEST(H264, TakesUnitsFromAnEncoderThatHasThem) {
  SeededRandom random(5);
  const Bytes a = unit(random, {0x67}, 10), b = unit(random, {0x65}, 4000);
  H264Packetizer one, other;
  const std::vector<ByteView> units = {a, b};
  one.setUnits(units, 1200);
  const auto left = drain(one, 1200);
  const auto right = packetize(other, annexB({a, b}), 1200);
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i].payload, right[i].payload);
}

TEST(H264, KnowsSlicesThatNothingNeeds) {
  Depacketized out;
  ASSERT_TRUE(depacketizeH264(Bytes{0x01, 9}, true, out));
  EXPECT_TRUE(out.nonReference);
  EXPECT_FALSE(out.keyFrame);
  ASSERT_TRUE(depacketizeH264(Bytes{0x41, 9}, true, out));
  EXPECT_FALSE(out.nonReference);
  ASSERT_TRUE(depacketizeH264(Bytes{24, 0, 1, 0x01, 0, 1, 0x21}, true, out));
  EXPECT_FALSE(out.nonReference);
}

TEST(H264, RefusesWhatIsNotOfItsModes) {
  Depacketized out;
  for (const uint8_t type : {0, 25, 26, 27, 29, 30, 31}) {
    EXPECT_FALSE(depacketizeH264(Bytes{type, 0, 1, 0x65}, false, out)) << int{type};
    EXPECT_FALSE(depacketizeH264(Bytes{24, 0, 1, type}, false, out)) << "inside an aggregate: " << int{type};
  }
  EXPECT_FALSE(depacketizeH264(Bytes{24, 0, 1, 24}, false, out)) << "an aggregate in an aggregate";
  EXPECT_FALSE(depacketizeH264(Bytes{24, 0, 1, 28}, false, out));
  // A whole unit as one fragment: forbidden (RFC 6184 §5.8), sent by encoders, and taken.
  ASSERT_TRUE(depacketizeH264(Bytes{28, 0xc5, 1}, false, out));
  EXPECT_TRUE(out.startOfFrame && out.keyFrame && !out.continuesUnit && !out.unitContinues);
  EXPECT_FALSE(depacketizeH264(Bytes{28, 0x85}, false, out)) << "a fragment of nothing";
  EXPECT_FALSE(depacketizeH264(Bytes{28, 0x80 | 28, 1}, false, out)) << "a fragment of a fragment";
  EXPECT_FALSE(depacketizeH264(Bytes{28, 0x80, 1}, false, out));
}

// A32: sizes in an aggregate that lie by one, and every truncation.
TEST(H264, AggregateSizesThatLieAreRefused) {
  const Bytes good = {24, 0, 2, 0x67, 1, 0, 3, 0x68, 2, 3};
  Depacketized out;
  ASSERT_TRUE(depacketizeH264(good, false, out));
  for (size_t size = 0; size < good.size(); ++size) {
    const bool whole = size == 5;  // one unit of two: nothing shows that there was another
    EXPECT_EQ(depacketizeH264(Bytes(good.begin(), good.begin() + static_cast<ptrdiff_t>(size)), false, out), whole);
  }
  for (const size_t at : {1u, 2u, 5u, 6u}) {
    for (const int change : {-1, 1}) {
      Bytes bad = good;
      bad[at] = static_cast<uint8_t>(bad[at] + change);
      EXPECT_FALSE(depacketizeH264(bad, false, out)) << at;
    }
  }
  EXPECT_FALSE(depacketizeH264(Bytes{24, 0, 0, 0, 1, 0x67}, false, out)) << "an empty unit";
}

template <class P>
void everyTruncation(VideoFormat format, P& packetizer, const Bytes& frame) {
  for (const Sent& one : packetize(packetizer, frame, 100)) {
    for (size_t size = 0; size < one.payload.size(); ++size) {
      const Bytes cut(one.payload.begin(), one.payload.begin() + static_cast<ptrdiff_t>(size));
      Depacketized out;
      if (!depacketize(format, cut, one.marker, out)) continue;
      Bytes bytes;
      FrameWriter writer(bytes, out.frameBytes());
      writer.add(out);
      writer.finish();
      EXPECT_LE(bytes.size(), out.frameBytes());
    }
  }
}

TEST(H264, EveryTruncationIsDroppedOrStaysInBounds) {
  SeededRandom random(6);
  H264Packetizer packetizer;
  everyTruncation(VideoFormat::kH264, packetizer,
                  annexB({unit(random, {0x67}, 12), unit(random, {0x68}, 9), unit(random, {0x65}, 400)}));
}

TEST(FrameWriter, FragmentsWithoutStartOrEndMakeNoFrame) {
  SeededRandom random(7);
  H264Packetizer packetizer;
  const auto sent = packetize(packetizer, annexB({unit(random, {0x65}, 500), unit(random, {0x41}, 20)}), 100);
  ASSERT_GE(sent.size(), 4u);
  Bytes out;
  ASSERT_TRUE(assemble(VideoFormat::kH264, sent, out));
  EXPECT_FALSE(assemble(VideoFormat::kH264, {sent.begin() + 1, sent.end()}, out)) << "no start";
  auto hurt = sent;
  hurt.erase(hurt.end() - 2);
  EXPECT_FALSE(assemble(VideoFormat::kH264, hurt, out)) << "no end";
  hurt = {sent[0], sent[0]};
  EXPECT_FALSE(assemble(VideoFormat::kH264, hurt, out)) << "two starts";
  EXPECT_FALSE(assemble(VideoFormat::kH264, {sent[0]}, out));
}

TEST(H265, RoundTripsAccessUnitsOfAnyShape) {
  SeededRandom random(8);
  H265Packetizer packetizer;
  for (int i = 0; i < 400; ++i) {
    std::vector<Bytes> units;
    for (size_t n = 1 + random.below(8); n > 0; --n) {
      const auto type = static_cast<uint8_t>(random.below(48));
      const auto header = static_cast<uint16_t>(type << 9 | random.below(64) << 3 | (1 + random.below(7)));
      units.push_back(unit(random, {static_cast<uint8_t>(header >> 8), static_cast<uint8_t>(header)},
                           3 + random.below(random.below(3) == 0 ? 5000 : 300)));
    }
    const Bytes frame = annexB(units);
    const auto sent = packetize(packetizer, frame, 40 + random.below(1300));
    Bytes out;
    ASSERT_TRUE(assemble(VideoFormat::kH265, sent, out));
    ASSERT_EQ(out, frame);
  }
}

TEST(H265, AggregatesAndFragmentsAsRfc7798Says) {
  SeededRandom random(9);
  const Bytes vps = unit(random, {32 << 1, 0x03}, 20), sps = unit(random, {33 << 1, 0x02}, 30);
  const Bytes idr = unit(random, {19 << 1, 0x01}, 2500);
  H265Packetizer packetizer;
  const auto sent = packetize(packetizer, annexB({vps, sps, idr}), 1200);
  ASSERT_EQ(sent.size(), 4u);
  EXPECT_EQ(sent[0].payload[0], 48 << 1);
  EXPECT_EQ(sent[0].payload[1], 0x02) << "the lowest TID";
  EXPECT_EQ(sent[1].payload[0], 49 << 1);
  EXPECT_EQ(sent[1].payload[1], 0x01);
  EXPECT_EQ(sent[1].payload[2], 0x80 | 19);
  EXPECT_EQ(sent[2].payload[2], 19);
  EXPECT_EQ(sent[3].payload[2], 0x40 | 19);
  Depacketized out;
  ASSERT_TRUE(depacketizeH265(sent[0].payload, false, out));
  EXPECT_TRUE(out.keyFrame && out.startOfFrame && !out.guessedStart);
  ASSERT_TRUE(depacketizeH265(sent[1].payload, false, out));
  EXPECT_TRUE(out.keyFrame && out.startOfFrame && out.guessedStart);
  ASSERT_TRUE(depacketizeH265(sent[2].payload, false, out));
  EXPECT_FALSE(out.keyFrame || out.startOfFrame || out.guessedStart);
}

TEST(H265, RefusesForeignTypesAndLies) {
  Depacketized out;
  for (const uint8_t type : {50, 51, 63}) {
    EXPECT_FALSE(depacketizeH265(Bytes{static_cast<uint8_t>(type << 1), 1, 1, 1}, false, out)) << int{type};
  }
  EXPECT_FALSE(depacketizeH265(Bytes{19 << 1, 0, 1}, false, out)) << "TID 0";
  // A whole unit as one fragment: forbidden (RFC 7798 §4.4.3), sent by encoders, and taken.
  ASSERT_TRUE(depacketizeH265(Bytes{49 << 1, 1, 0xc0 | 19, 1}, false, out));
  EXPECT_TRUE(out.startOfFrame && !out.continuesUnit && !out.unitContinues);
  EXPECT_FALSE(depacketizeH265(Bytes{49 << 1, 1, 0x80 | 49, 1}, false, out));
  EXPECT_FALSE(depacketizeH265(Bytes{49 << 1, 1, 0x80 | 19}, false, out));
  const Bytes good = {48 << 1, 1, 0, 3, 32 << 1, 1, 7, 0, 3, 33 << 1, 1, 8};
  ASSERT_TRUE(depacketizeH265(good, false, out));
  for (const size_t at : {3u, 8u}) {
    for (const int change : {-1, 1}) {
      Bytes bad = good;
      bad[at] = static_cast<uint8_t>(bad[at] + change);
      EXPECT_FALSE(depacketizeH265(bad, false, out)) << at;
    }
  }
  EXPECT_FALSE(depacketizeH265(Bytes{48 << 1, 1, 0, 3, 48 << 1, 1, 7}, false, out)) << "an AP in an AP";
  EXPECT_FALSE(depacketizeH265(Bytes{48 << 1, 1, 0, 1, 32 << 1}, false, out)) << "half a header";
}

TEST(H265, EveryTruncationIsDroppedOrStaysInBounds) {
  SeededRandom random(10);
  H265Packetizer packetizer;
  everyTruncation(VideoFormat::kH265, packetizer,
                  annexB({unit(random, {32 << 1, 1}, 12), unit(random, {33 << 1, 1}, 9), unit(random, {38, 1}, 400)}));
}

}  // namespace
}  // namespace tincan::inline v0::rtp
