#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/payload/vp8.h"

namespace tincan::inline v0::rtp {
namespace {

Bytes randomBytes(SeededRandom& random, size_t size) {
  Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

Bytes keyFrame(size_t size, uint16_t width = 640, uint16_t height = 480) {
  Bytes frame(size, 0x55);
  const uint8_t head[] = {0x10,
                          0x02,
                          0x00,
                          0x9d,
                          0x01,
                          0x2a,
                          static_cast<uint8_t>(width),
                          static_cast<uint8_t>(width >> 8),
                          static_cast<uint8_t>(height),
                          static_cast<uint8_t>(height >> 8)};
  std::copy(std::begin(head), std::end(head), frame.begin());
  return frame;
}

// Every combination of optional fields, written, parsed, and cut at each byte.
TEST(Vp8Descriptor, AllFieldsRoundTripAndNoTruncationParses) {
  for (int bits = 0; bits < 256; ++bits) {
    Vp8Descriptor in;
    in.nonReference = bits & 1;
    in.startOfPartition = bits & 2;
    in.partition = bits & 4 ? 7 : 0;
    in.longPictureId = (bits & 8) && (bits & 16);
    if (bits & 8) in.pictureId = in.longPictureId ? 0x7abc : 0x5a;
    if (bits & 32) in.tl0PictureIndex = 0xfe;
    if (bits & 64) {
      in.temporalLayer = 3;
      in.layerSync = true;
    }
    if (bits & 128) in.keyIndex = 31;
    uint8_t wire[Vp8Descriptor::kMaxSize + 1];
    const size_t size = in.write(wire);
    ASSERT_GT(size, 0u);
    ASSERT_LE(size, Vp8Descriptor::kMaxSize);
    in.size = size;
    wire[size] = 0xaa;
    Vp8Descriptor out;
    ASSERT_TRUE(Vp8Descriptor::parse(ByteView(wire, size + 1), out)) << bits;
    EXPECT_EQ(in, out) << bits;
    for (size_t cut = 0; cut <= size; ++cut) {
      const Bytes exact(wire, wire + cut);  // the sanitizer sees a read past it
      EXPECT_FALSE(Vp8Descriptor::parse(exact, out)) << bits << " cut at " << cut;
      if (cut < size) {
        Bytes small(cut);
        EXPECT_EQ(in.write(small), 0u);
      }
    }
  }
}

TEST(Vp8Descriptor, ReadsTheExamplesOfRfc7741) {
  // §4.6.1: key frame in a single packet, no extension but a picture id of 17 in 7 bits.
  const uint8_t key[] = {0x90, 0x80, 0x11, 0x00};
  Vp8Descriptor out;
  ASSERT_TRUE(Vp8Descriptor::parse(key, out));
  EXPECT_TRUE(out.startOfFrame());
  EXPECT_EQ(out.pictureId, 17);
  EXPECT_FALSE(out.longPictureId);
  EXPECT_EQ(out.size, 3u);
  // §4.6.3: VP8 frame fragmented, 15-bit picture id 4711, TL0PICIDX 12, TID 2.
  const uint8_t layered[] = {0xb0, 0xe0, 0x92, 0x67, 0x0c, 0x80, 0x01};
  ASSERT_TRUE(Vp8Descriptor::parse(layered, out));
  EXPECT_EQ(out.pictureId, 4711);
  EXPECT_EQ(out.tl0PictureIndex, 12);
  EXPECT_EQ(out.temporalLayer, 2);
  EXPECT_TRUE(out.nonReference);
  EXPECT_EQ(out.size, 6u);
}

TEST(Vp8Depacketize, SaysWhatTheFirstPacketOfAKeyFrameHolds) {
  Bytes payload{0x10};
  const Bytes frame = keyFrame(40, 1280, 720);
  payload.insert(payload.end(), frame.begin(), frame.end());
  Depacketized out;
  ASSERT_TRUE(depacketizeVp8(payload, true, out));
  EXPECT_TRUE(out.startOfFrame && out.endOfFrame && out.keyFrame);
  EXPECT_EQ(out.width, 1280);
  EXPECT_EQ(out.height, 720);
  EXPECT_TRUE(equalBytes(out.payload, frame));

  payload[0] = 0x00;  // a continuation is never a keyframe, whatever its bytes look like
  ASSERT_TRUE(depacketizeVp8(payload, false, out));
  EXPECT_FALSE(out.startOfFrame || out.keyFrame || out.endOfFrame);

  payload[0] = 0x11;  // the start of the second partition is no start of a frame
  ASSERT_TRUE(depacketizeVp8(payload, false, out));
  EXPECT_FALSE(out.startOfFrame || out.keyFrame);

  payload[0] = 0x10;
  payload[1] |= 0x01;  // P: an interframe
  ASSERT_TRUE(depacketizeVp8(payload, false, out));
  EXPECT_TRUE(out.startOfFrame);
  EXPECT_FALSE(out.keyFrame);
  EXPECT_EQ(out.width, 0);
}

TEST(Vp8Depacketize, RefusesAKeyFrameWithoutItsStartCode) {
  Bytes payload{0x10};
  const Bytes frame = keyFrame(40);
  payload.insert(payload.end(), frame.begin(), frame.end());
  for (size_t i = 4; i < 7; ++i) {
    Bytes bad = payload;
    bad[i] ^= 0x40;
    Depacketized out;
    EXPECT_FALSE(depacketizeVp8(bad, false, out)) << i;
  }
}

TEST(Vp8Depacketize, SurvivesEveryTruncation) {
  Bytes payload{0xb0, 0xe0, 0x92, 0x67, 0x0c, 0x80};
  const Bytes frame = keyFrame(20);
  payload.insert(payload.end(), frame.begin(), frame.end());
  for (size_t size = 0; size <= payload.size(); ++size) {
    const Bytes cut(payload.begin(), payload.begin() + static_cast<long>(size));
    Depacketized out;
    EXPECT_EQ(depacketizeVp8(cut, false, out), size > 6) << size;
  }
}

TEST(Vp8FrameHeader, NeedsItsTenBytes) {
  const Bytes frame = keyFrame(10, 0x3fff, 1);
  Vp8FrameHeader out;
  ASSERT_TRUE(Vp8FrameHeader::parse(frame, out));
  EXPECT_TRUE(out.keyFrame && out.show);
  EXPECT_EQ(out.width, 0x3fff);
  EXPECT_EQ(out.height, 1);
  for (size_t size = 0; size < 10; ++size) {
    EXPECT_FALSE(Vp8FrameHeader::parse(ByteView(frame).first(size), out)) << size;
  }
  Bytes scaled = frame;
  scaled[7] |= 0xc0;  // the scaling bits are no part of the width
  ASSERT_TRUE(Vp8FrameHeader::parse(scaled, out));
  EXPECT_EQ(out.width, 0x3fff);
}

TEST(Vp8Packetizer, SplitsEvenlyAndComesTogetherAgain) {
  SeededRandom random(7);
  PacketPool pool;
  Vp8Packetizer packetizer(0x7ffe);
  uint16_t expectedId = 0x7ffe;
  for (const size_t size : {1u, 2u, 1195u, 1196u, 1197u, 2392u, 2393u, 24000u, 100001u}) {
    const Bytes frame = randomBytes(random, size);
    packetizer.setFrame(frame, 1200);
    const size_t count = packetizer.packetsLeft();
    EXPECT_EQ(count, (size + 1195) / 1196) << size;
    Bytes together;
    size_t smallest = SIZE_MAX, largest = 0;
    for (size_t i = 0; i < count; ++i) {
      PacketBuffer packet = pool.allocate();
      bool last = false;
      ASSERT_TRUE(packetizer.next(packet, last));
      EXPECT_EQ(last, i + 1 == count);
      EXPECT_LE(packet.size(), 1200u);
      EXPECT_EQ(packet.headroom(), PacketBuffer::kHeadroom);
      Vp8Descriptor descriptor;
      ASSERT_TRUE(Vp8Descriptor::parse(packet.view(), descriptor));
      EXPECT_EQ(descriptor.startOfPartition, i == 0);
      EXPECT_EQ(descriptor.partition, 0);
      EXPECT_EQ(descriptor.pictureId, expectedId);
      EXPECT_TRUE(descriptor.longPictureId);
      EXPECT_FALSE(descriptor.temporalLayer || descriptor.tl0PictureIndex || descriptor.keyIndex);
      smallest = std::min(smallest, packet.size());
      largest = std::max(largest, packet.size());
      const ByteView chunk = packet.view().subspan(descriptor.size);
      together.insert(together.end(), chunk.begin(), chunk.end());
    }
    EXPECT_LE(largest - smallest, 1u) << size;
    EXPECT_EQ(together, frame);
    PacketBuffer none = pool.allocate();
    bool last = false;
    EXPECT_FALSE(packetizer.next(none, last));
    EXPECT_TRUE(none.empty());
    expectedId = (expectedId + 1) & 0x7fff;
  }
}

TEST(Vp8Packetizer, WritesLayersWhenAsked) {
  PacketPool pool;
  Vp8Packetizer packetizer(5);
  const Bytes frame(10, 1);
  packetizer.setFrame(frame, 100, Vp8Packetizer::Layer{2, true, 77, true});
  PacketBuffer packet = pool.allocate();
  bool last = false;
  ASSERT_TRUE(packetizer.next(packet, last));
  Vp8Descriptor out;
  ASSERT_TRUE(Vp8Descriptor::parse(packet.view(), out));
  EXPECT_EQ(out.temporalLayer, 2);
  EXPECT_EQ(out.tl0PictureIndex, 77);
  EXPECT_TRUE(out.layerSync && out.nonReference);
}

TEST(Vp8Packetizer, LosesNothingWhenAPacketHasNoRoom) {
  PacketPool pool;
  Vp8Packetizer packetizer(5);
  const Bytes frame(3000, 1);
  packetizer.setFrame(frame, 1200);
  PacketBuffer none;
  PacketBuffer full = pool.allocate();
  ASSERT_TRUE(full.resize(PacketBuffer::kCapacity - PacketBuffer::kHeadroom));
  bool last = false;
  EXPECT_FALSE(packetizer.next(none, last));
  EXPECT_FALSE(packetizer.next(full, last));
  EXPECT_EQ(packetizer.packetsLeft(), 3u);
  PacketBuffer packet = pool.allocate();
  ASSERT_TRUE(packetizer.next(packet, last));
  Vp8Descriptor out;
  ASSERT_TRUE(Vp8Descriptor::parse(packet.view(), out));
  EXPECT_TRUE(out.startOfFrame());
}

TEST(Vp8Packetizer, EmptyFramesAndTooSmallPayloadsGiveNothing) {
  Vp8Packetizer packetizer(5);
  packetizer.setFrame({}, 1200);
  EXPECT_EQ(packetizer.packetsLeft(), 0u);
  const Bytes frame(10, 1);
  packetizer.setFrame(frame, Vp8Descriptor::kMaxSize);
  EXPECT_EQ(packetizer.packetsLeft(), 0u);
  EXPECT_EQ(packetizer.nextPictureId(), 5);
  packetizer.setFrame(frame, Vp8Descriptor::kMaxSize + 1);
  EXPECT_EQ(packetizer.packetsLeft(), 4u);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
