#include "media/colour.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <png.h>

#include <gtest/gtest.h>

#include "base/random.h"
#include "media/png_writer.h"
#include "media/synthetic_camera.h"

namespace tincan::inline v0::media {
namespace {

TEST(Colour, KnownValues) {
  // BT.601-7, limited range: the colour bars of every textbook.
  EXPECT_EQ(toYuv({0, 0, 0}), (Yuv{16, 128, 128}));
  EXPECT_EQ(toYuv({255, 255, 255}), (Yuv{235, 128, 128}));
  EXPECT_EQ(toYuv({255, 0, 0}), (Yuv{81, 90, 240}));
  EXPECT_EQ(toYuv({0, 255, 0}), (Yuv{145, 54, 34}));
  EXPECT_EQ(toYuv({0, 0, 255}), (Yuv{41, 240, 110}));
  EXPECT_EQ(toRgb({16, 128, 128}), (Rgb{0, 0, 0}));
  EXPECT_EQ(toRgb({235, 128, 128}), (Rgb{255, 255, 255}));
  EXPECT_EQ(toRgb({0, 128, 128}), (Rgb{0, 0, 0})) << "below black is black";
  EXPECT_EQ(toRgb({255, 255, 255}).r, 255);
}

TEST(Colour, ComesBackWithinRounding) {
  for (int r = 0; r < 256; r += 15)
    for (int g = 0; g < 256; g += 15)
      for (int b = 0; b < 256; b += 15) {
        const Rgb back = toRgb(toYuv({static_cast<uint8_t>(r), static_cast<uint8_t>(g), static_cast<uint8_t>(b)}));
        ASSERT_LE(std::abs(back.r - r), 2) << r << " " << g << " " << b;
        ASSERT_LE(std::abs(back.g - g), 2) << r << " " << g << " " << b;
        ASSERT_LE(std::abs(back.b - b), 2) << r << " " << g << " " << b;
      }
}

TEST(Colour, EveryGreyStaysGrey) {
  for (int v = 0; v < 256; ++v) {
    const auto grey = static_cast<uint8_t>(v);
    const Yuv yuv = toYuv({grey, grey, grey});
    EXPECT_EQ(yuv.u, 128);
    EXPECT_EQ(yuv.v, 128);
  }
}

TEST(Colour, PicturesOfAnySizeComeBack) {
  for (auto [width, height] : {std::pair{1, 1}, {2, 2}, {3, 5}, {16, 1}, {17, 9}}) {
    Bytes rgb;
    for (int i = 0; i < width * height; ++i) rgb.insert(rgb.end(), {200, 100, 50});
    auto frame = fromRgb24(rgb, width, height);
    ASSERT_TRUE(frame.ok());
    const Bytes back = toRgb24(*frame);
    ASSERT_EQ(back.size(), rgb.size());
    for (size_t i = 0; i < rgb.size(); ++i) ASSERT_LE(std::abs(back[i] - rgb[i]), 2);
  }
}

TEST(Colour, IsSmoothBetweenColourSamples) {
  VideoFrame frame = VideoFrame::black(8, 2);
  for (uint8_t& y : frame.y()) y = 128;
  for (size_t i = 0; i < 4; ++i) frame.v()[i] = static_cast<uint8_t>(96 + 16 * i);
  const Bytes rgb = toRgb24(frame);
  for (size_t x = 1; x < 8; ++x) {
    EXPECT_GE(rgb[x * 3], rgb[(x - 1) * 3]);
    EXPECT_LE(rgb[x * 3] - rgb[(x - 1) * 3], 16) << "steps of half a sample";
  }
}

// Whoever converts: each pixel within rounding of what BT.601 says of it.
TEST(Colour, PicturesHaveTheColoursOfTheirPixels) {
  constexpr int kWidth = 37, kHeight = 21;
  SeededRandom random(3);
  for (int round = 0; round < 20; ++round) {
    const Rgb colour{static_cast<uint8_t>(random.below(256)), static_cast<uint8_t>(random.below(256)),
                     static_cast<uint8_t>(random.below(256))};
    Bytes rgb;
    for (int i = 0; i < kWidth * kHeight; ++i) rgb.insert(rgb.end(), {colour.r, colour.g, colour.b});
    const VideoFrame frame = fromRgb24(rgb, kWidth, kHeight).value();
    const Yuv yuv = toYuv(colour);
    for (const uint8_t y : frame.y()) ASSERT_NEAR(y, yuv.y, 1);
    for (const uint8_t u : frame.u()) ASSERT_NEAR(u, yuv.u, 1);
    for (const uint8_t v : frame.v()) ASSERT_NEAR(v, yuv.v, 1);
    const Bytes back = toRgb24(frame);
    const Rgb expected = toRgb({frame.y()[0], frame.u()[0], frame.v()[0]});
    for (size_t i = 0; i < back.size(); i += 3) {
      ASSERT_NEAR(back[i], expected.r, 2);
      ASSERT_NEAR(back[i + 1], expected.g, 2);
      ASSERT_NEAR(back[i + 2], expected.b, 2);
    }
  }
}

TEST(Colour, EachPixelIsInItsPlace) {
  Bytes rgb;
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 10; ++x) rgb.insert(rgb.end(), 3, static_cast<uint8_t>(20 * y + 10 * x));
  const Bytes back = toRgb24(fromRgb24(rgb, 10, 6).value());
  ASSERT_EQ(back.size(), rgb.size());
  for (size_t i = 0; i < rgb.size(); ++i) EXPECT_NEAR(back[i], rgb[i], 2) << i;
  EXPECT_EQ(toRgb24(VideoFrame()), Bytes());
}

TEST(Colour, RefusesOtherSizes) {
  EXPECT_FALSE(fromRgb24(Bytes(11), 2, 2).ok());
  EXPECT_FALSE(fromRgb24({}, 0, 0).ok());
  EXPECT_FALSE(fromRgb24(Bytes(3), -1, -1).ok());
  EXPECT_FALSE(fromRgb24({}, 2'000'000'000, 2'000'000'000).ok());
}

TEST(Png, ReadsBack) {
  const std::string path = testing::TempDir() + "tincan_picture.png";
  const SyntheticCamera camera({.width = 160, .height = 120});
  VideoFrame frame;
  camera.paint(99, frame);
  ASSERT_TRUE(writePng(path, frame).ok());

  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_file(&image, path.c_str()), 0);
  EXPECT_EQ(image.width, 160u);
  EXPECT_EQ(image.height, 120u);
  image.format = PNG_FORMAT_RGB;
  Bytes rgb(PNG_IMAGE_SIZE(image));
  ASSERT_NE(png_image_finish_read(&image, nullptr, rgb.data(), 0, nullptr), 0);
  EXPECT_EQ(rgb, toRgb24(frame));
  std::remove(path.c_str());
}

TEST(Png, SaysWhatIsWrong) {
  EXPECT_EQ(writePng("never.png", VideoFrame()).error().code(), ErrorCode::kInvalidStateError);
  auto nowhere = writePng("/no/such/folder/a.png", VideoFrame::black(4, 4));
  ASSERT_FALSE(nowhere.ok());
  EXPECT_EQ(nowhere.error().code(), ErrorCode::kIo);
  EXPECT_NE(nowhere.error().message().find("/no/such/folder/a.png"), std::string::npos);
}

// libpng's own function took the path away when it failed: of root's /dev/full that was the device.
TEST(Png, LeavesADeviceThatIsFull) {
  namespace fs = std::filesystem;
  const fs::path link = fs::path(testing::TempDir()) / "tincan_full.png";
  std::error_code ignored;
  fs::remove(link, ignored);
  if (!fs::is_character_file("/dev/full", ignored)) GTEST_SKIP() << "no /dev/full here";
  fs::create_symlink("/dev/full", link);
  const auto full = writePng(link.string(), VideoFrame::black(320, 240));
  ASSERT_FALSE(full.ok());
  EXPECT_NE(full.error().message().find("No space left on device"), std::string::npos) << full.error().message();
  EXPECT_TRUE(fs::is_symlink(link));
  fs::remove(link, ignored);
}

}  // namespace
}  // namespace tincan::inline v0::media
