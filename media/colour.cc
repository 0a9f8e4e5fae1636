#include "media/colour.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace tincan::media {
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

Rgb convert(int y, int u, int v) {
  const int luma = (y - 16) * kLumaScale + 32'768;
  const int cb = u - 128, cr = v - 128;
  return {clampByte((luma + kRedOfV * cr) >> 16), clampByte((luma - kGreenOfU * cb - kGreenOfV * cr) >> 16),
          clampByte((luma + kBlueOfU * cb) >> 16)};
}

uint8_t roundByte(double value) {
  return static_cast<uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

}  // namespace

Yuv toYuv(Rgb colour) {
  const double r = colour.r / 255.0, g = colour.g / 255.0, b = colour.b / 255.0;
  const double luma = 0.299 * r + 0.587 * g + 0.114 * b;  // BT.601-7 §2.5.1
  return {roundByte(16 + 219 * luma), roundByte(128 + 224 * (b - luma) / 1.772),
          roundByte(128 + 224 * (r - luma) / 1.402)};
}

Rgb toRgb(Yuv colour) {
  return convert(colour.y, colour.u, colour.v);
}

Bytes toRgb24(const VideoFrame& frame) {
  Bytes rgb;
  rgb.reserve(frame.lumaSize() * 3);
  const ByteView luma = frame.y();
  const ChromaPlane u{frame.u(), frame.chromaWidth(), frame.chromaHeight()};
  const ChromaPlane v{frame.v(), frame.chromaWidth(), frame.chromaHeight()};
  size_t i = 0;
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x) {
      const Rgb pixel = convert(luma[i++], u.between(x, y), v.between(x, y));
      rgb.push_back(pixel.r);
      rgb.push_back(pixel.g);
      rgb.push_back(pixel.b);
    }
  return rgb;
}

Result<VideoFrame> fromRgb24(ByteView rgb, int width, int height) {
  if (width < 1 || height < 1 || width > VideoFrame::kMaxSide || height > VideoFrame::kMaxSide)
    return {ErrorCode::kRangeError, "a picture's sides must be 1 to " + std::to_string(VideoFrame::kMaxSide)};
  VideoFrame frame;
  if (rgb.size() != static_cast<size_t>(width) * static_cast<size_t>(height) * 3)
    return {ErrorCode::kRangeError, "an RGB picture needs 3 bytes a pixel"};
  frame.resize(width, height);
  const auto pixel = [&](int x, int y) {
    const size_t at = (static_cast<size_t>(std::min(y, height - 1)) * static_cast<size_t>(width) +
                       static_cast<size_t>(std::min(x, width - 1))) *
                      3;
    return Rgb{rgb[at], rgb[at + 1], rgb[at + 2]};
  };
  MutableByteView luma = frame.y(), u = frame.u(), v = frame.v();
  size_t i = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) luma[i++] = toYuv(pixel(x, y)).y;
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
  return frame;
}

}  // namespace tincan::media
