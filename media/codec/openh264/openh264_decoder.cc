#include "media/codec/openh264/openh264_decoder.h"

#include <algorithm>

#include "media/codec/h264_sps.h"
#include "media/codec/plane_copy.h"
#include "rtp/payload/h264.h"
#include "rtp/payload/nal_units.h"

namespace tincan::inline v0::media {
namespace {

using rtp::H264Syntax;

constexpr uint8_t kSubsetSps = 15;  // H.264 table 7-1: of a scalable stream's upper layers, with the same beginning

Result<VideoFrame> pictureOf(uint8_t* const planes[3], const SSysMEMBuffer& from) {
  if (from.iFormat != videoFormatI420 || from.iWidth < 1 || from.iHeight < 1 || !planes[0] || !planes[1] || !planes[2])
    return {ErrorCode::kUnsupported, "an H.264 picture that is not 4:2:0"};
  if (std::max(from.iWidth, from.iHeight) > VideoFrame::kMaxSide)
    return {ErrorCode::kLimit, "a picture larger than 4096 x 4096"};
  VideoFrame out;
  out.resize(from.iWidth, from.iHeight);
  copyPlane(planes[0], from.iStride[0], out.y(), out.width, out.height);
  copyPlane(planes[1], from.iStride[1], out.u(), out.chromaWidth(), out.chromaHeight());
  copyPlane(planes[2], from.iStride[1], out.v(), out.chromaWidth(), out.chromaHeight());
  return out;
}

}  // namespace

Result<void> Openh264Decoder::open() {
  if (codec_) return {};
  if (WelsCreateDecoder(&codec_) != 0 || !codec_) {
    codec_ = nullptr;
    return {ErrorCode::kOperationError, "cannot start openh264"};
  }
  int quiet = WELS_LOG_QUIET;
  codec_->SetOption(DECODER_OPTION_TRACE_LEVEL, &quiet);
  SDecodingParam config{};
  config.eEcActiveIdc = ERROR_CON_DISABLE;
  config.sVideoProperty.size = sizeof config.sVideoProperty;
  config.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC;
  if (codec_->Initialize(&config) == 0) return {};
  close();
  return {ErrorCode::kOperationError, "cannot start openh264"};
}

void Openh264Decoder::close() {
  if (!codec_) return;
  codec_->Uninitialize();
  WelsDestroyDecoder(codec_);
  codec_ = nullptr;
}

// Whether it is a key frame. The library would make room for whatever size a parameter set says.
Result<bool> Openh264Decoder::readUnits(ByteView frame) {
  bool keyFrame = false;
  rtp::splitAnnexB(frame, units_);
  if (units_.empty()) return {ErrorCode::kMalformed, "not an H.264 frame in Annex B"};
  for (const ByteView unit : units_) {
    const uint8_t type = H264Syntax::typeOf(unit[0]);
    keyFrame |= type == H264Syntax::kIdrSlice;
    if (type != H264Syntax::kSps && type != kSubsetSps) continue;
    const auto sps = H264Sps::parse(unit);
    if (!sps) return {ErrorCode::kMalformed, "an H.264 parameter set that makes no sense"};
    if (std::max(sps->codedWidth, sps->codedHeight) > VideoFrame::kMaxSide)
      return {ErrorCode::kLimit, "a picture larger than 4096 x 4096"};
  }
  return keyFrame;
}

Result<VideoFrame> Openh264Decoder::decode(ByteView frame) {
  const auto keyFrame = readUnits(frame);
  if (!keyFrame) return keyFrame.error();
  if (!*keyFrame && needsKeyFrame_) return {ErrorCode::kMalformed, "an H.264 frame without its key frame"};
  if (auto opened = open(); !opened) return opened.error();
  uint8_t* planes[3] = {};
  SBufferInfo info{};
  const DECODING_STATE state = codec_->DecodeFrameNoDelay(frame.data(), static_cast<int>(frame.size()), planes, &info);
  if (state != dsErrorFree || info.iBufferStatus != 1) {
    needsKeyFrame_ = true;
    close();
    return {ErrorCode::kMalformed, "openh264 shows no picture (" + std::to_string(static_cast<int>(state)) + ")"};
  }
  needsKeyFrame_ = false;
  return pictureOf(planes, info.UsrData.sSystemBuffer);
}

}  // namespace tincan::inline v0::media
