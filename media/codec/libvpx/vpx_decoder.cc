#include "media/codec/libvpx/vpx_decoder.h"

#include <algorithm>
#include <string>

#include <vpx/vp8dx.h>

#include "media/codec/plane_copy.h"
#include "media/codec/vp9_headers.h"
#include "rtp/payload/vp8.h"
#include "rtp/payload/vp9.h"

namespace tincan::inline v0::media {
namespace {

Result<VideoFrame> pictureOf(const vpx_image_t& image) {
  if (image.d_w > unsigned{VideoFrame::kMaxSide} || image.d_h > unsigned{VideoFrame::kMaxSide})
    return {ErrorCode::kLimit, "a picture larger than 4096 x 4096"};
  if (image.fmt != VPX_IMG_FMT_I420 && image.fmt != VPX_IMG_FMT_I42016)
    return {ErrorCode::kUnsupported, "VP9 with colour at full resolution (4:2:2, 4:4:4) is not shown"};
  VideoFrame out;
  out.resize(static_cast<int>(image.d_w), static_cast<int>(image.d_h));
  const unsigned shift = image.fmt == VPX_IMG_FMT_I42016 ? std::max(image.bit_depth, 8u) - 8 : 0;
  const auto copy = [&](int plane, MutableByteView to, int width, int height) {
    if (image.fmt == VPX_IMG_FMT_I42016)
      copyDeepPlane(image.planes[plane], image.stride[plane], shift, to, width, height);
    else
      copyPlane(image.planes[plane], image.stride[plane], to, width, height);
  };
  copy(VPX_PLANE_Y, out.y(), out.width, out.height);
  copy(VPX_PLANE_U, out.u(), out.chromaWidth(), out.chromaHeight());
  copy(VPX_PLANE_V, out.v(), out.chromaWidth(), out.chromaHeight());
  return out;
}

}  // namespace

Result<void> VpxDecoder::open() {
  if (opened_) return {};
  vpx_codec_dec_cfg_t config{};
  config.threads = 1;
  vpx_codec_iface_t* interface = kind_ == Codec::kVp8 ? vpx_codec_vp8_dx() : vpx_codec_vp9_dx();
  if (const auto code = vpx_codec_dec_init(&codec_, interface, &config, 0); code != VPX_CODEC_OK)
    return {ErrorCode::kOperationError, std::string("cannot start libvpx's decoder: ") + vpx_codec_err_to_string(code)};
  opened_ = true;
  return {};
}

void VpxDecoder::close() {
  if (opened_) vpx_codec_destroy(&codec_);
  opened_ = false;
  codec_ = {};
}

// Whether it is a key frame. What would be larger than we take must not reach the library: it would make room for it.
Result<bool> VpxDecoder::readHeader(ByteView frame) const {
  bool keyFrame = false;
  int side = 0;
  if (kind_ == Codec::kVp8) {
    rtp::Vp8FrameHeader header;
    if (!rtp::Vp8FrameHeader::parse(frame, header)) return {ErrorCode::kMalformed, "not a VP8 frame"};
    if (header.keyFrame && (header.width == 0 || header.height == 0))
      return {ErrorCode::kMalformed, "a VP8 frame without a size"};
    keyFrame = header.keyFrame;
    side = std::max(header.width, header.height);
  } else {
    rtp::Vp9FrameHeader header;
    if (!rtp::Vp9FrameHeader::parse(frame, header)) return {ErrorCode::kMalformed, "not a VP9 frame"};
    keyFrame = header.keyFrame;
    side = Vp9Headers::read(frame).largestSide;
  }
  if (side > VideoFrame::kMaxSide) return {ErrorCode::kLimit, "a picture larger than 4096 x 4096"};
  return keyFrame;
}

// What libvpx keeps after an error is anyone's guess; a fresh decoder and a key frame are not.
Error VpxDecoder::giveUp(vpx_codec_err_t code) {
  needsKeyFrame_ = true;
  close();
  return {ErrorCode::kMalformed, std::string("libvpx: ") + vpx_codec_err_to_string(code)};
}

Result<VideoFrame> VpxDecoder::decode(ByteView frame) {
  const auto keyFrame = readHeader(frame);
  if (!keyFrame) return keyFrame.error();
  if (!*keyFrame && needsKeyFrame_) return {ErrorCode::kMalformed, "a frame without its key frame"};
  if (auto opened = open(); !opened) return opened.error();
  if (kind_ == Codec::kVp9 && !Vp9Headers::read(frame).hasIndex) {
    indexed_.assign(frame.begin(), frame.end());
    appendVp9Index(indexed_);
    frame = indexed_;
  }
  if (const auto code = vpx_codec_decode(&codec_, frame.data(), static_cast<unsigned>(frame.size()), nullptr, 0);
      code != VPX_CODEC_OK)
    return giveUp(code);
  needsKeyFrame_ = false;

  // Of several spatial layers the highest comes last.
  vpx_codec_iter_t iterator = nullptr;
  const vpx_image_t* image = nullptr;
  while (const vpx_image_t* next = vpx_codec_get_frame(&codec_, &iterator)) image = next;
  if (!image) return {ErrorCode::kMalformed, "a frame that shows nothing"};  // RFC 6386 §9.1: show_frame 0
  return pictureOf(*image);
}

}  // namespace tincan::inline v0::media
