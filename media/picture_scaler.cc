#include "media/picture_scaler.h"

#include <algorithm>
#include <cmath>

namespace tincan::media {
namespace {

void scalePlane(ByteView from, int fromWidth, int fromHeight, MutableByteView to, int width, int height) {
  for (int y = 0; y < height; ++y) {
    const int top = y * fromHeight / height, bottom = std::max(top + 1, (y + 1) * fromHeight / height);
    for (int x = 0; x < width; ++x) {
      const int left = x * fromWidth / width, right = std::max(left + 1, (x + 1) * fromWidth / width);
      int sum = 0;
      for (int j = top; j < bottom; ++j)
        for (int i = left; i < right; ++i)
          sum += from[static_cast<size_t>(j) * static_cast<size_t>(fromWidth) + static_cast<size_t>(i)];
      const int count = (bottom - top) * (right - left);
      to[static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)] =
          static_cast<uint8_t>((sum + count / 2) / count);
    }
  }
}

}  // namespace

int scaledSide(int side, double factor) {
  const int scaled = static_cast<int>(std::lround(side / std::max(1.0, factor)));
  return std::max(2, scaled / 2 * 2);
}

void scaleDown(const VideoFrame& picture, int width, int height, VideoFrame& out) {
  width = std::clamp(width / 2 * 2, 2, std::max(2, picture.width));
  height = std::clamp(height / 2 * 2, 2, std::max(2, picture.height));
  out.resize(width, height);
  out.captured = picture.captured;
  out.rtpTimestamp = picture.rtpTimestamp;
  scalePlane(picture.y(), picture.width, picture.height, out.y(), width, height);
  scalePlane(picture.u(), picture.chromaWidth(), picture.chromaHeight(), out.u(), out.chromaWidth(),
             out.chromaHeight());
  scalePlane(picture.v(), picture.chromaWidth(), picture.chromaHeight(), out.v(), out.chromaWidth(),
             out.chromaHeight());
}

}  // namespace tincan::media
