#include "media/video_turn.h"

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
