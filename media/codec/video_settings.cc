#include "media/codec/video_settings.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::media {
namespace {

constexpr uint32_t kMinBitrate = 30'000;
constexpr uint32_t kMaxBitrate = 100'000'000;

}  // namespace

uint32_t clampVideoBitrate(uint32_t bps) {
  return std::clamp(bps, kMinBitrate, kMaxBitrate);
}

double clampFrameRate(double framesPerSecond) {
  return std::isfinite(framesPerSecond) ? std::clamp(framesPerSecond, 1.0, 240.0) : 30.0;
}

int64_t videoFrameTicks(double framesPerSecond) {
  return std::llround(kVideoClockRate / clampFrameRate(framesPerSecond));
}

int layerSide(int side, const ScalabilityMode& mode, int spatial) {
  if (spatial + 1 == mode.spatialLayers) return side;
  const int part = side * mode.over(spatial) / mode.under(spatial);
  return part + part % 2;
}

Result<void> checkPicture(const VideoFrame& picture) {
  if (picture.width < 1 || picture.height < 1 || picture.width > VideoFrame::kMaxSide ||
      picture.height > VideoFrame::kMaxSide ||
      picture.pixels.size() != VideoFrame::sizeOf(picture.width, picture.height))
    return {ErrorCode::kRangeError, "a picture to encode must have its pixels and sides of 1 to 4096"};
  return {};
}

}  // namespace tincan::inline v0::media
