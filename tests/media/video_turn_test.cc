#include "media/video_turn.h"

#include <utility>

#include <gtest/gtest.h>

namespace tincan::inline v0::media {
namespace {

// 4 by 2, each luma its place; one chroma sample for four of them.
VideoFrame small() {
  VideoFrame out;
  out.resize(4, 2);
  for (size_t i = 0; i < 8; ++i) out.y()[i] = static_cast<uint8_t>(i);
  out.u()[0] = 100;
  out.u()[1] = 101;
  out.v()[0] = 200;
  out.v()[1] = 201;
  out.rtpTimestamp = 7;
  return out;
}

Bytes luma(const VideoFrame& picture) {
  return toBytes(picture.y());
}

TEST(VideoTurn, TurnsClockwise) {
  const VideoFrame once = turned(small(), 1, false);
  EXPECT_EQ(once.width, 2);
  EXPECT_EQ(once.height, 4);
  EXPECT_EQ(luma(once), (Bytes{4, 0, 5, 1, 6, 2, 7, 3})) << "what was at the left is on top";
  EXPECT_EQ(toBytes(once.u()), (Bytes{100, 101}));
  EXPECT_EQ(once.rtpTimestamp, 7u);
  EXPECT_EQ(luma(turned(small(), 2, false)), (Bytes{7, 6, 5, 4, 3, 2, 1, 0}));
  EXPECT_EQ(luma(turned(small(), 3, false)), (Bytes{3, 7, 2, 6, 1, 5, 0, 4}));
  EXPECT_EQ(toBytes(turned(small(), 3, false).v()), (Bytes{201, 200}));
}

TEST(VideoTurn, MirrorsAfterwards) {
  EXPECT_EQ(luma(turned(small(), 0, true)), (Bytes{3, 2, 1, 0, 7, 6, 5, 4}));
  EXPECT_EQ(luma(turned(small(), 1, true)), (Bytes{0, 4, 1, 5, 2, 6, 3, 7}));
}

TEST(VideoTurn, FourQuartersAreNone) {
  VideoFrame picture = small();
  for (int i = 0; i < 4; ++i) picture = turned(picture, 1, false);
  EXPECT_EQ(picture.pixels, small().pixels);
  EXPECT_EQ(turned(small(), 5, false).pixels, turned(small(), 1, false).pixels);
  EXPECT_EQ(turned(small(), -1, false).pixels, turned(small(), 3, false).pixels);
}

// Each pixel of a picture of any sides, by its place: libraries turn in blocks of 8 and of 16.
TEST(VideoTurn, EachPixelGoesToItsPlace) {
  for (const auto& [width, height] : {std::pair{1, 1}, {7, 3}, {16, 16}, {33, 18}, {64, 47}}) {
    VideoFrame picture;
    picture.resize(width, height);
    for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<uint8_t>(i * 7 + i / 251);
    const auto at = [](const VideoFrame& of, int x, int y) { return of.y()[static_cast<size_t>(y * of.width + x)]; };
    const auto blueAt = [](const VideoFrame& of, int x, int y) {
      return of.u()[static_cast<size_t>(y * of.chromaWidth() + x)];
    };
    const VideoFrame once = turned(picture, 1, false), back = turned(picture, 2, true), left = turned(picture, 3, true);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        ASSERT_EQ(at(once, height - 1 - y, x), at(picture, x, y));
        ASSERT_EQ(at(back, x, height - 1 - y), at(picture, x, y));
        ASSERT_EQ(at(left, height - 1 - y, width - 1 - x), at(picture, x, y));
      }
    }
    for (int y = 0; y < picture.chromaHeight(); ++y)
      for (int x = 0; x < picture.chromaWidth(); ++x)
        ASSERT_EQ(blueAt(once, picture.chromaHeight() - 1 - y, x), blueAt(picture, x, y));
  }
  EXPECT_TRUE(turned(VideoFrame(), 1, true).empty());
}

TEST(VideoTurn, OddSidesKeepTheirChroma) {
  VideoFrame picture;
  picture.resize(5, 3);
  for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<uint8_t>(i);
  const VideoFrame there = turned(picture, 1, false);
  EXPECT_EQ(there.width, 3);
  EXPECT_EQ(there.height, 5);
  EXPECT_EQ(turned(there, 3, false).pixels, picture.pixels);
}

}  // namespace
}  // namespace tincan::inline v0::media
