#include <cstdlib>
#include <set>

#include <gtest/gtest.h>

#include "media/synthetic_camera.h"
#include "tests/media/codec/makers.h"

namespace tincan::inline v0::media {
namespace {

TimePoint at(int64_t micros) {
  return TimePoint::fromMicros(micros);
}

void expectNear(Rgb got, Rgb want, int tolerance, const char* where, int bar) {
  EXPECT_LE(std::abs(got.r - want.r), tolerance) << where << ", bar " << bar << ", red";
  EXPECT_LE(std::abs(got.g - want.g), tolerance) << where << ", bar " << bar << ", green";
  EXPECT_LE(std::abs(got.b - want.b), tolerance) << where << ", bar " << bar << ", blue";
}

void expectBars(const VideoFrame& frame, int tolerance, const char* where) {
  for (int bar = 0; bar < 7; ++bar)
    for (int dy : {-1, 0, 1}) {
      const int x = (2 * bar + 1) * frame.width / 14, y = frame.height / 4 + dy * frame.height / 10;
      const auto luma = static_cast<size_t>(y * frame.width + x);
      const auto chroma = static_cast<size_t>(y / 2 * frame.chromaWidth() + x / 2);
      expectNear(toRgb({frame.y()[luma], frame.u()[chroma], frame.v()[chroma]}),
                 SyntheticCamera::barColours()[static_cast<size_t>(bar)], tolerance, where, bar);
    }
}

// Nearest-neighbour, as the roughest of browsers would.
VideoFrame scaled(const VideoFrame& from, int width, int height) {
  VideoFrame to;
  to.resize(width, height);
  const auto plane = [](ByteView in, int w, int h, MutableByteView out, int w2, int h2) {
    for (int y = 0; y < h2; ++y)
      for (int x = 0; x < w2; ++x)
        out[static_cast<size_t>(y * w2 + x)] = in[static_cast<size_t>(y * h / h2 * w + x * w / w2)];
  };
  plane(from.y(), from.width, from.height, to.y(), width, height);
  plane(from.u(), from.chromaWidth(), from.chromaHeight(), to.u(), to.chromaWidth(), to.chromaHeight());
  plane(from.v(), from.chromaWidth(), from.chromaHeight(), to.v(), to.chromaWidth(), to.chromaHeight());
  return to;
}

TEST(SyntheticCamera, CounterReadsBackAtEverySize) {
  for (auto [width, height] : {std::pair{640, 480}, {320, 240}, {176, 144}, {64, 64}, {202, 358}}) {
    const SyntheticCamera camera({.width = width, .height = height});
    VideoFrame frame;
    for (uint32_t n : {0u, 1u, 2u, 100u, 0x555555u, 0xaaaaaau, 0xfffffeu, 0xffffffu}) {
      camera.paint(n, frame);
      EXPECT_EQ(SyntheticCamera::readFrameCounter(frame), n) << width << "x" << height;
      EXPECT_EQ(SyntheticCamera::readFrameCounter(scaled(frame, 200, 150)), n);
    }
    camera.paint(SyntheticCamera::kCounterModulus + 5, frame);
    EXPECT_EQ(SyntheticCamera::readFrameCounter(frame), 5u) << "wraps";
  }
}

TEST(SyntheticCamera, NoCounterWhereThereIsNone) {
  EXPECT_FALSE(SyntheticCamera::readFrameCounter(VideoFrame()));
  EXPECT_FALSE(SyntheticCamera::readFrameCounter(VideoFrame::black(640, 480)));
  VideoFrame white = VideoFrame::black(640, 480);
  std::fill(white.pixels.begin(), white.pixels.end(), uint8_t{235});
  EXPECT_FALSE(SyntheticCamera::readFrameCounter(white));
  VideoFrame lies = VideoFrame::black(640, 480);
  lies.pixels.resize(100);
  EXPECT_FALSE(SyntheticCamera::readFrameCounter(lies));
}

TEST(SyntheticCamera, AnySingleWrongCellIsNoticed) {
  const SyntheticCamera camera({.width = 160, .height = 120});
  VideoFrame frame;
  camera.paint(123'456, frame);
  for (int cell = 0; cell < 32; ++cell) {
    VideoFrame wrong = frame;
    for (int y = 112; y < 120; ++y)
      for (int x = cell * 5; x < cell * 5 + 5; ++x) {
        uint8_t& luma = wrong.pixels[static_cast<size_t>(y * 160 + x)];
        luma = static_cast<uint8_t>(251 - luma);
      }
    EXPECT_FALSE(SyntheticCamera::readFrameCounter(wrong)) << "cell " << cell;
  }
}

TEST(SyntheticCamera, KeepsTimeAndSkipsWhatWasMissed) {
  SyntheticCamera camera({.width = 64, .height = 64});
  VideoFrame frame;
  EXPECT_EQ(camera.nextFrameTime(), TimePoint());
  ASSERT_TRUE(camera.capture(at(5'000'000), frame));
  EXPECT_EQ(frame.captured, at(5'000'000));
  EXPECT_EQ(frame.rtpTimestamp, 0u);
  EXPECT_EQ(camera.nextFrameTime(), at(5'033'333));
  EXPECT_FALSE(camera.capture(at(5'033'332), frame));
  ASSERT_TRUE(camera.capture(at(5'033'333), frame));
  EXPECT_EQ(SyntheticCamera::readFrameCounter(frame), 1u);
  EXPECT_EQ(frame.rtpTimestamp, 3000u);
  ASSERT_TRUE(camera.capture(at(6'010'000), frame)) << "late by most of a second";
  EXPECT_EQ(SyntheticCamera::readFrameCounter(frame), 30u);
  EXPECT_EQ(frame.rtpTimestamp, 90'000u);
  EXPECT_EQ(frame.captured, at(6'000'000));
  EXPECT_FALSE(camera.capture(at(6'010'000), frame));
}

TEST(SyntheticCamera, IsTheSameForTheSameFrameAndMovesOtherwise) {
  const SyntheticCamera camera;
  VideoFrame a, b, c;
  camera.paint(40, a);
  camera.paint(40, b);
  camera.paint(41, c);
  EXPECT_EQ(a.pixels, b.pixels);
  size_t different = 0;  // above the counter: something a person sees move
  for (size_t i = 0; i < 640 * 448; ++i) different += std::abs(a.pixels[i] - c.pixels[i]) > 40;
  EXPECT_GT(different, 200u);
}

TEST(SyntheticCamera, TakesAnyOptions) {
  const SyntheticCamera odd({.width = 161, .height = 119});
  EXPECT_EQ(odd.width(), 160);
  EXPECT_EQ(odd.height(), 118);
  const SyntheticCamera tiny({.width = -4, .height = 0, .frameRate = -1});
  VideoFrame frame;
  tiny.paint(7, frame);
  EXPECT_EQ(frame.width, 64);
  EXPECT_EQ(SyntheticCamera::readFrameCounter(frame), 7u);
}

TEST(SyntheticCamera, BarsHaveTheirColours) {
  const SyntheticCamera camera;
  VideoFrame frame;
  camera.paint(3, frame);
  expectBars(frame, 2, "painted");
}

TEST(SyntheticCamera, CounterAndColoursSurviveVp8) {
  for (const int bitrate : {300'000, 60'000}) {
    SyntheticCamera camera;
    const auto encoder = makeVp8Encoder(640, 480, static_cast<uint32_t>(bitrate));
    const auto decoder = makeVp8Decoder();
    VideoFrame frame;
    size_t bytes = 0;
    for (uint32_t n = 0; n < 60; ++n) {
      ASSERT_TRUE(camera.capture(at(static_cast<int64_t>(n) * 33'334), frame));
      const EncodedVideo encoded = encodeOne(*encoder, frame);
      EXPECT_EQ(encoded.keyFrame, n == 0);
      EXPECT_EQ(encoded.rtpTimestamp, frame.rtpTimestamp);
      bytes += encoded.data.size();
      auto decoded = decoder->decode(encoded.data);
      ASSERT_TRUE(decoded.ok()) << decoded.error().toString();
      ASSERT_EQ(SyntheticCamera::readFrameCounter(*decoded), n) << "at " << bitrate;
      if (n % 10 != 0) continue;
      ASSERT_EQ(SyntheticCamera::readFrameCounter(scaled(*decoded, 320, 240)), n);
      expectBars(*decoded, 24, "decoded");
    }
    // Two seconds; at 60 kb/s the first key frame alone is more than one of them.
    EXPECT_LT(static_cast<double>(bytes) * 8 / 2, bitrate * (bitrate < 100'000 ? 3 : 1.5)) << "rate control holds";
  }
}

}  // namespace
}  // namespace tincan::inline v0::media
