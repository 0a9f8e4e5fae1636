#include "rtp/header.h"

#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace tincan::inline v0::rtp {
namespace {

Header plainHeader() {
  Header header;
  header.marker = true;
  header.payloadType = PayloadType(111);
  header.sequenceNumber = 0xfffe;
  header.timestamp = 0x89abcdef;
  header.ssrc = Ssrc(0x12345678);
  return header;
}

Bytes packetWith(std::vector<Ssrc> csrcs, Bytes extensionBlock, Bytes payload) {
  Bytes out(2048);
  const size_t size = writeHeader(out, plainHeader(), csrcs, extensionBlock);
  EXPECT_GT(size, 0u);
  out.resize(size);
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

TEST(RtpHeader, WritesAndParsesEveryField) {
  const Bytes block = {0xbe, 0xde, 0x00, 0x01, 0x10, 0xaa, 0x00, 0x00};
  const Bytes packet = packetWith({Ssrc(1), Ssrc(0xfffffffe)}, block, {9, 8, 7});
  Header header;
  ASSERT_TRUE(Header::parse(packet, header));
  EXPECT_TRUE(header.marker);
  EXPECT_EQ(header.payloadType, PayloadType(111));
  EXPECT_EQ(header.sequenceNumber, 0xfffe);
  EXPECT_EQ(header.timestamp, 0x89abcdefu);
  EXPECT_EQ(header.ssrc, Ssrc(0x12345678));
  ASSERT_EQ(header.csrcCount, 2);
  EXPECT_EQ(header.csrc(packet, 1), Ssrc(0xfffffffe));
  EXPECT_TRUE(header.hasExtension);
  EXPECT_EQ(header.extensionProfile, 0xbede);
  EXPECT_EQ(header.extension(packet).size(), 4u);
  EXPECT_EQ(header.extension(packet)[0], 0x10);
  EXPECT_EQ(header.headerSize, 28u);
  EXPECT_TRUE(equalBytes(header.payload(packet), Bytes{9, 8, 7}));
}

TEST(RtpHeader, RefusesEveryTruncationOfItsHeader) {
  const Bytes packet = packetWith({Ssrc(1), Ssrc(2)}, {0xbe, 0xde, 0, 1, 0x10, 0xaa, 0, 0}, {});
  Header header;
  for (size_t size = 0; size < packet.size(); ++size) {
    const Bytes cut(packet.begin(), packet.begin() + static_cast<ptrdiff_t>(size));  // its own heap: ASan sees the end
    EXPECT_FALSE(Header::parse(cut, header)) << size;
    EXPECT_FALSE(Header::parseProtected(cut, header)) << size;
  }
  EXPECT_TRUE(Header::parse(packet, header));
}

TEST(RtpHeader, RefusesOtherVersions) {
  Bytes packet = packetWith({}, {}, {1});
  Header header;
  for (uint8_t version : {0, 1, 3}) {
    packet[0] = static_cast<uint8_t>(version << 6);
    EXPECT_FALSE(Header::parse(packet, header));
  }
}

TEST(RtpHeader, BoundsCsrcsAndExtension) {
  Header header;
  for (uint8_t count = 0; count <= 15; ++count) {
    Bytes packet(12 + 4 * size_t{count} + 3, 0);
    packet[0] = static_cast<uint8_t>(0x80 | count);
    ASSERT_TRUE(Header::parse(packet, header));
    EXPECT_EQ(header.payloadSize(packet), 3u);
    packet.resize(12 + 4 * size_t{count} - (count > 0 ? 1 : 0));
    EXPECT_EQ(Header::parse(packet, header), count == 0);
  }
  // The length field of an extension of two words, ±1 and at its largest.
  const Bytes good = packetWith({}, {0xbe, 0xde, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0}, {});
  for (int words : {0, 1, 2, 3, 0xffff}) {
    Bytes packet = good;
    storeBe16(packet.data() + 14, static_cast<uint16_t>(words));
    ASSERT_EQ(Header::parse(packet, header), words <= 2) << words;
    if (words <= 2) {
      EXPECT_EQ(header.payloadSize(packet), 8u - 4u * static_cast<unsigned>(words));
    }
  }
}

TEST(RtpHeader, ChecksPadding) {
  PacketPool pool;
  Header header;
  const auto packetOf = [&](size_t payload) {
    PacketBuffer packet = pool.copy(Bytes(payload, 7));
    EXPECT_TRUE(prependHeader(packet, plainHeader()));
    return packet;
  };
  for (unsigned size : {1u, 4u, 255u}) {
    PacketBuffer packet = packetOf(10);
    ASSERT_TRUE(appendPadding(packet, static_cast<uint8_t>(size)));
    ASSERT_TRUE(Header::parse(packet.view(), header));
    EXPECT_EQ(header.paddingSize, size);
    EXPECT_EQ(header.payloadSize(packet.view()), 10u);
  }
  PacketBuffer packet = packetOf(0);
  EXPECT_FALSE(appendPadding(packet, 0));
  ASSERT_TRUE(appendPadding(packet, 5));  // padding alone: a probe
  ASSERT_TRUE(Header::parse(packet.view(), header));
  EXPECT_EQ(header.payloadSize(packet.view()), 0u);
  packet.data()[packet.size() - 1] = 6;  // longer than the payload
  EXPECT_FALSE(Header::parse(packet.view(), header));
  packet.data()[packet.size() - 1] = 0;  // cannot be
  EXPECT_FALSE(Header::parse(packet.view(), header));
  EXPECT_TRUE(Header::parseProtected(packet.view(), header));  // ciphertext says nothing
  packet.trimBack(5);
  EXPECT_FALSE(Header::parse(packet.view(), header));  // P with no byte to hold the size
}

TEST(RtpHeader, WriterRefusesWhatCannotBeSaid) {
  Bytes out(100);
  const std::vector<Ssrc> sixteen(16);
  EXPECT_EQ(writeHeader(out, plainHeader(), sixteen), 0u);
  EXPECT_EQ(writeHeader(out, plainHeader(), {}, Bytes{0xbe, 0xde, 0}), 0u);
  EXPECT_EQ(writeHeader(MutableByteView(out).first(11), plainHeader()), 0u);
  EXPECT_EQ(writeHeader(MutableByteView(out).first(12), plainHeader()), 12u);
  PacketPool pool;
  PacketBuffer packet = pool.allocate();
  const Bytes tooLong(PacketBuffer::kHeadroom, 0);
  EXPECT_FALSE(prependHeader(packet, plainHeader(), {}, tooLong));
  EXPECT_EQ(packet.size(), 0u);
}

TEST(RtpHeader, RewritesInPlace) {
  Bytes packet = packetWith({}, {}, {1, 2});
  setMarker(packet, false);
  setPayloadType(packet, PayloadType(96));
  setSequenceNumber(packet, 7);
  setTimestamp(packet, 8);
  setSsrc(packet, Ssrc(9));
  Header header;
  ASSERT_TRUE(Header::parse(packet, header));
  EXPECT_FALSE(header.marker);
  EXPECT_EQ(header.payloadType, PayloadType(96));
  EXPECT_EQ(header.sequenceNumber, 7);
  EXPECT_EQ(header.timestamp, 8u);
  EXPECT_EQ(header.ssrc, Ssrc(9));
}

TEST(RtpHeader, TellsRtcpByItsType) {
  for (unsigned type = 0; type < 256; ++type) {
    const Bytes packet = {0x80, static_cast<uint8_t>(type)};
    EXPECT_EQ(isRtcp(packet), type >= 192 && type <= 223);
  }
  EXPECT_FALSE(isRtcp(Bytes{0x80}));
}

TEST(RtpHeader, SurvivesNoise) {
  SeededRandom random(1);
  Header header;
  for (int i = 0; i < 20'000; ++i) {
    Bytes packet(random.below(80));
    random.fill(packet);
    if (!packet.empty()) packet[0] = static_cast<uint8_t>((packet[0] & 0x3f) | 0x80);
    if (!Header::parse(packet, header)) continue;
    EXPECT_LE(header.headerSize + header.paddingSize, packet.size());
    EXPECT_EQ(header.headerSize + header.payload(packet).size() + header.paddingSize, packet.size());
    EXPECT_LE(header.extensionOffset + header.extension(packet).size(), header.headerSize);
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
