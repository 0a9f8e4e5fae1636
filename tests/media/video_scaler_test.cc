#include "media/video_scaler.h"

#include <gtest/gtest.h>

#include "media/synthetic_camera.h"

namespace tincan::inline v0::media {
namespace {

bool scales() {
  return VideoScaler().scale(VideoFrame::black(16, 16), 8, 8).ok();
}

TEST(VideoScaler, TheCardIsReadableAtAnySize) {
  if (!scales()) GTEST_SKIP() << "built without libyuv";
  const SyntheticCamera camera({.width = 640, .height = 360});
  VideoFrame card;
  camera.paint(4711, card);
  card.rtpTimestamp = 99;
  card.captured = TimePoint::fromMicros(5);
  for (const auto& [width, height] : {std::pair{320, 180}, {160, 90}, {213, 121}, {1280, 720}, {640, 361}}) {
    const auto scaled = VideoScaler().scale(card, width, height);
    ASSERT_TRUE(scaled.ok()) << scaled.error().toString();
    EXPECT_EQ(scaled->width, width);
    EXPECT_EQ(scaled->height, height);
    EXPECT_EQ(scaled->pixels.size(), VideoFrame::sizeOf(width, height));
    EXPECT_EQ(scaled->rtpTimestamp, 99u);
    EXPECT_EQ(scaled->captured, TimePoint::fromMicros(5));
    EXPECT_EQ(SyntheticCamera::readFrameCounter(*scaled), 4711u) << width;
  }
}

TEST(VideoScaler, HalvesAreMeans) {
  if (!scales()) GTEST_SKIP() << "built without libyuv";
  VideoFrame stripes = VideoFrame::black(64, 64);
  for (size_t i = 0; i < stripes.lumaSize(); ++i) stripes.pixels[i] = i % 2 == 0 ? 40 : 80;
  const auto half = VideoScaler().scale(stripes, 32, 32);
  for (const uint8_t luma : half->y()) ASSERT_NEAR(luma, 60, 1);
  for (const uint8_t colour : half->u()) ASSERT_EQ(colour, 128);
}

TEST(VideoScaler, AnySizeOrARefusal) {
  const VideoFrame picture = VideoFrame::black(33, 17);
  for (const auto& [width, height] : {std::pair{0, 1}, {1, 0}, {-1, 5}, {4097, 1}, {1, 4097}})
    EXPECT_EQ(VideoScaler().scale(picture, width, height).error().code(), ErrorCode::kRangeError);
  EXPECT_FALSE(VideoScaler().scale(VideoFrame(), 4, 4).ok());
  VideoFrame lies = picture;
  lies.width = 64;
  EXPECT_FALSE(VideoScaler().scale(lies, 4, 4).ok());
  EXPECT_EQ(VideoScaler().scale(picture, 33, 17)->pixels, picture.pixels);
  if (!scales()) return;
  for (const int width : {1, 2, 3, 4096})
    for (const int height : {1, 2, 3, 31}) EXPECT_TRUE(VideoScaler().scale(picture, width, height).ok());
}

}  // namespace
}  // namespace tincan::inline v0::media
