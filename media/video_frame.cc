#include "media/video_frame.h"

#include <algorithm>

namespace tincan::inline v0::media {
namespace {

// BT.601 limited range: black is Y 16 with both colour differences at zero, which is 128.
constexpr uint8_t kBlackLuma = 16;
constexpr uint8_t kNoColour = 128;

}  // namespace

size_t VideoFrame::sizeOf(int width, int height) {
  const auto w = static_cast<size_t>(width), h = static_cast<size_t>(height);
  return w * h + 2 * ((w + 1) / 2) * ((h + 1) / 2);
}

void VideoFrame::resize(int newWidth, int newHeight) {
  width = newWidth;
  height = newHeight;
  pixels.resize(sizeOf(newWidth, newHeight));
}

void VideoFrame::fillBlack() {
  std::ranges::fill(y(), kBlackLuma);
  std::ranges::fill(u(), kNoColour);
  std::ranges::fill(v(), kNoColour);
}

VideoFrame VideoFrame::black(int width, int height) {
  VideoFrame frame;
  frame.resize(width, height);
  frame.fillBlack();
  return frame;
}

}  // namespace tincan::inline v0::media
