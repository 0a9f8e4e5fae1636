#include <gtest/gtest.h>

#include "base/random.h"
#include "rtp/payload/frame_writer.h"
#include "rtp/payload/vp9.h"

namespace tincan::inline v0::rtp {
namespace {

// A keyframe of profile 0, 640 by 360: frame marker, show_frame, sync code, colour, size.
Bytes keyFrame(SeededRandom& random, size_t size) {
  Bytes out(size);
  random.fill(out);
  const uint8_t head[] = {0x82, 0x49, 0x83, 0x42, 0x20, 0x27, 0xf0, 0x16, 0x70};
  std::copy(std::begin(head), std::end(head), out.begin());
  return out;
}

Bytes deltaFrame(SeededRandom& random, size_t size) {
  Bytes out(size);
  random.fill(out);
  out[0] = 0x86;
  return out;
}

struct Sent {
  Bytes payload;
  bool marker = false;
};

std::vector<Sent> drain(Vp9Packetizer& packetizer, size_t maxPayload) {
  PacketPool pool;
  std::vector<Sent> out;
  const size_t expected = packetizer.packetsLeft();
  bool last = false;
  for (PacketBuffer packet = pool.allocate(); packetizer.next(packet, last); packet = pool.allocate()) {
    EXPECT_LE(packet.size(), maxPayload);
    out.push_back({toBytes(packet.view()), last});
  }
  EXPECT_EQ(out.size(), expected);
  return out;
}

bool assemble(const std::vector<Sent>& sent, Bytes& out) {
  std::vector<Depacketized> packets;
  size_t bytes = 0;
  for (const Sent& one : sent) {
    if (!depacketizeVp9(one.payload, one.marker, packets.emplace_back())) return false;
    bytes += packets.back().frameBytes();
  }
  FrameWriter writer(out, bytes);
  for (const Depacketized& packet : packets) writer.add(packet);
  return writer.finish();
}

// Every combination of optional fields, written, parsed, and cut at each byte.
TEST(Vp9Descriptor, AllFieldsRoundTripAndNoTruncationParses) {
  const uint8_t group[] = {0x04, 0x02, 0x58, 0x02, 0x04};  // TID 0 one reference, TID 2 U two references
  for (int bits = 0; bits < 2048; ++bits) {
    Vp9Descriptor in;
    in.interPicture = bits & 1;
    in.startOfFrame = bits & 2;
    in.endOfFrame = bits & 4;
    in.notForUpper = bits & 8;
    in.longPictureId = (bits & 16) && (bits & 32);
    if (bits & 16) in.pictureId = in.longPictureId ? 0x7abc : 0x5a;
    in.flexible = (bits & 64) && in.pictureId;
    in.hasLayers = bits & 128;
    if (in.hasLayers) {
      in.temporalLayer = 5;
      in.switchingPoint = true;
      in.spatialLayer = 3;
      in.interLayer = true;
      if (!in.flexible) in.tl0PictureIndex = 0xfe;
    }
    if (in.flexible && in.interPicture) {
      in.referenceCount = static_cast<uint8_t>(1 + (bits >> 8) % 3);
      for (size_t i = 0; i < in.referenceCount; ++i) in.references[i] = static_cast<uint8_t>(1 + 40 * i);
    }
    if (bits & 512) {
      auto& structure = in.structure.emplace();
      structure.spatialLayers = static_cast<uint8_t>(1 + (bits >> 8) % 8);
      structure.hasSizes = bits & 1024;
      for (size_t i = 0; structure.hasSizes && i < structure.spatialLayers; ++i) structure.sizes[i] = {320, 180};
      structure.hasGroup = bits & 256;
      if (structure.hasGroup) {
        structure.groupSize = 2;
        structure.group = group;
      }
    }
    uint8_t wire[80];
    const size_t size = in.write(wire);
    ASSERT_GT(size, 0u);
    in.size = size;
    wire[size] = 0xaa;
    Vp9Descriptor out;
    ASSERT_TRUE(Vp9Descriptor::parse(ByteView(wire, size + 1), out)) << bits;
    EXPECT_EQ(in, out) << bits;
    for (size_t cut = 0; cut <= size; ++cut) {
      const Bytes exact(wire, wire + cut);
      EXPECT_FALSE(Vp9Descriptor::parse(exact, out)) << bits << " cut at " << cut;
      if (cut < size) {
        Bytes small(cut);
        EXPECT_EQ(in.write(small), 0u);
      }
    }
  }
}

TEST(Vp9Descriptor, RefusesWhatRfc9628Forbids) {
  Vp9Descriptor out;
  EXPECT_FALSE(Vp9Descriptor::parse(Bytes{0x10, 1}, out)) << "flexible without a picture id";
  EXPECT_TRUE(Vp9Descriptor::parse(Bytes{0x90, 1, 9}, out));
  EXPECT_TRUE(Vp9Descriptor::parse(Bytes{0xd0, 1, 0x03, 0x05, 0x06, 9}, out)) << "three references";
  EXPECT_EQ(out.referenceCount, 3);
  EXPECT_FALSE(Vp9Descriptor::parse(Bytes{0xd0, 1, 0x03, 0x05, 0x07, 0x02, 9}, out)) << "four";
  EXPECT_FALSE(Vp9Descriptor::parse(Bytes{0xd0, 1, 0x00, 9}, out)) << "a picture that refers to itself";
  EXPECT_FALSE(Vp9Descriptor::parse(Bytes{0x20, 0x01, 0, 9}, out)) << "the lowest layer with one below";
  // A group that says it has more pictures than there are bytes.
  EXPECT_FALSE(Vp9Descriptor::parse(Bytes{0x02, 0x08, 0xff, 0x04, 0x02, 9}, out));
  EXPECT_FALSE(Vp9Descriptor::parse(Bytes{0x02, 0xf0, 1, 2, 3, 4}, out)) << "sizes of eight layers";
}

// The two ways through a descriptor, in bytes where much is set and little is there.
TEST(Vp9Depacketize, TakesWhatTheDescriptorsParserTakes) {
  SeededRandom random(5);
  size_t taken = 0;
  for (int i = 0; i < 60000; ++i) {
    Bytes payload(random.below(i % 3 == 0 ? 60 : 14));
    random.fill(payload);
    Vp9Descriptor descriptor;
    Depacketized out;
    const bool good = Vp9Descriptor::parse(payload, descriptor);
    ASSERT_EQ(depacketizeVp9(payload, false, out), good);
    if (!good) continue;
    ++taken;
    ASSERT_EQ(out.payload.data(), payload.data() + descriptor.size);
    ASSERT_EQ(out.payload.size(), payload.size() - descriptor.size);
    ASSERT_EQ(out.pictureId, descriptor.pictureId ? int32_t{*descriptor.pictureId} : -1);
    ASSERT_EQ(out.startOfFrame, descriptor.startOfFrame && !descriptor.interLayer);
    ASSERT_EQ(out.keyFrame, out.startOfFrame && !descriptor.interPicture);
    ASSERT_EQ(out.temporalLayer, descriptor.temporalLayer);
    ASSERT_EQ(out.spatialLayer, descriptor.spatialLayer);
    const bool sized = descriptor.structure && descriptor.structure->hasSizes;
    ASSERT_EQ(out.width, sized ? descriptor.structure->sizes[descriptor.structure->spatialLayers - 1u].width : 0);
    ASSERT_EQ(out.height, sized ? descriptor.structure->sizes[descriptor.structure->spatialLayers - 1u].height : 0);
  }
  EXPECT_GT(taken, 10000u);
}

TEST(Vp9FrameHeader, ReadsKeyframesOfAllProfiles) {
  SeededRandom random(1);
  const Bytes key = keyFrame(random, 40);
  Vp9FrameHeader out;
  ASSERT_TRUE(Vp9FrameHeader::parse(key, out));
  EXPECT_TRUE(out.keyFrame);
  EXPECT_EQ(out.width, 640);
  EXPECT_EQ(out.height, 360);
  for (size_t size = 0; size < 9; ++size) EXPECT_FALSE(Vp9FrameHeader::parse(ByteView(key).first(size), out)) << size;
  for (const size_t at : {1u, 2u, 3u}) {
    Bytes bad = key;
    bad[at] ^= 0x10;
    EXPECT_FALSE(Vp9FrameHeader::parse(bad, out));
  }
  EXPECT_FALSE(Vp9FrameHeader::parse(Bytes(20, 0x42), out)) << "no frame marker";
  ASSERT_TRUE(Vp9FrameHeader::parse(deltaFrame(random, 20), out));
  EXPECT_FALSE(out.keyFrame);
}

TEST(Vp9, RoundTripsFramesOfAnySize) {
  SeededRandom random(2);
  Vp9Packetizer packetizer(0x7ff0);
  for (int i = 0; i < 500; ++i) {
    const bool key = random.below(3) == 0;
    const Bytes frame = key ? keyFrame(random, 9 + random.below(9000)) : deltaFrame(random, 1 + random.below(9000));
    const size_t max = Vp9Packetizer::kMaxDescriptor + 1 + random.below(1200);
    packetizer.setFrame(frame, max);
    const auto sent = drain(packetizer, max);
    Bytes out;
    ASSERT_TRUE(assemble(sent, out));
    ASSERT_EQ(out, frame);
    for (size_t k = 0; k < sent.size(); ++k) {
      Vp9Descriptor descriptor;
      ASSERT_TRUE(Vp9Descriptor::parse(sent[k].payload, descriptor));
      EXPECT_EQ(descriptor.pictureId, (0x7ff0 + i) & 0x7fff);
      EXPECT_EQ(descriptor.startOfFrame, k == 0);
      EXPECT_EQ(descriptor.endOfFrame, k + 1 == sent.size());
      EXPECT_EQ(sent[k].marker, k + 1 == sent.size());
      EXPECT_EQ(descriptor.interPicture, !key);
      EXPECT_EQ(descriptor.structure.has_value(), key && k == 0);
    }
    Depacketized first;
    ASSERT_TRUE(depacketizeVp9(sent[0].payload, sent[0].marker, first));
    EXPECT_TRUE(first.startOfFrame);
    EXPECT_EQ(first.keyFrame, key);
    EXPECT_EQ(first.width, key ? 640 : 0);
  }
}

TEST(Vp9, LayersOfAPictureShareItsIdAndItsMarker) {
  SeededRandom random(3);
  Vp9Packetizer packetizer(7);
  std::vector<Sent> all;
  Bytes whole;
  for (const uint8_t spatial : {0, 1, 2}) {
    Vp9Packetizer::Layer layer;
    layer.spatialLayers = 3;
    layer.spatialLayer = spatial;
    layer.interLayer = spatial > 0;
    layer.keyPicture = true;
    layer.temporalLayer = 1;
    const Bytes frame = spatial == 0 ? keyFrame(random, 1500) : deltaFrame(random, 1500);
    whole.insert(whole.end(), frame.begin(), frame.end());
    packetizer.setFrame(frame, 1200, layer);
    for (Sent& one : drain(packetizer, 1200)) all.push_back(std::move(one));
  }
  ASSERT_EQ(all.size(), 6u);
  for (size_t i = 0; i < all.size(); ++i) {
    Depacketized out;
    ASSERT_TRUE(depacketizeVp9(all[i].payload, all[i].marker, out));
    EXPECT_EQ(out.endOfFrame, i == 5);
    EXPECT_EQ(out.startOfFrame, i == 0);
    EXPECT_EQ(out.keyFrame, i == 0);
    EXPECT_EQ(out.pictureId, 7);
    EXPECT_EQ(out.spatialLayer, i / 2);
    EXPECT_EQ(out.temporalLayer, 1);
    EXPECT_EQ(out.interLayer, i >= 2);
    EXPECT_EQ(out.layerStart, i == 2 || i == 4);
  }
  // VP9 bitstream specification, annex B: what makes a superframe of them.
  for (const uint8_t byte : {0xda, 0xdc, 5, 0, 0, 0xdc, 5, 0, 0, 0xdc, 5, 0, 0, 0xda}) whole.push_back(byte);
  Bytes out;
  ASSERT_TRUE(assemble(all, out));
  EXPECT_EQ(out, whole);
  EXPECT_EQ(packetizer.nextPictureId(), 8);
}

TEST(Vp9, FlexibleModeNamesItsReferences) {
  SeededRandom random(4);
  Vp9Packetizer packetizer(7);
  Vp9Packetizer::Layer layer;
  layer.flexible = true;
  layer.referenceCount = 2;
  layer.references = {1, 4, 0};
  const Bytes frame = deltaFrame(random, 100);
  packetizer.setFrame(frame, 1200, layer);
  const auto sent = drain(packetizer, 1200);
  ASSERT_EQ(sent.size(), 1u);
  Vp9Descriptor out;
  ASSERT_TRUE(Vp9Descriptor::parse(sent[0].payload, out));
  EXPECT_TRUE(out.flexible);
  EXPECT_EQ(out.referenceCount, 2);
  EXPECT_EQ(out.references[1], 4);
}

TEST(Vp9, AnEmptyFrameGivesNothing) {
  Vp9Packetizer packetizer(7);
  packetizer.setFrame({}, 1200);
  EXPECT_EQ(packetizer.packetsLeft(), 0u);
  EXPECT_EQ(packetizer.nextPictureId(), 7);
  packetizer.setFrame(Bytes(10, 0x86), Vp9Packetizer::kMaxDescriptor);
  EXPECT_EQ(packetizer.packetsLeft(), 0u);
}

}  // namespace
}  // namespace tincan::inline v0::rtp
