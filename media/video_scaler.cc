#include "media/video_scaler.h"

#ifdef TINCAN_HAVE_YUV
#include <libyuv/scale.h>
#endif

namespace tincan::inline v0::media {
namespace {

bool isSide(int side) {
  return side >= 1 && side <= VideoFrame::kMaxSide;
}

}  // namespace

Result<VideoFrame> VideoScaler::scale(const VideoFrame& picture, int width, int height) const {
  if (!isSide(width) || !isSide(height) || !isSide(picture.width) || !isSide(picture.height) ||
      picture.pixels.size() != VideoFrame::sizeOf(picture.width, picture.height))
    return {ErrorCode::kRangeError,
            "pictures to scale must have their pixels and sides of 1 to 4096, before and after"};
  if (picture.width == width && picture.height == height) return picture;
#ifdef TINCAN_HAVE_YUV
  VideoFrame out;
  out.resize(width, height);
  out.captured = picture.captured;
  out.rtpTimestamp = picture.rtpTimestamp;
  if (libyuv::I420Scale(picture.y().data(), picture.width, picture.u().data(), picture.chromaWidth(),
                        picture.v().data(), picture.chromaWidth(), picture.width, picture.height, out.y().data(), width,
                        out.u().data(), out.chromaWidth(), out.v().data(), out.chromaWidth(), width, height,
                        libyuv::kFilterBox) != 0)
    return {ErrorCode::kOperationError, "libyuv could not scale a picture"};
  return out;
#else
  return {ErrorCode::kUnsupported, "tincan was built without libyuv: it cannot scale pictures"};
#endif
}

}  // namespace tincan::inline v0::media
