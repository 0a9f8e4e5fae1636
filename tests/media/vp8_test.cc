#include <gtest/gtest.h>

#include "base/random.h"
#include "media/synthetic_camera.h"
#include "media/vp8_decoder.h"
#include "media/vp8_encoder.h"
#include "media/vp8_header.h"

namespace tincan::media {
namespace {

VideoFrame picture(int width, int height, uint32_t n) {
  VideoFrame frame;
  frame.resize(width, height);
  for (size_t i = 0; i < frame.pixels.size(); ++i) frame.pixels[i] = static_cast<uint8_t>(64 + (i / 7 + n * 3) % 128);
  frame.rtpTimestamp = n * 3000;
  return frame;
}

std::vector<Bytes> encodeSome(int count, int bitrate = 500'000) {
  const SyntheticCamera camera({.width = 160, .height = 120});
  Vp8Encoder encoder(160, 120, 30, bitrate);
  std::vector<Bytes> frames;
  VideoFrame frame;
  for (int i = 0; i < count; ++i) {
    camera.paint(static_cast<uint32_t>(i), frame);
    frame.rtpTimestamp = static_cast<uint32_t>(i) * 3000;
    frames.push_back(encoder.encode(frame, false)->data);
  }
  return frames;
}

TEST(Vp8, SamePicturesGiveTheSameBytes) {
  EXPECT_EQ(encodeSome(20), encodeSome(20));
}

TEST(Vp8, KeyFramesOnlyFirstAndOnDemand) {
  Vp8Encoder encoder(64, 64, 30, 200'000);
  for (uint32_t n = 0; n < 400; ++n) {
    auto encoded = encoder.encode(picture(64, 64, n), n == 300);
    ASSERT_TRUE(encoded.ok());
    EXPECT_EQ(encoded->keyFrame, n == 0 || n == 300) << n;
    const auto header = Vp8Header::parse(encoded->data);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->keyFrame, encoded->keyFrame);
    EXPECT_EQ(header->width, header->keyFrame ? 64 : 0);
  }
}

TEST(Vp8, FollowsTheSizeOfThePicture) {
  Vp8Encoder encoder(64, 64, 30, 300'000);
  Vp8Decoder decoder;
  uint32_t n = 0;
  for (auto [width, height] : {std::pair{64, 64}, {128, 96}, {33, 17}, {1, 1}, {64, 64}})
    for (int i = 0; i < 3; ++i) {
      auto encoded = encoder.encode(picture(width, height, n++), false);
      ASSERT_TRUE(encoded.ok()) << encoded.error().toString();
      EXPECT_EQ(encoded->keyFrame, i == 0);
      auto decoded = decoder.decode(encoded->data);
      ASSERT_TRUE(decoded.ok()) << decoded.error().toString();
      EXPECT_EQ(decoded->width, width);
      EXPECT_EQ(decoded->height, height);
      EXPECT_EQ(decoded->pixels.size(), VideoFrame::sizeOf(width, height));
    }
}

TEST(Vp8, OddSizesKeepTheirPlanes) {
  Vp8Encoder encoder(63, 31, 30, 2'000'000);
  Vp8Decoder decoder;
  VideoFrame frame;
  frame.resize(63, 31);
  std::fill(frame.y().begin(), frame.y().end(), uint8_t{100});
  std::fill(frame.u().begin(), frame.u().end(), uint8_t{60});
  std::fill(frame.v().begin(), frame.v().end(), uint8_t{200});
  auto decoded = decoder.decode(encoder.encode(frame, false)->data);
  ASSERT_TRUE(decoded.ok());
  for (uint8_t v : decoded->y()) ASSERT_NEAR(v, 100, 3);
  for (uint8_t v : decoded->u()) ASSERT_NEAR(v, 60, 3);
  for (uint8_t v : decoded->v()) ASSERT_NEAR(v, 200, 3);
}

TEST(Vp8, BitrateIsSetLive) {
  Vp8Encoder encoder(160, 120, 30, 400'000);
  SeededRandom random(1);
  // Coarse noise: always more detail than there are bits for, never more than the coarsest quantiser can throw away.
  const auto second = [&](uint32_t from) {
    size_t bytes = 0;
    VideoFrame frame = VideoFrame::black(160, 120);
    Bytes noise(20 * 15);
    for (uint32_t n = from; n < from + 45; ++n) {
      random.fill(noise);
      for (size_t i = 0; i < frame.lumaSize(); ++i) frame.pixels[i] = noise[i / 160 / 8 * 20 + i % 160 / 8];
      frame.rtpTimestamp = n * 3000;
      const auto encoded = encoder.encode(frame, false);
      if (n >= from + 15) bytes += encoded->data.size();
    }
    return static_cast<int>(bytes * 8);
  };
  EXPECT_NEAR(second(0), 400'000, 100'000);
  encoder.setBitrate(200'000);
  EXPECT_EQ(encoder.bitrate(), 200'000);
  EXPECT_NEAR(second(45), 200'000, 50'000);
  encoder.setBitrate(-5);
  EXPECT_GT(encoder.bitrate(), 0);
  EXPECT_TRUE(encoder.encode(VideoFrame::black(160, 120), false).ok());
}

TEST(Vp8, TimeThatStandsStillOrJumpsIsTaken) {
  Vp8Encoder encoder(64, 64, 30, 200'000);
  for (uint32_t timestamp : {5000u, 5000u, 100u, 0xfffffff0u, 16u, 16u, 0x7fffffffu, 3u}) {
    VideoFrame frame = picture(64, 64, 1);
    frame.rtpTimestamp = timestamp;
    auto encoded = encoder.encode(frame, false);
    ASSERT_TRUE(encoded.ok()) << encoded.error().toString();
    EXPECT_EQ(encoded->rtpTimestamp, timestamp);
  }
}

TEST(Vp8, EncoderRefusesWhatIsNoPicture) {
  Vp8Encoder encoder(0, -3, 0, 0);
  EXPECT_FALSE(encoder.encode(VideoFrame(), false).ok());
  VideoFrame lies = VideoFrame::black(64, 64);
  lies.width = 640;
  EXPECT_FALSE(encoder.encode(lies, false).ok());
  lies.width = VideoFrame::kMaxSide + 1;
  EXPECT_FALSE(encoder.encode(lies, false).ok());
  EXPECT_TRUE(encoder.encode(VideoFrame::black(64, 64), false).ok()) << "and goes on";
}

TEST(Vp8, DecoderWantsAKeyFrameFirst) {
  const auto frames = encodeSome(3);
  Vp8Decoder decoder;
  EXPECT_EQ(decoder.decode(frames[1]).error().code(), ErrorCode::kMalformed);
  EXPECT_TRUE(decoder.decode(frames[0]).ok());
  EXPECT_TRUE(decoder.decode(frames[1]).ok());
}

TEST(Vp8, DecoderBoundsThePicture) {
  Bytes key = encodeSome(1)[0];
  for (auto [width, height] : {std::pair{4097, 16}, {16, 4097}, {16383, 16383}}) {
    key[6] = static_cast<uint8_t>(width);
    key[7] = static_cast<uint8_t>(width >> 8);
    key[8] = static_cast<uint8_t>(height);
    key[9] = static_cast<uint8_t>(height >> 8);
    EXPECT_EQ(Vp8Decoder().decode(key).error().code(), ErrorCode::kLimit);
  }
  key[6] = key[7] = 0;
  EXPECT_EQ(Vp8Decoder().decode(key).error().code(), ErrorCode::kMalformed);
}

TEST(Vp8, EveryTruncationAndAnyDamageLeavesTheDecoderUsable) {
  const auto frames = encodeSome(2);
  Vp8Decoder decoder;
  for (size_t size = 0; size < frames[0].size(); size += size < 64 ? 1 : 37)
    (void)decoder.decode(ByteView(frames[0]).first(size));
  SeededRandom random(7);
  for (int i = 0; i < 300; ++i) {
    Bytes broken = frames[i % 2 == 0 ? 0 : 1];
    for (int k = 0; k < 8; ++k) {
      const size_t at = random.below(broken.size());
      if (at < 6 || at > 9) broken[at] = static_cast<uint8_t>(random.u32());  // not the size: that is slow, not wrong
    }
    (void)decoder.decode(broken);
  }
  ASSERT_TRUE(decoder.decode(frames[0]).ok());
  EXPECT_EQ(SyntheticCamera::readFrameCounter(*decoder.decode(frames[1])), 1u);
}

}  // namespace
}  // namespace tincan::media
