#include "rtp/extensions.h"

#include <string>

#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/extension_values.h"

namespace tincan::inline v0::rtp {
namespace {

Bytes packetWith(ByteView block) {
  Bytes out(2048);
  out.resize(writeHeader(out, Header(), {}, block));
  out.push_back(0x55);
  return out;
}

Bytes block(uint16_t profile, const Bytes& elements) {
  const size_t words = (elements.size() + 3) / 4;
  Bytes out(2048);
  ByteWriter writer(out);
  writer.u16(profile);
  writer.u16(static_cast<uint16_t>(words));
  writer.bytes(elements);
  out.resize(4 + 4 * words);
  return out;
}

std::string find(const Bytes& packet, uint8_t id) {
  Header header;
  if (!Header::parse(packet, header)) return "bad header";
  const auto value = findExtension(ByteView(packet), header, id);
  return value ? "[" + std::string(asText(*value)) + "]" : "none";
}

ExtensionMap map() {
  ExtensionMap out;
  EXPECT_TRUE(out.add(ExtensionKind::kMid, 4));
  EXPECT_TRUE(out.add(ExtensionKind::kAbsSendTime, 2));
  EXPECT_TRUE(out.add(ExtensionKind::kTransportSequence, 3));
  EXPECT_TRUE(out.add(ExtensionKind::kAudioLevel, 14));
  EXPECT_TRUE(out.add(ExtensionKind::kRtpStreamId, 16));
  return out;
}

TEST(RtpExtensions, EveryKindHasItsUri) {
  for (size_t i = 0; i < kExtensionKinds; ++i) {
    const auto kind = static_cast<ExtensionKind>(i);
    EXPECT_FALSE(uri(kind).empty());
    EXPECT_EQ(extensionKind(uri(kind)), kind);
  }
  EXPECT_EQ(extensionKind("urn:ietf:params:rtp-hdrext:sdes:mid"), ExtensionKind::kMid);
  EXPECT_EQ(extensionKind("urn:nothing"), std::nullopt);
}

TEST(RtpExtensions, MapBindsBothWaysOnce) {
  ExtensionMap ids;
  EXPECT_FALSE(ids.add(ExtensionKind::kMid, 0));
  EXPECT_FALSE(ids.add(ExtensionKind::kMid, 15));
  EXPECT_TRUE(ids.add(ExtensionKind::kMid, 1));
  EXPECT_TRUE(ids.add(ExtensionKind::kMid, 1));
  EXPECT_FALSE(ids.add(ExtensionKind::kMid, 2));
  EXPECT_FALSE(ids.add(ExtensionKind::kAudioLevel, 1));
  EXPECT_TRUE(ids.add(ExtensionKind::kAudioLevel, 255));
  EXPECT_EQ(ids.kind(255), ExtensionKind::kAudioLevel);
  EXPECT_EQ(ids.kind(0), std::nullopt);
  EXPECT_EQ(ids.id(ExtensionKind::kRtpStreamId), 0);
}

TEST(RtpExtensions, ReadsTheOneByteForm) {
  const Bytes packet = packetWith(block(0xbede, {0x10, 'a', 0x00, 0x00, 0x22, 'b', 'c', 'd', 0x3f, 'A', 'B', 'C', 'D',
                                                 'E',  'F', 'G',  'H',  'I',  'J', 'K', 'L', 'M',  'N', 'O', 'P'}));
  EXPECT_EQ(find(packet, 1), "[a]");
  EXPECT_EQ(find(packet, 2), "[bcd]");
  EXPECT_EQ(find(packet, 3), "[ABCDEFGHIJKLMNOP]");
  EXPECT_EQ(find(packet, 4), "none");
  EXPECT_EQ(find(packet, 0), "none");
}

TEST(RtpExtensions, Id15EndsTheOneByteForm) {
  const Bytes packet = packetWith(block(0xbede, {0x10, 'a', 0xf0, 'x', 0x20, 'b'}));
  EXPECT_EQ(find(packet, 1), "[a]");
  EXPECT_EQ(find(packet, 15), "none");
  EXPECT_EQ(find(packet, 2), "none");
}

TEST(RtpExtensions, Id0WithALengthEndsTheOneByteForm) {
  // RFC 8285 §4.2: its length is ignored, and what stands behind it is not read; a zero byte alone is padding.
  const Bytes packet = {0x90, 111, 0, 1,    0,    0,    0,    1,    0,    0,    0,    1,   0xbe,
                        0xde, 0,   2, 0x10, 0xaa, 0x00, 0x20, 0xbb, 0x01, 0x31, 0xcc, 0x78};
  Header header;
  ASSERT_TRUE(Header::parse(packet, header));
  EXPECT_TRUE(findExtension(ByteView(packet), header, 1));
  EXPECT_TRUE(findExtension(ByteView(packet), header, 2));
  EXPECT_FALSE(findExtension(ByteView(packet), header, 3));
}

TEST(RtpExtensions, ReadsTheTwoByteFormWithAnyAppBits) {
  for (uint16_t profile : {0x1000, 0x1005, 0x100f}) {
    const Bytes packet = packetWith(block(profile, {1, 0, 0, 15, 1, 'f', 200, 2, 'x', 'y'}));
    EXPECT_EQ(find(packet, 1), "[]");
    EXPECT_EQ(find(packet, 15), "[f]");
    EXPECT_EQ(find(packet, 200), "[xy]");
  }
  EXPECT_EQ(find(packetWith(block(0x1010, {1, 1, 'a'})), 1), "none");
  EXPECT_EQ(find(packetWith(block(0xabcd, {0x10, 'a'})), 1), "none");
}

TEST(RtpExtensions, StopsAtElementsPastTheEnd) {
  EXPECT_EQ(find(packetWith(block(0xbede, {0x10, 'a', 0x23, 'b'})), 2), "none");  // says 4, has 1
  EXPECT_EQ(find(packetWith(block(0xbede, {0x10, 'a', 0x21, 'b'})), 2), "none");  // one past
  EXPECT_EQ(find(packetWith(block(0xbede, {0x10, 'a', 0x20, 'b'})), 2), "[b]");
  EXPECT_EQ(find(packetWith(block(0x1000, {9, 3, 'a', 'b'})), 9), "none");
  EXPECT_EQ(find(packetWith(block(0x1000, {9, 2, 'a', 'b'})), 9), "[ab]");
  EXPECT_EQ(find(packetWith(block(0x1000, {0, 0, 0, 9})), 9), "none");  // an id without a length
}

TEST(RtpExtensions, WritesWhatWasNegotiatedAndReadsItBack) {
  const ExtensionMap ids = map();
  ExtensionWriter writer(ids);
  EXPECT_TRUE(writer.empty());
  EXPECT_TRUE(writer.block().empty());
  EXPECT_TRUE(writer.add(ExtensionKind::kMid, asBytes("0")));
  EXPECT_TRUE(writer.add(ExtensionKind::kAbsSendTime, AbsSendTime{0x123456}.bytes()));
  EXPECT_TRUE(writer.add(ExtensionKind::kTransportSequence, TransportSequence{0xabcd}.bytes()));
  EXPECT_TRUE(writer.add(ExtensionKind::kAudioLevel, AudioLevel{true, 33}.bytes()));
  EXPECT_FALSE(writer.add(ExtensionKind::kVideoTiming, asBytes("x")));  // not negotiated
  EXPECT_FALSE(writer.add(ExtensionKind::kRtpStreamId, asBytes("h")));  // id 16 and no mixed forms
  EXPECT_FALSE(writer.add(ExtensionKind::kMid, {}));                    // empty has no one-byte form
  EXPECT_FALSE(writer.add(ExtensionKind::kMid, Bytes(17, 'x')));
  Bytes packet = packetWith(writer.block());
  Header header;
  ASSERT_TRUE(Header::parse(packet, header));
  EXPECT_EQ(header.extensionProfile, kOneByteProfile);
  const ByteView view(packet);
  EXPECT_EQ(AbsSendTime::read(*findExtension(view, header, ids, ExtensionKind::kAbsSendTime)), AbsSendTime{0x123456});
  EXPECT_EQ(AudioLevel::read(*findExtension(view, header, ids, ExtensionKind::kAudioLevel)), (AudioLevel{true, 33}));
  EXPECT_EQ(asText(*findExtension(view, header, ids, ExtensionKind::kMid)), "0");
  EXPECT_FALSE(findExtension(view, header, ids, ExtensionKind::kVideoTiming));
  // Written over in place just before it leaves.
  const auto place = findExtension(MutableByteView(packet), header, ids, ExtensionKind::kTransportSequence);
  ASSERT_TRUE(place && place->size() == 2);
  storeBe16(place->data(), 0x0102);
  EXPECT_EQ(TransportSequence::read(*findExtension(view, header, ids, ExtensionKind::kTransportSequence)),
            TransportSequence{0x0102});
  EXPECT_EQ(header.payload(packet)[0], 0x55);
}

TEST(RtpExtensions, TurnsToTheTwoByteFormWhenItMay) {
  ExtensionMap ids = map();
  ids.allowMixed = true;
  ExtensionWriter writer(ids);
  EXPECT_TRUE(writer.add(ExtensionKind::kMid, asBytes("video")));
  EXPECT_TRUE(writer.add(ExtensionKind::kAbsSendTime, AbsSendTime{7}.bytes()));
  EXPECT_TRUE(writer.add(ExtensionKind::kRtpStreamId, asBytes("hi")));  // id 16
  EXPECT_TRUE(writer.add(ExtensionKind::kAudioLevel, Bytes(20, 'z')));
  const Bytes packet = packetWith(writer.block());
  EXPECT_EQ(find(packet, 4), "[video]");
  EXPECT_EQ(find(packet, 2), std::string("[") + '\0' + '\0' + '\x07' + "]");
  EXPECT_EQ(find(packet, 16), "[hi]");
  EXPECT_EQ(find(packet, 14), "[" + std::string(20, 'z') + "]");
}

TEST(RtpExtensions, WriterKeepsWithinItsBlock) {
  ExtensionMap ids = map();
  ids.allowMixed = true;
  ExtensionWriter writer(ids);
  for (int i = 0; i < 14; ++i) EXPECT_TRUE(writer.add(ExtensionKind::kMid, Bytes(16, 'm')));  // 14 × 17 = 238 of 252
  EXPECT_FALSE(writer.add(ExtensionKind::kMid, Bytes(16, 'm')));
  // Two-byte elements would need more than there is: what stands stays.
  EXPECT_FALSE(writer.add(ExtensionKind::kRtpStreamId, asBytes("hi")));
  EXPECT_TRUE(writer.add(ExtensionKind::kMid, Bytes(13, 'n')));
  EXPECT_EQ(writer.block().size(), 256u);
  EXPECT_EQ(find(packetWith(writer.block()), 4), "[mmmmmmmmmmmmmmmm]");
}

// Beside a writer that puts down one byte after the other.
TEST(RtpExtensions, WriterAgreesWithABareOne) {
  SeededRandom random(3);
  ExtensionMap ids = map();
  const ExtensionKind kinds[] = {
      ExtensionKind::kMid,        ExtensionKind::kAbsSendTime, ExtensionKind::kTransportSequence,
      ExtensionKind::kAudioLevel, ExtensionKind::kRtpStreamId, ExtensionKind::kVideoTiming};
  for (int round = 0; round < 800; ++round) {
    ids.allowMixed = round % 2 == 0;
    const size_t largest = 1 + random.below(round % 4 == 0 ? 40 : 17);
    ExtensionWriter writer(ids);
    std::vector<std::pair<uint8_t, Bytes>> elements;
    bool twoByte = false;
    const auto bare = [&](bool two) {
      Bytes out;
      for (const auto& [id, value] : elements) {
        if (two) {
          out.insert(out.end(), {id, static_cast<uint8_t>(value.size())});
        } else {
          out.push_back(static_cast<uint8_t>(id << 4 | (value.size() - 1)));
        }
        out.insert(out.end(), value.begin(), value.end());
      }
      return out;
    };
    for (size_t n = random.below(24); n > 0; --n) {
      const ExtensionKind kind = kinds[random.below(std::size(kinds))];
      Bytes value(random.below(static_cast<uint32_t>(largest)));
      random.fill(value);
      const uint8_t id = ids.id(kind);
      elements.emplace_back(id, value);
      const bool two = twoByte || id > 14 || value.empty() || value.size() > 16;
      const bool fits = id != 0 && (!two || ids.allowMixed) && bare(two).size() <= 252;
      ASSERT_EQ(writer.add(kind, value), fits);
      if (fits) {
        twoByte = two;
      } else {
        elements.pop_back();
      }
      const Bytes expected = elements.empty() ? Bytes() : block(twoByte ? 0x1000 : 0xbede, bare(twoByte));
      ASSERT_TRUE(equalBytes(writer.block(), expected)) << round;
    }
  }
}

TEST(RtpExtensions, ValuesCheckTheirSizes) {
  for (size_t size = 0; size < 6; ++size) {
    const Bytes bytes(size, 0xff);
    EXPECT_EQ(AbsSendTime::read(bytes).has_value(), size == 3);
    EXPECT_EQ(TransmissionOffset::read(bytes).has_value(), size == 3);
    EXPECT_EQ(PlayoutDelay::read(bytes).has_value(), size == 3);
    EXPECT_EQ(VideoOrientation::read(bytes).has_value(), size == 1);
    EXPECT_EQ(AudioLevel::read(bytes).has_value(), size >= 1);
    EXPECT_EQ(TransportSequence::read(bytes).has_value(), size >= 2);
  }
  EXPECT_EQ(TransmissionOffset::read(TransmissionOffset{-1}.bytes()), TransmissionOffset{-1});
  const PlayoutDelay delay{Duration::millis(20), Duration::millis(40950)};
  EXPECT_EQ(PlayoutDelay::read(delay.bytes()), delay);
  const VideoOrientation turned{true, false, 3};
  EXPECT_EQ(VideoOrientation::read(turned.bytes()), turned);
  EXPECT_EQ(AbsSendTime::at(TimePoint::fromMicros(1'000'000)).value, 1u << 18);
  EXPECT_EQ(AbsSendTime::at(TimePoint::fromMicros(64'000'000)).value, 0u);
}

TEST(RtpExtensions, SurvivesNoise) {
  SeededRandom random(2);
  for (int i = 0; i < 20'000; ++i) {
    Bytes elements(random.below(40));
    random.fill(elements);
    const Bytes packet = packetWith(block(i % 2 == 0 ? 0xbede : 0x1000, elements));
    Header header;
    ASSERT_TRUE(Header::parse(packet, header));
    ExtensionReader reader(packet, header);
    ExtensionReader::Element element;
    while (reader.next(element)) ASSERT_LE(element.offset + size_t{element.size}, header.headerSize);
  }
}

}  // namespace
}  // namespace tincan::inline v0::rtp
