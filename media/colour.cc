#include "media/colour.h"

#include <algorithm>
#include <string>

#ifdef TINCAN_HAVE_YUV
#include <libyuv/convert.h>
#include <libyuv/convert_argb.h>
#endif

namespace tincan::inline v0::media {
namespace {

// ITU-R BT.601-7 §2.5, in 16.16 fixed point: 219 steps for luma, 224 for colour differences.
constexpr int kLumaScale = 76'309;  // 255 / 219
constexpr int kRedOfV = 104'597;    // 1.402 × 255 / 224
constexpr int kGreenOfU = 25'675;   // 0.344136 × 255 / 224
constexpr int kGreenOfV = 53'279;   // 0.714136 × 255 / 224
constexpr int kBlueOfU = 132'201;   // 1.772 × 255 / 224

uint8_t clampByte(int value) {
  return static_cast<uint8_t>(std::clamp(value, 0, 255));
}

Rgb convert(int y, int u, int v) {
  const int luma = (y - 16) * kLumaScale + 32'768;
  const int cb = u - 128, cr = v - 128;
  return {clampByte((luma + kRedOfV * cr) >> 16), clampByte((luma - kGreenOfU * cb - kGreenOfV * cr) >> 16),
          clampByte((luma + kBlueOfU * cb) >> 16)};
}

// 0.299 R + 0.587 G + 0.114 B (BT.601-7 §2.5.1), times 219 / 255; and so the colour differences, times 224 / 255.
// The factors add up to 219 / 255 and to 0, so that greys stay grey.
uint8_t lumaOf(Rgb colour) {
  return static_cast<uint8_t>((16'829 * colour.r + 33'039 * colour.g + 6'416 * colour.b + (16 << 16) + 32'768) >> 16);
}
constexpr int kChromaOffset = (128 << 16) + 32'768;

}  // namespace

Yuv toYuv(Rgb colour) {
  const int r = colour.r, g = colour.g, b = colour.b;
  return {lumaOf(colour), static_cast<uint8_t>((-9'714 * r - 19'070 * g + 28'784 * b + kChromaOffset) >> 16),
          static_cast<uint8_t>((28'784 * r - 24'103 * g - 4'681 * b + kChromaOffset) >> 16)};
}

Rgb toRgb(Yuv colour) {
  return convert(colour.y, colour.u, colour.v);
}

#ifdef TINCAN_HAVE_YUV

namespace {

// libyuv refuses nothing but pictures without pixels. Its matrices give blue, green, red: with U and V in each other's
// place, and the matrix for that, red comes first.
void paint(const VideoFrame& frame, MutableByteView rgb) {
  libyuv::I420ToRGB24MatrixFilter(frame.y().data(), frame.width, frame.v().data(), frame.chromaWidth(),
                                  frame.u().data(), frame.chromaWidth(), rgb.data(), frame.width * 3,
                                  &libyuv::kYvuI601Constants, frame.width, frame.height, libyuv::kFilterBilinear);
}

void read(ByteView rgb, VideoFrame& frame) {
  libyuv::RAWToI420(rgb.data(), frame.width * 3, frame.y().data(), frame.width, frame.u().data(), frame.chromaWidth(),
                    frame.v().data(), frame.chromaWidth(), frame.width, frame.height);
}

}  // namespace

#else

namespace {

// One of two colour planes at twice its size, between the four samples around each pixel. With samples in the middle of
// their 2 × 2 pixels the weights are 9, 3, 3 and 1 sixteenths.
struct ChromaPlane {
  ByteView samples;
  int width, height;

  int at(int x, int y) const {
    return samples[static_cast<size_t>(std::clamp(y, 0, height - 1)) * static_cast<size_t>(width) +
                   static_cast<size_t>(std::clamp(x, 0, width - 1))];
  }
  int between(int x, int y) const {
    const int nearX = x / 2, nearY = y / 2;
    const int farX = nearX + (x % 2 ? 1 : -1), farY = nearY + (y % 2 ? 1 : -1);
    return (9 * at(nearX, nearY) + 3 * at(farX, nearY) + 3 * at(nearX, farY) + at(farX, farY) + 8) / 16;
  }
};

void paint(const VideoFrame& frame, MutableByteView rgb) {
  const ByteView luma = frame.y();
  const ChromaPlane u{frame.u(), frame.chromaWidth(), frame.chromaHeight()};
  const ChromaPlane v{frame.v(), frame.chromaWidth(), frame.chromaHeight()};
  size_t i = 0, to = 0;
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x) {
      const Rgb pixel = convert(luma[i++], u.between(x, y), v.between(x, y));
      rgb[to++] = pixel.r;
      rgb[to++] = pixel.g;
      rgb[to++] = pixel.b;
    }
}

void read(ByteView rgb, VideoFrame& frame) {
  const int width = frame.width, height = frame.height;
  const auto pixel = [&](int x, int y) {
    const size_t at = (static_cast<size_t>(std::min(y, height - 1)) * static_cast<size_t>(width) +
                       static_cast<size_t>(std::min(x, width - 1))) *
                      3;
    return Rgb{rgb[at], rgb[at + 1], rgb[at + 2]};
  };
  MutableByteView luma = frame.y(), u = frame.u(), v = frame.v();
  size_t i = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) luma[i++] = lumaOf(pixel(x, y));
  i = 0;
  for (int y = 0; y < height; y += 2)
    for (int x = 0; x < width; x += 2, ++i) {
      int r = 2, g = 2, b = 2;  // rounds the mean of the four
      for (const Rgb p : {pixel(x, y), pixel(x + 1, y), pixel(x, y + 1), pixel(x + 1, y + 1)}) {
        r += p.r;
        g += p.g;
        b += p.b;
      }
      const Yuv mean = toYuv({clampByte(r / 4), clampByte(g / 4), clampByte(b / 4)});
      u[i] = mean.u;
      v[i] = mean.v;
    }
}

}  // namespace

#endif

Bytes toRgb24(const VideoFrame& frame) {
  Bytes rgb(frame.lumaSize() * 3);
  if (!frame.empty()) paint(frame, rgb);
  return rgb;
}

Result<VideoFrame> fromRgb24(ByteView rgb, int width, int height) {
  if (width < 1 || height < 1 || width > VideoFrame::kMaxSide || height > VideoFrame::kMaxSide)
    return {ErrorCode::kRangeError, "a picture's sides must be 1 to " + std::to_string(VideoFrame::kMaxSide)};
  VideoFrame frame;
  if (rgb.size() != static_cast<size_t>(width) * static_cast<size_t>(height) * 3)
    return {ErrorCode::kRangeError, "an RGB picture needs 3 bytes a pixel"};
  frame.resize(width, height);
  read(rgb, frame);
  return frame;
}

}  // namespace tincan::inline v0::media
