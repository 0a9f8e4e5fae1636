#include "media/codec/dav1d/dav1d_decoder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "media/codec/plane_copy.h"
#include "media/codec/video_payload.h"

namespace tincan::inline v0::media {
namespace {

Result<VideoFrame> pictureOf(const Dav1dPicture& from) {
  if (std::max(from.p.w, from.p.h) > VideoFrame::kMaxSide)
    return {ErrorCode::kLimit, "a picture larger than 4096 x 4096"};
  if (from.p.layout != DAV1D_PIXEL_LAYOUT_I420 && from.p.layout != DAV1D_PIXEL_LAYOUT_I400)
    return {ErrorCode::kUnsupported, "AV1 with colour at full resolution (4:2:2, 4:4:4) is not shown"};
  VideoFrame out;
  out.resize(from.p.w, from.p.h);
  if (from.p.layout == DAV1D_PIXEL_LAYOUT_I400) out.fillBlack();  // grey: no colour
  const auto copy = [&](int plane, MutableByteView to, int width, int height) {
    const auto* data = static_cast<const uint8_t*>(from.data[plane]);
    const std::ptrdiff_t stride = from.stride[plane == 0 ? 0 : 1];
    if (from.p.bpc > 8)
      copyDeepPlane(data, stride, static_cast<unsigned>(from.p.bpc - 8), to, width, height);
    else
      copyPlane(data, stride, to, width, height);
  };
  copy(0, out.y(), out.width, out.height);
  if (from.p.layout == DAV1D_PIXEL_LAYOUT_I420) {
    copy(1, out.u(), out.chromaWidth(), out.chromaHeight());
    copy(2, out.v(), out.chromaWidth(), out.chromaHeight());
  }
  return out;
}

}  // namespace

Result<void> Dav1dDecoder::open() {
  if (codec_) return {};
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 1;
  settings.max_frame_delay = 1;
  settings.all_layers = 0;
  settings.frame_size_limit = unsigned{VideoFrame::kMaxSide} * unsigned{VideoFrame::kMaxSide};
  settings.logger.callback = nullptr;
  if (dav1d_open(&codec_, &settings) != 0) {
    codec_ = nullptr;
    return {ErrorCode::kOperationError, "cannot start dav1d"};
  }
  return {};
}

void Dav1dDecoder::close() {
  if (codec_) dav1d_close(&codec_);
  codec_ = nullptr;
}

// The last picture that a temporal unit shows goes to `shown`. 0, or dav1d's error.
int Dav1dDecoder::run(ByteView frame, Dav1dPicture& shown, bool& shows) {
  Dav1dData data{};
  uint8_t* bytes = dav1d_data_create(&data, frame.size());
  if (!bytes) return DAV1D_ERR(ENOMEM);
  std::memcpy(bytes, frame.data(), frame.size());
  int error = 0;
  // Each turn feeds or takes something, so that it ends.
  while (error == 0) {
    if (data.sz > 0) {
      error = dav1d_send_data(codec_, &data);
      if (error == DAV1D_ERR(EAGAIN)) error = 0;
    }
    if (error != 0) break;
    Dav1dPicture picture{};
    error = dav1d_get_picture(codec_, &picture);
    if (error == 0) {
      if (shows) dav1d_picture_unref(&shown);
      shown = picture;
      shows = true;
    } else if (error == DAV1D_ERR(EAGAIN) && data.sz > 0) {
      error = 0;
    }
  }
  dav1d_data_unref(&data);
  return error == DAV1D_ERR(EAGAIN) ? 0 : error;
}

Result<VideoFrame> Dav1dDecoder::decode(ByteView frame) {
  if (frame.empty()) return {ErrorCode::kMalformed, "an empty AV1 frame"};
  if (needsKeyFrame_ && !inspectVideoFrame(rtp::VideoFormat::kAv1, frame).keyFrame)
    return {ErrorCode::kMalformed, "an AV1 frame without its key frame"};
  if (auto opened = open(); !opened) return opened.error();
  Dav1dPicture shown{};
  bool shows = false;
  const int error = run(frame, shown, shows);
  needsKeyFrame_ = error != 0;
  if (error != 0) close();
  Result<VideoFrame> out = error == DAV1D_ERR(ERANGE)
                               ? Result<VideoFrame>(ErrorCode::kLimit, "a picture of too many pixels")
                           : error != 0 || !shows ? Result<VideoFrame>(ErrorCode::kMalformed, "dav1d shows no picture")
                                                  : pictureOf(shown);
  if (shows) dav1d_picture_unref(&shown);
  return out;
}

}  // namespace tincan::inline v0::media
