#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/rtcp/compound_parser.h"

namespace tincan::inline v0::rtp::rtcp {
namespace {

struct Seen {
  std::vector<Packet> packets;
  size_t unknown = 0;
  size_t sdes = 0;
  void operator()(const SdesView& view) {
    ++sdes;
    EXPECT_TRUE(view.walk([](Ssrc) {}, [](SdesType, std::string_view) {}));
  }
  void operator()(const Block&) { ++unknown; }
  template <class T>
  void operator()(const T& packet) {
    packets.emplace_back(packet);
  }
};

// Whatever arrives, the parser that keeps its structs says what the one that makes a list says.
TEST(RtcpCompoundParser, AgreesWithTheListOfPackets) {
  SeededRandom random(1);
  CompoundParser parser;
  constexpr uint8_t kTypes[] = {200, 201, 202, 203, 204, 205, 206, 207, 209};
  size_t good = 0;
  for (int i = 0; i < 30'000; ++i) {
    Bytes compound;
    for (uint64_t blocks = 1 + random.below(3); blocks > 0; --blocks) {
      Bytes block(4 + 4 * random.below(12));
      random.fill(block);
      for (size_t at = 4; random.below(2) == 0 && at < block.size(); ++at) block[at] &= 0x03;
      block[0] = static_cast<uint8_t>((random.below(3) == 0 ? block[0] & 0x1f : random.below(16)) | 0x80);
      block[1] = kTypes[random.below(9)];
      storeBe16(block.data() + 2, static_cast<uint16_t>(block.size() / 4 - 1 + (random.below(50) == 0)));
      compound.insert(compound.end(), block.begin(), block.end());
    }
    Seen seen;
    const Verdict verdict = parser.parse(compound, [&](const auto& packet) { seen(packet); });
    std::vector<Packet> list;
    ASSERT_EQ(verdict == Verdict::kOk, parseCompound(compound, list) == Verdict::kOk);
    if (verdict != Verdict::kOk) {
      EXPECT_EQ(seen.packets.size() + seen.sdes + seen.unknown, 0u) << "nothing is visited of what is refused";
      continue;
    }
    ++good;
    size_t at = 0;
    for (const Packet& packet : list) {
      if (std::holds_alternative<Sdes>(packet) || std::holds_alternative<Unknown>(packet)) continue;
      ASSERT_LT(at, seen.packets.size());
      EXPECT_EQ(seen.packets[at++], packet);
    }
    EXPECT_EQ(at, seen.packets.size());
    EXPECT_EQ(list.size(), seen.packets.size() + seen.sdes + seen.unknown);
  }
  EXPECT_GT(good, 500u);
}

TEST(RtcpXr, RunLengthsExpandToWhatWasCompressed) {
  SeededRandom random(2);
  for (int i = 0; i < 300; ++i) {
    std::vector<bool> bits(random.below(i % 10 == 0 ? 40'000 : 200));
    for (size_t at = 0; at < bits.size();) {
      const bool value = random.below(2) == 0;
      for (uint64_t run = 1 + random.below(60); run > 0 && at < bits.size(); --run) bits[at++] = value;
    }
    XrRunLengths report;
    report.begin = static_cast<uint16_t>(random.u32());
    report.end = static_cast<uint16_t>(report.begin + bits.size());
    report.chunks = XrRunLengths::compress(bits);
    EXPECT_EQ(report.expand(), bits);
  }
  // RFC 3611 §4.1: thinning tells of every 2^T-th packet.
  XrRunLengths thin{false, 3, Ssrc(1), 0, 100, {0x4000 | 5}};
  EXPECT_EQ(thin.expand().size(), 13u);
  // Chunks that say far more than the range are cut.
  XrRunLengths vast{false, 0, Ssrc(1), 0, 10, std::vector<uint16_t>(1000, 0x7fff)};
  EXPECT_EQ(vast.expand(), std::vector<bool>(10, true));
}

TEST(RtcpXr, BlocksOfTheWrongSizeAreRefused) {
  const auto verdict = [](uint8_t type, uint8_t specific, size_t words) {
    Bytes bytes = {0x80, 207,      0, static_cast<uint8_t>(2 + words), 0, 0, 0, 1,
                   type, specific, 0, static_cast<uint8_t>(words)};
    bytes.resize(bytes.size() + 4 * words);
    std::vector<Packet> out;
    return parseCompound(bytes, out);
  };
  for (size_t words = 0; words < 16; ++words) {
    EXPECT_EQ(verdict(1, 0, words) == Verdict::kOk, words >= 2) << words;
    EXPECT_EQ(verdict(4, 0, words) == Verdict::kOk, words == 2) << words;
    EXPECT_EQ(verdict(5, 0, words) == Verdict::kOk, words % 3 == 0) << words;
    EXPECT_EQ(verdict(6, 0, words) == Verdict::kOk, words == 9) << words;
    EXPECT_EQ(verdict(6, 0x18, words), Verdict::kMalformed) << "a reserved kind of TTL";
    EXPECT_EQ(verdict(7, 0, words) == Verdict::kOk, words == 8) << words;
    EXPECT_EQ(verdict(200, 0, words), Verdict::kOk);
  }
}

// The smallest block has four bytes: a packet of 1,200 could hold 298 of them, each an allocation.
TEST(RtcpXr, TwoHundredAndFiftyFiveBlocksAndNoMore) {
  const auto packet = [](size_t blocks) {
    ByteBuilder out;
    out.u8(0x80).u8(207).u16(static_cast<uint16_t>(1 + blocks)).u32(1);
    for (size_t i = 0; i < blocks; ++i) out.u8(200).u8(0).u16(0);
    return out.take();
  };
  std::vector<Packet> out;
  ASSERT_EQ(parseCompound(packet(ExtendedReport::kMaxBlocks), out), Verdict::kOk);
  EXPECT_EQ(std::get<ExtendedReport>(out.front()).blocks.size(), ExtendedReport::kMaxBlocks);
  EXPECT_EQ(parseCompound(packet(ExtendedReport::kMaxBlocks + 1), out), Verdict::kLimit);
  EXPECT_TRUE(out.empty());

  Bytes room(4096);
  ExtendedReport report;
  report.blocks.assign(ExtendedReport::kMaxBlocks, XrUnknown{200, 0, {}});
  ByteWriter writer(room);
  EXPECT_TRUE(write(writer, report));
  report.blocks.emplace_back(XrUnknown{200, 0, {}});
  ByteWriter over(room);
  EXPECT_FALSE(write(over, report));
}

TEST(RtcpCongestionFeedback, OffsetsSaturateAndCountsAreChecked) {
  EXPECT_EQ(CongestionFeedback::offsetOf(Duration::zero()), 0);
  EXPECT_EQ(CongestionFeedback::offsetOf(Duration::seconds(1)), 1024);
  EXPECT_EQ(CongestionFeedback::offsetOf(Duration::seconds(8)), CongestionFeedback::kOffsetOverflow);
  EXPECT_EQ(CongestionFeedback::offsetOf(Duration::infinite()), CongestionFeedback::kOffsetOverflow);
  EXPECT_EQ(CongestionFeedback::offsetOf(-Duration::micros(1)), CongestionFeedback::kOffsetUnknown);
  Bytes bytes = {0x8b, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 3, 0xe0, 1, 0, 0, 0x80, 2, 0, 0, 1, 2, 3, 4};
  storeBe16(bytes.data() + 2, static_cast<uint16_t>(bytes.size() / 4 - 1));
  std::vector<Packet> out;
  ASSERT_EQ(parseCompound(bytes, out), Verdict::kOk);
  const auto& feedback = std::get<CongestionFeedback>(out.front());
  ASSERT_EQ(feedback.sources.size(), 1u);
  EXPECT_EQ(feedback.sources[0].reports[0], (CongestionFeedback::Report{true, 3, 1}));
  EXPECT_FALSE(feedback.sources[0].reports[1].received);
  for (const uint8_t count : {1, 2, 5, 6, 7, 255}) {
    bytes[15] = count;
    EXPECT_NE(parseCompound(bytes, out), Verdict::kOk) << int{count};
  }
  bytes[15] = 4;
  EXPECT_EQ(parseCompound(bytes, out), Verdict::kOk) << "even counts have no padding";
}

TEST(RtcpCodecControl, WritersRefuseWhatCannotBeSaid) {
  Bytes out(8192);
  const auto refused = [&](const auto& packet) {
    ByteWriter writer(out);
    return !write(writer, packet);
  };
  EXPECT_TRUE(refused(Tmmbr{Ssrc(1), {}}));
  EXPECT_FALSE(refused(Tmmbn{Ssrc(1), {}}));
  EXPECT_TRUE(refused(Tmmbr{Ssrc(1), {{Ssrc(2), 1, 512}}}));
  EXPECT_TRUE(refused(Tmmbr{Ssrc(1), std::vector<RateLimit>(256)}));
  EXPECT_TRUE(refused(Sli{Ssrc(1), Ssrc(2), {}}));
  EXPECT_TRUE(refused(Sli{Ssrc(1), Ssrc(2), {{0x2000, 0, 0}}}));
  EXPECT_TRUE(refused(Sli{Ssrc(1), Ssrc(2), {{0, 0, 64}}}));
  EXPECT_TRUE(refused(Rpsi{Ssrc(1), Ssrc(2), 128, 0, {}}));
  EXPECT_TRUE(refused(Rpsi{Ssrc(1), Ssrc(2), 96, 8, Bytes(1)}));
  EXPECT_TRUE(refused(App{32, Ssrc(1), {}, {}}));
  EXPECT_TRUE(refused(App{1, Ssrc(1), {}, Bytes(3)}));
  // A mantissa that its exponent pushes out of 64 bits.
  Bytes bytes = {0x83, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0xff, 0xff, 0xfe, 0};
  std::vector<Packet> packets;
  EXPECT_EQ(parseCompound(bytes, packets), Verdict::kMalformed);
}

}  // namespace
}  // namespace tincan::inline v0::rtp::rtcp
