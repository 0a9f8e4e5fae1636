// What is VP8's alone; what all codecs have in common is in video_codec_test.cc.
#include <gtest/gtest.h>

#include "media/synthetic_camera.h"
#include "tests/media/codec/makers.h"

namespace tincan::inline v0::media {
namespace {

class Vp8 : public testing::Test {
 protected:
  void SetUp() override {
    if (!builtInCodecs().videoDecoder(vp8Format()).ok()) GTEST_SKIP() << "built without libvpx";
  }
  static Bytes keyFrame() {
    const SyntheticCamera camera({.width = 160, .height = 120});
    VideoFrame picture;
    camera.paint(0, picture);
    return encodeOne(*makeVp8Encoder(160, 120, 500'000), picture).data;
  }
};

TEST_F(Vp8, OddAndTinySizesToo) {
  const auto encoder = makeVp8Encoder(64, 64, 2'000'000);
  const auto decoder = makeVp8Decoder();
  for (auto [width, height] : {std::pair{33, 17}, {1, 1}, {63, 31}, {2, 65}}) {
    VideoFrame picture;
    picture.resize(width, height);
    std::fill(picture.y().begin(), picture.y().end(), uint8_t{100});
    std::fill(picture.u().begin(), picture.u().end(), uint8_t{60});
    std::fill(picture.v().begin(), picture.v().end(), uint8_t{200});
    const auto decoded = decoder->decode(encodeOne(*encoder, picture).data);
    ASSERT_TRUE(decoded.ok()) << decoded.error().toString();
    EXPECT_EQ(decoded->width, width);
    EXPECT_EQ(decoded->height, height);
    EXPECT_EQ(decoded->pixels.size(), VideoFrame::sizeOf(width, height));
    for (const uint8_t v : decoded->y()) ASSERT_NEAR(v, 100, 8);
    for (const uint8_t v : decoded->u()) ASSERT_NEAR(v, 60, 8);
    for (const uint8_t v : decoded->v()) ASSERT_NEAR(v, 200, 8);
  }
}

TEST_F(Vp8, DecoderBoundsThePicture) {
  Bytes key = keyFrame();
  for (auto [width, height] : {std::pair{4097, 16}, {16, 4097}, {16383, 16383}}) {
    key[6] = static_cast<uint8_t>(width);
    key[7] = static_cast<uint8_t>(width >> 8);
    key[8] = static_cast<uint8_t>(height);
    key[9] = static_cast<uint8_t>(height >> 8);
    EXPECT_EQ(makeVp8Decoder()->decode(key).error().code(), ErrorCode::kLimit);
  }
  key[6] = key[7] = 0;
  EXPECT_EQ(makeVp8Decoder()->decode(key).error().code(), ErrorCode::kMalformed);
}

}  // namespace
}  // namespace tincan::inline v0::media
