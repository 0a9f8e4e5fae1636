// What the headers of packets say of layers: where frames and pictures begin and end, what refers to what, and what each
// layer takes.
#include "stack/video_packets.h"

#include <vector>

#include <gtest/gtest.h>

#include "media/synthetic_camera.h"
#include "rtp/rewriter.h"

namespace tincan::inline v0::stack {
namespace {

using rtp::ExtensionKind;

struct Sink final : session::PacketSink {
  bool mediaReady() const override { return true; }
  void sendRtp(TimePoint, std::span<PacketBuffer> packets) override {
    for (PacketBuffer& each : packets) all.push_back(toBytes(each.view()));
  }
  void sendRtcp(TimePoint, PacketBuffer) override {}
  std::vector<Bytes> all;
};

class VideoPacketsTest : public ::testing::Test {
 protected:
  VideoPacketsTest() {
    ids_.allowMixed = true;
    ids_.add(ExtensionKind::kMid, 4);
    ids_.add(ExtensionKind::kAbsSendTime, 2);
    ids_.add(ExtensionKind::kTransportSequence, 3);
    ids_.add(ExtensionKind::kDependencyDescriptor, 12);
    ids_.add(ExtensionKind::kVideoLayersAllocation, 13);
    queue_.setPacingRate(1'000'000'000);
  }
  /// The packets of `pictures` of a camera, in these layers; a key picture first and in the middle.
  std::vector<Bytes> packetsOf(const char* mode, int pictures, const rtp::VideoLayersAllocation* allocation = nullptr) {
    session::OutboundStream::Config config;
    config.ssrc = Ssrc(1);
    config.mid = "0";
    config.payloadType = PayloadType(96);
    config.extensions = ids_;
    session::OutboundStream stream(config, queue_, random_, pool_);
    media::CodecFormat format{media::CodecKind::kVideo, "VP9", 90'000};
    VideoPackets packets(stream, media::builtInCodecs(), format, random_, pool_);
    media::VideoEncoderSettings settings;
    settings.bitrateBps = 800'000;
    settings.scalabilityMode = mode;
    const auto encoder = media::builtInCodecs().videoEncoder(format, settings).value();
    media::SyntheticCamera camera({640, 360, 30});
    std::vector<media::EncodedVideo> frames;
    packets.setLayers(*media::ScalabilityMode::parse(mode), 640, 360);
    if (allocation) packets.setAllocation(*allocation);
    for (int i = 0; i < pictures; ++i) {
      const TimePoint now = TimePoint::fromMicros(i * 33'333);
      media::VideoFrame picture;
      camera.paint(static_cast<uint32_t>(i), picture);
      picture.captured = now;
      frames.clear();
      EXPECT_TRUE(encoder->encode(picture, i == pictures / 2, frames).ok());
      EXPECT_TRUE(packets.send(now, frames));
      for (int step = 0; step < 30; ++step) queue_.flush(now + Duration::millis(step));
    }
    return std::move(sink_.all);
  }
  std::optional<ByteView> find(const Bytes& packet, ExtensionKind kind) const {
    rtp::Header header;
    EXPECT_TRUE(rtp::Header::parse(packet, header));
    return rtp::findExtension(ByteView(packet), header, ids_, kind);
  }

  rtp::ExtensionMap ids_;
  SeededRandom random_{7};
  PacketPool pool_{4096};
  Sink sink_;
  session::SendQueue queue_{rtp::Pacer::Config{}, sink_, 0};
};

TEST_F(VideoPacketsTest, EveryFrameBeginsAndEndsAndTheLastOneEndsThePicture) {
  if (!media::builtInCodecs().videoEncoder({media::CodecKind::kVideo, "VP9", 90'000}, {}).ok())
    GTEST_SKIP() << "built without VP9";
  std::optional<rtp::DependencyStructure> structure;
  int frames = 0, pictures = 0, structures = 0;
  bool inFrame = false;
  uint16_t number = 0;
  for (const Bytes& packet : packetsOf("L3T3", 40)) {
    EXPECT_LE(packet.size() + 16, 1200u) << "with its tag";
    const auto value = find(packet, ExtensionKind::kDependencyDescriptor);
    ASSERT_TRUE(value);
    const auto told = rtp::DependencyDescriptor::read(*value, structure ? &*structure : nullptr);
    ASSERT_TRUE(told) << frames;
    if (told->structure) {
      structure = told->structure;
      ++structures;
    }
    EXPECT_EQ(told->startOfFrame, !inFrame) << frames;
    EXPECT_EQ(told->frameNumber, number);
    inFrame = !told->endOfFrame;
    rtp::Header header;
    ASSERT_TRUE(rtp::Header::parse(packet, header));
    EXPECT_EQ(header.marker, told->endOfFrame && told->frame.spatial == 2);
    if (told->endOfFrame) {
      ++frames;
      ++number;
    }
    pictures += header.marker ? 1 : 0;
  }
  EXPECT_EQ(frames, 120);
  EXPECT_EQ(pictures, 40);
  EXPECT_EQ(structures, 2) << "one with each key picture";
}

TEST_F(VideoPacketsTest, AnAllocationIsToldOnceAndWithKeyPicturesAgain) {
  if (!media::builtInCodecs().videoEncoder({media::CodecKind::kVideo, "VP9", 90'000}, {}).ok())
    GTEST_SKIP() << "built without VP9";
  rtp::VideoLayersAllocation allocation;
  allocation.layers = {{0, 0, {100, 150}}, {0, 1, {300, 500}}};
  int told = 0;
  for (const Bytes& packet : packetsOf("L2T2", 20, &allocation)) {
    const auto value = find(packet, ExtensionKind::kVideoLayersAllocation);
    if (!value) continue;
    ++told;
    EXPECT_EQ(rtp::VideoLayersAllocation::read(*value), allocation);
  }
  EXPECT_EQ(told, 2);
}

TEST_F(VideoPacketsTest, WithoutLayersNothingIsSaid) {
  if (!media::builtInCodecs().videoEncoder({media::CodecKind::kVideo, "VP9", 90'000}, {}).ok())
    GTEST_SKIP() << "built without VP9";
  for (const Bytes& packet : packetsOf("L1T1", 4)) EXPECT_FALSE(find(packet, ExtensionKind::kDependencyDescriptor));
}

}  // namespace
}  // namespace tincan::inline v0::stack
