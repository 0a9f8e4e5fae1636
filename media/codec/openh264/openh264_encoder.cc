#include "media/codec/openh264/openh264_encoder.h"

#include <algorithm>
#include <string>
#include <utility>

#include "media/codec/video_settings.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kMinSide = 16;  // of openh264: a macroblock
constexpr int kMaxQuantizer = 51, kMinQuantizer = 10;
// openh264 refuses less: a macroblock may take 400 bytes. It stays some 130 bytes below what it is told.
constexpr size_t kMinSlice = 450;
constexpr size_t kUsualSlice = 1100;
constexpr size_t kSliceMargin = 20;  // by which openh264 wants a slice to be smaller than a NAL unit

}  // namespace

Openh264Encoder::Openh264Encoder(const CodecFormat& format, const VideoEncoderSettings& settings,
                                 const ScalabilityMode& mode)
    : maxSliceBytes_(format.number("packetization-mode", 0) != 0 ? 0
                     : settings.maxSliceBytes == 0               ? kUsualSlice
                                                                 : std::max(settings.maxSliceBytes, kMinSlice)),
      plan_(mode),
      bitrate_(clampVideoBitrate(settings.bitrateBps)),
      frameRate_(clampFrameRate(settings.framesPerSecond)) {}

void Openh264Encoder::configure(SEncParamExt& config, int width, int height) const {
  config.iUsageType = CAMERA_VIDEO_REAL_TIME;
  config.iPicWidth = width;
  config.iPicHeight = height;
  config.iTargetBitrate = static_cast<int>(bitrate_);
  config.iMaxBitrate = UNSPECIFIED_BIT_RATE;
  config.iRCMode = RC_BITRATE_MODE;
  config.fMaxFrameRate = static_cast<float>(frameRate_);
  config.bEnableFrameSkip = false;
  config.iMinQp = kMinQuantizer;
  config.iMaxQp = kMaxQuantizer;
  config.iComplexityMode = LOW_COMPLEXITY;
  config.uiIntraPeriod = 0;  // key frames: the first, and those that are asked for (PLI, FIR)
  config.bEnableSceneChangeDetect = false;
  config.eSpsPpsIdStrategy = CONSTANT_ID;
  config.iMultipleThreadIdc = 1;
  config.iEntropyCodingModeFlag = 0;  // CAVLC: CABAC is not baseline's
  config.bEnableDenoise = false;
  config.iTemporalLayerNum = plan_.mode().temporalLayers;
  config.iSpatialLayerNum = 1;
  SSpatialLayerConfig& layer = config.sSpatialLayers[0];
  layer.iVideoWidth = width;
  layer.iVideoHeight = height;
  layer.fFrameRate = config.fMaxFrameRate;
  layer.iSpatialBitrate = config.iTargetBitrate;
  layer.iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
  layer.uiProfileIdc = PRO_BASELINE;
  layer.sSliceArgument.uiSliceMode = maxSliceBytes_ != 0 ? SM_SIZELIMITED_SLICE : SM_SINGLE_SLICE;
  layer.sSliceArgument.uiSliceNum = 1;
  if (maxSliceBytes_ == 0) return;
  config.uiMaxNalSize = static_cast<unsigned>(maxSliceBytes_);
  layer.sSliceArgument.uiSliceSizeConstraint = static_cast<unsigned>(maxSliceBytes_ - kSliceMargin);
}

Result<void> Openh264Encoder::open(int width, int height) {
  close();
  if (width < kMinSide || height < kMinSide)
    return {ErrorCode::kRangeError, "H.264 takes pictures of 16 x 16 pixels or more"};
  if (WelsCreateSVCEncoder(&codec_) != 0 || !codec_) {
    codec_ = nullptr;
    return {ErrorCode::kOperationError, "cannot start openh264"};
  }
  int quiet = WELS_LOG_QUIET;
  codec_->SetOption(ENCODER_OPTION_TRACE_LEVEL, &quiet);
  SEncParamExt config;
  codec_->GetDefaultParams(&config);
  configure(config, width, height);
  if (const int code = codec_->InitializeExt(&config); code != 0) {
    close();
    return {ErrorCode::kOperationError, "openh264 refuses pictures of " + std::to_string(width) + " x " +
                                            std::to_string(height) + " (" + std::to_string(code) + ")"};
  }
  width_ = width;
  height_ = height;
  ratesChanged_ = false;
  return {};
}

void Openh264Encoder::close() {
  if (!codec_) return;
  codec_->Uninitialize();
  WelsDestroySVCEncoder(codec_);
  codec_ = nullptr;
}

void Openh264Encoder::setRates(uint32_t bitrateBps, double framesPerSecond) {
  bitrate_ = clampVideoBitrate(bitrateBps);
  frameRate_ = clampFrameRate(framesPerSecond);
  ratesChanged_ = true;
}

void Openh264Encoder::applyRates() {
  if (!std::exchange(ratesChanged_, false)) return;
  SBitrateInfo bitrate{SPATIAL_LAYER_ALL, static_cast<int>(bitrate_)};
  auto frameRate = static_cast<float>(frameRate_);
  codec_->SetOption(ENCODER_OPTION_BITRATE, &bitrate);
  codec_->SetOption(ENCODER_OPTION_FRAME_RATE, &frameRate);
}

// Time goes on; a source that stands still or jumps back is given a frame's length.
int64_t Openh264Encoder::millisOf(const VideoFrame& picture) {
  const int64_t told = timestamps_.unwrap(picture.rtpTimestamp);
  lastTime_ = told > lastTime_ ? told : lastTime_ + videoFrameTicks(frameRate_);
  return lastTime_ / (kVideoClockRate / 1000);
}

Result<void> Openh264Encoder::encode(const VideoFrame& picture, bool forceKeyFrame, std::vector<EncodedVideo>& out) {
  if (auto checked = checkPicture(picture); !checked) return checked.error();
  const int width = picture.width & ~1, height = picture.height & ~1;
  if (!codec_ || width_ != width || height_ != height)
    if (auto opened = open(width, height); !opened) return opened.error();
  applyRates();
  if (forceKeyFrame) codec_->ForceIntraFrame(true);

  SSourcePicture source{};
  source.iColorFormat = videoFormatI420;
  source.iPicWidth = width;
  source.iPicHeight = height;
  source.iStride[0] = picture.width;
  source.iStride[1] = source.iStride[2] = picture.chromaWidth();
  source.pData[0] = const_cast<uint8_t*>(picture.y().data());  // openh264 only reads
  source.pData[1] = const_cast<uint8_t*>(picture.u().data());
  source.pData[2] = const_cast<uint8_t*>(picture.v().data());
  source.uiTimeStamp = millisOf(picture);
  SFrameBSInfo coded{};
  if (const int code = codec_->EncodeFrame(&source, &coded); code != cmResultSuccess)
    return {ErrorCode::kOperationError, "openh264 could not encode a picture (" + std::to_string(code) + ")"};
  if (coded.eFrameType == videoFrameTypeSkip || coded.eFrameType == videoFrameTypeInvalid) return {};

  EncodedVideo encoded;
  encoded.rtpTimestamp = picture.rtpTimestamp;
  encoded.time = picture.captured;
  encoded.keyFrame = coded.eFrameType == videoFrameTypeIDR;
  for (int i = 0; i < coded.iLayerNum; ++i) {
    const SLayerBSInfo& layer = coded.sLayerInfo[i];
    size_t size = 0;
    for (int unit = 0; unit < layer.iNalCount; ++unit) size += static_cast<size_t>(layer.pNalLengthInByte[unit]);
    encoded.data.insert(encoded.data.end(), layer.pBsBuf, layer.pBsBuf + size);
  }
  plan_.beginPicture(encoded.keyFrame);
  if (plan_.mode().temporalLayers > 1) {
    encoded.layer = plan_.frame(0).layer;
    encoded.layer->width = static_cast<uint16_t>(width);
    encoded.layer->height = static_cast<uint16_t>(height);
  }
  if (!encoded.data.empty()) out.push_back(std::move(encoded));
  return {};
}

}  // namespace tincan::inline v0::media
