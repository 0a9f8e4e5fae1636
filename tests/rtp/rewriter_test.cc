#include "rtp/rewriter.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/extension_values.h"
#include "tests/rtp/srtp_fixture.h"

namespace tincan::inline v0::rtp {
namespace {

ExtensionMap mapOf(std::initializer_list<std::pair<ExtensionKind, uint8_t>> ids) {
  ExtensionMap map;
  map.allowMixed = true;
  for (const auto& [kind, id] : ids) EXPECT_TRUE(map.add(kind, id));
  return map;
}

const std::initializer_list<std::pair<ExtensionKind, uint8_t>> kPublisher = {
    {ExtensionKind::kMid, 4}, {ExtensionKind::kAbsSendTime, 2}, {ExtensionKind::kTransportSequence, 3}};

Bytes published(const ExtensionMap& ids, bool twoByte) {
  ExtensionWriter writer(ids);
  EXPECT_TRUE(writer.add(ExtensionKind::kAbsSendTime, AbsSendTime{7}.bytes()));
  EXPECT_TRUE(writer.add(ExtensionKind::kMid, asBytes(twoByte ? "a mid that one byte cannot say" : "0")));
  EXPECT_TRUE(writer.add(ExtensionKind::kTransportSequence, TransportSequence{8}.bytes()));
  Header header;
  header.marker = true;
  header.payloadType = PayloadType(96);
  header.ssrc = Ssrc(1);
  Bytes out(500);
  out.resize(writeHeader(out, header, {}, writer.block()));
  out.resize(out.size() + 20, 0x55);
  return out;
}

TEST(RtpRewriter, WritesOverHeaderIdsAndValues) {
  const ExtensionMap from = mapOf(kPublisher);
  const ExtensionMap to = mapOf({{ExtensionKind::kMid, 9}, {ExtensionKind::kTransportSequence, 1}});
  for (bool twoByte : {false, true}) {
    const Bytes packet = published(from, twoByte);
    const auto rewriter = PacketRewriter::parse(packet, from);
    ASSERT_TRUE(rewriter);
    Bytes copy = packet;
    rewriter->setHeader(copy, {PayloadType(100), 0xabcd, 0x01020304, Ssrc(0xfffffff0)});
    rewriter->setIds(copy, to);
    EXPECT_TRUE(rewriter->set(copy, ExtensionKind::kTransportSequence, TransportSequence{0x1234}.bytes()));
    EXPECT_FALSE(rewriter->set(copy, ExtensionKind::kTransportSequence, Bytes{1}));
    EXPECT_FALSE(rewriter->set(copy, ExtensionKind::kAudioLevel, Bytes{1}));
    Header header;
    ASSERT_TRUE(Header::parse(copy, header));
    EXPECT_TRUE(header.marker);
    EXPECT_EQ(header.payloadType, PayloadType(100));
    EXPECT_EQ(header.sequenceNumber, 0xabcd);
    EXPECT_EQ(header.timestamp, 0x01020304u);
    EXPECT_EQ(header.ssrc, Ssrc(0xfffffff0));
    const ByteView view(copy);
    EXPECT_EQ(TransportSequence::read(*findExtension(view, header, to, ExtensionKind::kTransportSequence)),
              TransportSequence{0x1234});
    EXPECT_EQ(asText(*findExtension(view, header, to, ExtensionKind::kMid)),
              twoByte ? "a mid that one byte cannot say" : "0");
    ExtensionReader reader(view, header);
    ExtensionReader::Element element;
    size_t elements = 0;
    while (reader.next(element)) ++elements;
    EXPECT_EQ(elements, 2u);  // abs-send-time was not negotiated there
    EXPECT_TRUE(equalBytes(header.payload(view), Bytes(20, 0x55)));
  }
}

TEST(RtpRewriter, LongIdsNeedTheTwoByteForm) {
  const ExtensionMap from = mapOf(kPublisher);
  const ExtensionMap to = mapOf({{ExtensionKind::kMid, 200}});
  for (bool twoByte : {false, true}) {
    Bytes packet = published(from, twoByte);
    const auto rewriter = PacketRewriter::parse(packet, from);
    ASSERT_TRUE(rewriter);
    rewriter->setIds(packet, to);
    Header header;
    ASSERT_TRUE(Header::parse(packet, header));
    EXPECT_EQ(findExtension(ByteView(packet), header, 200).has_value(), twoByte);
  }
}

TEST(RtpRewriter, RefusesWhatDoesNotParseAndBoundsElements) {
  const ExtensionMap ids = mapOf(kPublisher);
  EXPECT_FALSE(PacketRewriter::parse(Bytes(11, 0x80), ids));
  for (uint8_t elements : {16, 17}) {
    Bytes packet = rtpPacket(1, 1, {});
    packet[0] |= 0x10;
    packet.insert(packet.end(), {0xbe, 0xde, 0, 9});
    for (uint8_t i = 0; i < elements; ++i) packet.insert(packet.end(), {0x40, i});
    packet.resize(16 + 36, 0);
    EXPECT_EQ(PacketRewriter::parse(packet, ids).has_value(), elements == 16);
  }
}

TEST(RtpRewriter, NoiseStaysWithinTheHeader) {
  SeededRandom random(4);
  const ExtensionMap from = mapOf(kPublisher);
  const ExtensionMap to = mapOf({{ExtensionKind::kMid, 14}, {ExtensionKind::kAbsSendTime, 30}});
  for (int i = 0; i < 20'000; ++i) {
    Bytes packet(12 + random.below(60));
    random.fill(packet);
    packet[0] = static_cast<uint8_t>(0x90 | random.below(3));
    if (packet.size() > 20) {
      const size_t at = 12 + 4 * size_t{packet[0] & 0xfu};
      if (at + 4 <= packet.size()) {
        storeBe16(packet.data() + at, i % 2 == 0 ? 0xbede : 0x1000);
        storeBe16(packet.data() + at + 2, static_cast<uint16_t>(random.below(12)));
      }
    }
    const auto rewriter = PacketRewriter::parse(packet, from);
    if (!rewriter) continue;
    Bytes copy = packet;
    rewriter->setIds(copy, to);
    Header header;
    ASSERT_TRUE(Header::parse(copy, header));
    ASSERT_EQ(header.headerSize, rewriter->header().headerSize);
    ASSERT_TRUE(equalBytes(ByteView(copy).subspan(header.headerSize), ByteView(packet).subspan(header.headerSize)));
    ASSERT_TRUE(equalBytes(ByteView(copy).first(header.extensionOffset ? header.extensionOffset : 12),
                           ByteView(packet).first(header.extensionOffset ? header.extensionOffset : 12)));
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
