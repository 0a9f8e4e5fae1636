#include "media/picture_scaler.h"

#include <gtest/gtest.h>

namespace tincan::media {
namespace {

TEST(PictureScaler, TakesTheMeanOfWhatAPixelCovers) {
  VideoFrame picture = VideoFrame::black(4, 4);
  for (size_t i = 0; i < 16; ++i) picture.y()[i] = static_cast<uint8_t>(i * 10);
  picture.rtpTimestamp = 7;
  VideoFrame half;
  scaleDown(picture, 2, 2, half);
  EXPECT_EQ(half.width, 2);
  EXPECT_EQ(half.height, 2);
  EXPECT_EQ(half.rtpTimestamp, 7u);
  EXPECT_EQ(half.y()[0], 25);   // 0, 10, 40, 50
  EXPECT_EQ(half.y()[3], 125);  // 100, 110, 140, 150
  EXPECT_EQ(half.u()[0], picture.u()[0]);
}

TEST(PictureScaler, KeepsAFlatPictureFlatAtEverySize) {
  VideoFrame picture = VideoFrame::black(34, 26);
  for (auto& pixel : picture.y()) pixel = 200;
  VideoFrame out;
  for (int width = -2; width <= 40; ++width) {
    for (int height : {-2, 0, 1, 7, 13, 26, 40}) {
      scaleDown(picture, width, height, out);
      EXPECT_GE(out.width, 2);
      EXPECT_LE(out.width, 34);
      EXPECT_EQ(out.width % 2, 0);
      for (const uint8_t pixel : out.y()) ASSERT_EQ(pixel, 200);
    }
  }
}

TEST(PictureScaler, DividesSides) {
  EXPECT_EQ(scaledSide(640, 1), 640);
  EXPECT_EQ(scaledSide(640, 2), 320);
  EXPECT_EQ(scaledSide(641, 2), 320);
  EXPECT_EQ(scaledSide(640, 3), 212);
  EXPECT_EQ(scaledSide(640, 0.5), 640) << "pictures are not made larger";
  EXPECT_EQ(scaledSide(10, 1e9), 2);
}

}  // namespace
}  // namespace tincan::media
