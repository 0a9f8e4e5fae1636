#include "media/video_turn.h"

#include <cstddef>

#ifdef TINCAN_HAVE_YUV
#include <libyuv/planar_functions.h>
#include <libyuv/rotate.h>
#endif

namespace tincan::inline v0::media {
namespace {

#ifdef TINCAN_HAVE_YUV

// libyuv refuses nothing but pictures without pixels.
void turn(const VideoFrame& from, int turns, VideoFrame& to) {
  libyuv::I420Rotate(from.y().data(), from.width, from.u().data(), from.chromaWidth(), from.v().data(),
                     from.chromaWidth(), to.y().data(), to.width, to.u().data(), to.chromaWidth(), to.v().data(),
                     to.chromaWidth(), from.width, from.height, static_cast<libyuv::RotationMode>(turns * 90));
}

void mirror(const VideoFrame& from, VideoFrame& to) {
  libyuv::I420Mirror(from.y().data(), from.width, from.u().data(), from.chromaWidth(), from.v().data(),
                     from.chromaWidth(), to.y().data(), to.width, to.u().data(), to.chromaWidth(), to.v().data(),
                     to.chromaWidth(), from.width, from.height);
}

void turn(const VideoFrame& picture, int turns, bool mirrored, VideoFrame& out) {
  if (!mirrored) return turn(picture, turns, out);
  if (turns == 0) return mirror(picture, out);
  VideoFrame upright;
  upright.resize(out.width, out.height);
  turn(picture, turns, upright);
  mirror(upright, out);
}

#else

// One plane of `width` times `height` bytes; `out` has the sides of the turned one.
void turnPlane(ByteView from, int width, int height, int turns, bool mirrored, MutableByteView out) {
  const bool swaps = turns % 2 != 0;
  const int toWidth = swaps ? height : width, toHeight = swaps ? width : height;
  for (int y = 0; y < toHeight; ++y) {
    for (int shown = 0; shown < toWidth; ++shown) {
      const int x = mirrored ? toWidth - 1 - shown : shown;
      int fromX = x, fromY = y;
      if (turns == 1) {
        fromX = y;
        fromY = height - 1 - x;
      } else if (turns == 2) {
        fromX = width - 1 - x;
        fromY = height - 1 - y;
      } else if (turns == 3) {
        fromX = width - 1 - y;
        fromY = x;
      }
      out[static_cast<size_t>(y) * static_cast<size_t>(toWidth) + static_cast<size_t>(shown)] =
          from[static_cast<size_t>(fromY) * static_cast<size_t>(width) + static_cast<size_t>(fromX)];
    }
  }
}

void turn(const VideoFrame& picture, int turns, bool mirrored, VideoFrame& out) {
  turnPlane(picture.y(), picture.width, picture.height, turns, mirrored, out.y());
  turnPlane(picture.u(), picture.chromaWidth(), picture.chromaHeight(), turns, mirrored, out.u());
  turnPlane(picture.v(), picture.chromaWidth(), picture.chromaHeight(), turns, mirrored, out.v());
}

#endif

}  // namespace

VideoFrame turned(const VideoFrame& picture, int quarterTurns, bool mirrored) {
  const int turns = ((quarterTurns % 4) + 4) % 4;
  VideoFrame out;
  out.captured = picture.captured;
  out.rtpTimestamp = picture.rtpTimestamp;
  out.resize(turns % 2 ? picture.height : picture.width, turns % 2 ? picture.width : picture.height);
  if (!picture.empty()) turn(picture, turns, mirrored, out);
  return out;
}

}  // namespace tincan::inline v0::media
