#include <cstring>

#include "bench/references/bare_codecs.h"

#ifdef TINCAN_HAVE_VPX
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>
#endif
#if defined(TINCAN_HAVE_AOM) && defined(TINCAN_HAVE_DAV1D)
#include <aom/aom_encoder.h>
#include <aom/aomcx.h>
#include <dav1d/dav1d.h>
#endif
#ifdef TINCAN_HAVE_OPENH264
#include <wels/codec_api.h>
#include <wels/codec_ver.h>
#endif

namespace tincan::inline v0::bench {
namespace {

using media::VideoFrame;

constexpr unsigned kTicks = 3000;  // of a picture, at 90 kHz

// vpx_image_t and aom_image_t have the same members.
template <class Image>
void point(Image& image, const VideoFrame& picture) {
  image.planes[0] = const_cast<uint8_t*>(picture.y().data());
  image.planes[1] = const_cast<uint8_t*>(picture.u().data());
  image.planes[2] = const_cast<uint8_t*>(picture.v().data());
  image.stride[0] = picture.width;
  image.stride[1] = image.stride[2] = picture.chromaWidth();
}

// vpx_codec_enc_cfg_t and aom_codec_enc_cfg_t, too.
template <class Config>
void configure(Config& config, int width, int height, uint32_t bitrate) {
  config.g_w = static_cast<unsigned>(width);
  config.g_h = static_cast<unsigned>(height);
  config.g_timebase = {1, 90'000};
  config.g_threads = 1;
  config.g_lag_in_frames = 0;
  config.rc_target_bitrate = bitrate / 1000;
  config.rc_dropframe_thresh = 0;
  config.rc_min_quantizer = 2;
  config.rc_max_quantizer = 63;
  config.rc_undershoot_pct = config.rc_overshoot_pct = 50;
  config.rc_buf_sz = 1000;
  config.rc_buf_initial_sz = 500;
  config.rc_buf_optimal_sz = 600;
}

#ifdef TINCAN_HAVE_VPX
class BareVpx final : public BareVideo {
 public:
  BareVpx(bool vp8, int width, int height, uint32_t bitrate) {
    vpx_codec_iface_t* const coder = vp8 ? vpx_codec_vp8_cx() : vpx_codec_vp9_cx();
    vpx_codec_enc_cfg_t config{};
    vpx_codec_enc_config_default(coder, &config, 0);
    configure(config, width, height, bitrate);
    config.g_error_resilient = vp8 ? VPX_ERROR_RESILIENT_DEFAULT : 0;
    config.rc_end_usage = VPX_CBR;
    config.rc_resize_allowed = 0;
    config.kf_mode = VPX_KF_DISABLED;
    if (vp8) {
      config.rc_undershoot_pct = 100;
      config.rc_overshoot_pct = 15;
    }
    vpx_codec_enc_init(&encoder_, coder, &config, 0);
    vpx_codec_control(&encoder_, VP8E_SET_MAX_INTRA_BITRATE_PCT, 600u);
    if (vp8) {
      vpx_codec_control(&encoder_, VP8E_SET_CPUUSED, -6);
      vpx_codec_control(&encoder_, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION);
      vpx_codec_control(&encoder_, VP8E_SET_STATIC_THRESHOLD, 1u);
      vpx_codec_control(&encoder_, VP8E_SET_NOISE_SENSITIVITY, 0u);
    } else {
      vpx_codec_control(&encoder_, VP8E_SET_CPUUSED, width * height <= 640 * 360 ? 7 : 8);
      vpx_codec_control(&encoder_, VP9E_SET_ROW_MT, 0u);
      vpx_codec_control(&encoder_, VP9E_SET_TILE_COLUMNS, 0);
      vpx_codec_control(&encoder_, VP9E_SET_AQ_MODE, 3u);
      vpx_codec_control(&encoder_, VP9E_SET_NOISE_SENSITIVITY, 0u);
      vpx_codec_control(&encoder_, VP9E_SET_FRAME_PARALLEL_DECODING, 0u);
    }
    vpx_codec_dec_cfg_t decoding{};
    decoding.threads = 1;
    vpx_codec_dec_init(&decoder_, vp8 ? vpx_codec_vp8_dx() : vpx_codec_vp9_dx(), &decoding, 0);
    vpx_img_wrap(&image_, VPX_IMG_FMT_I420, static_cast<unsigned>(width), static_cast<unsigned>(height), 1, nothing_);
  }
  ~BareVpx() override {
    vpx_codec_destroy(&encoder_);
    vpx_codec_destroy(&decoder_);
  }
  std::string library() const override { return std::string("libvpx ") + vpx_codec_version_str(); }
  bool encode(const VideoFrame& picture) override {
    point(image_, picture);
    const vpx_enc_frame_flags_t flags = time_ == 0 ? VPX_EFLAG_FORCE_KF : 0;
    const bool good = vpx_codec_encode(&encoder_, &image_, time_, kTicks, flags, VPX_DL_REALTIME) == VPX_CODEC_OK;
    time_ += kTicks;
    return good;
  }
  Bytes coded() override {
    Bytes out;
    vpx_codec_iter_t iterator = nullptr;
    while (const vpx_codec_cx_pkt_t* packet = vpx_codec_get_cx_data(&encoder_, &iterator)) {
      const auto* data = static_cast<const uint8_t*>(packet->data.frame.buf);
      if (packet->kind == VPX_CODEC_CX_FRAME_PKT) out.insert(out.end(), data, data + packet->data.frame.sz);
    }
    return out;
  }
  bool decode(ByteView frame) override {
    vpx_codec_iter_t iterator = nullptr;
    return vpx_codec_decode(&decoder_, frame.data(), static_cast<unsigned>(frame.size()), nullptr, 0) == VPX_CODEC_OK &&
           vpx_codec_get_frame(&decoder_, &iterator) != nullptr;
  }

 private:
  vpx_codec_ctx_t encoder_{}, decoder_{};
  vpx_image_t image_{};
  unsigned char nothing_[1] = {};  // where the planes would lie
  int64_t time_ = 0;
};
#endif

#if defined(TINCAN_HAVE_AOM) && defined(TINCAN_HAVE_DAV1D)
class BareAv1 final : public BareVideo {
 public:
  BareAv1(int width, int height, uint32_t bitrate) {
    aom_codec_enc_cfg_t config{};
    aom_codec_enc_config_default(aom_codec_av1_cx(), &config, AOM_USAGE_REALTIME);
    configure(config, width, height, bitrate);
    config.rc_end_usage = AOM_CBR;
    config.kf_mode = AOM_KF_DISABLED;
    aom_codec_enc_init(&encoder_, aom_codec_av1_cx(), &config, 0);
    control();
    aom_img_wrap(&image_, AOM_IMG_FMT_I420, static_cast<unsigned>(width), static_cast<unsigned>(height), 1, nothing_);
    Dav1dSettings settings;
    dav1d_default_settings(&settings);
    settings.n_threads = 1;
    settings.max_frame_delay = 1;
    settings.all_layers = 0;
    dav1d_open(&decoder_, &settings);
  }
  ~BareAv1() override {
    aom_codec_destroy(&encoder_);
    dav1d_close(&decoder_);
  }
  std::string library() const override {
    return std::string("libaom ") + aom_codec_version_str() + ", dav1d " + dav1d_version();
  }
  bool encode(const VideoFrame& picture) override {
    point(image_, picture);
    const aom_enc_frame_flags_t flags = time_ == 0 ? AOM_EFLAG_FORCE_KF : 0;
    const bool good = aom_codec_encode(&encoder_, &image_, time_, kTicks, flags) == AOM_CODEC_OK;
    time_ += kTicks;
    return good;
  }
  Bytes coded() override {
    Bytes out;
    aom_codec_iter_t iterator = nullptr;
    while (const aom_codec_cx_pkt_t* packet = aom_codec_get_cx_data(&encoder_, &iterator)) {
      const auto* data = static_cast<const uint8_t*>(packet->data.frame.buf);
      if (packet->kind == AOM_CODEC_CX_FRAME_PKT) out.insert(out.end(), data, data + packet->data.frame.sz);
    }
    return out;
  }
  bool decode(ByteView frame) override {
    Dav1dData data{};
    uint8_t* const bytes = dav1d_data_create(&data, frame.size());
    if (!bytes) return false;
    std::memcpy(bytes, frame.data(), frame.size());
    const bool taken = dav1d_send_data(decoder_, &data) == 0;
    Dav1dPicture picture{};
    const bool shown = taken && dav1d_get_picture(decoder_, &picture) == 0;
    if (shown) dav1d_picture_unref(&picture);
    dav1d_data_unref(&data);
    return shown;
  }

 private:
  void control() {
    const auto set = [this](int what, int value) { aom_codec_control(&encoder_, what, value); };
    set(AOME_SET_CPUUSED, 10);
    set(AOME_SET_MAX_INTRA_BITRATE_PCT, 600);
    set(AV1E_SET_AQ_MODE, 3);
    set(AV1E_SET_INTRA_DEFAULT_TX_ONLY, 1);
    for (const int off :
         {AV1E_SET_ROW_MT, AV1E_SET_TILE_COLUMNS, AV1E_SET_ENABLE_TPL_MODEL, AV1E_SET_DELTAQ_MODE,
          AV1E_SET_ENABLE_ORDER_HINT, AV1E_SET_ENABLE_PALETTE, AV1E_SET_ENABLE_OBMC, AV1E_SET_ENABLE_WARPED_MOTION,
          AV1E_SET_ENABLE_GLOBAL_MOTION, AV1E_SET_ENABLE_REF_FRAME_MVS, AV1E_SET_ENABLE_CFL_INTRA,
          AV1E_SET_ENABLE_SMOOTH_INTRA, AV1E_SET_ENABLE_ANGLE_DELTA, AV1E_SET_ENABLE_FILTER_INTRA})
      set(off, 0);
    for (const int never : {AV1E_SET_COEFF_COST_UPD_FREQ, AV1E_SET_MODE_COST_UPD_FREQ, AV1E_SET_MV_COST_UPD_FREQ})
      set(never, 3);
  }

  aom_codec_ctx_t encoder_{};
  Dav1dContext* decoder_ = nullptr;
  aom_image_t image_{};
  unsigned char nothing_[1] = {};
  int64_t time_ = 0;
};
#endif

#ifdef TINCAN_HAVE_OPENH264
class BareOpenh264 final : public BareVideo {
 public:
  BareOpenh264(int width, int height, uint32_t bitrate) {
    WelsCreateSVCEncoder(&encoder_);
    int quiet = WELS_LOG_QUIET;
    encoder_->SetOption(ENCODER_OPTION_TRACE_LEVEL, &quiet);
    SEncParamExt config;
    encoder_->GetDefaultParams(&config);
    config.iUsageType = CAMERA_VIDEO_REAL_TIME;
    config.iPicWidth = width;
    config.iPicHeight = height;
    config.iTargetBitrate = static_cast<int>(bitrate);
    config.iMaxBitrate = UNSPECIFIED_BIT_RATE;
    config.iRCMode = RC_BITRATE_MODE;
    config.fMaxFrameRate = 30;
    config.bEnableFrameSkip = false;
    config.iMinQp = 10;
    config.iMaxQp = 51;
    config.iComplexityMode = LOW_COMPLEXITY;
    config.uiIntraPeriod = 0;
    config.bEnableSceneChangeDetect = false;
    config.eSpsPpsIdStrategy = CONSTANT_ID;
    config.iMultipleThreadIdc = 1;
    config.iEntropyCodingModeFlag = 0;
    config.bEnableDenoise = false;
    SSpatialLayerConfig& layer = config.sSpatialLayers[0];
    layer.iVideoWidth = width;
    layer.iVideoHeight = height;
    layer.fFrameRate = 30;
    layer.iSpatialBitrate = config.iTargetBitrate;
    layer.iMaxSpatialBitrate = UNSPECIFIED_BIT_RATE;
    layer.uiProfileIdc = PRO_BASELINE;
    layer.sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
    layer.sSliceArgument.uiSliceNum = 1;
    encoder_->InitializeExt(&config);
    WelsCreateDecoder(&decoder_);
    decoder_->SetOption(DECODER_OPTION_TRACE_LEVEL, &quiet);
    SDecodingParam decoding{};
    decoding.eEcActiveIdc = ERROR_CON_DISABLE;
    decoding.sVideoProperty.size = sizeof decoding.sVideoProperty;
    decoding.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC;
    decoder_->Initialize(&decoding);
  }
  ~BareOpenh264() override {
    encoder_->Uninitialize();
    WelsDestroySVCEncoder(encoder_);
    decoder_->Uninitialize();
    WelsDestroyDecoder(decoder_);
  }
  std::string library() const override {
    const OpenH264Version version = WelsGetCodecVersion();
    return "openh264 " + std::to_string(version.uMajor) + "." + std::to_string(version.uMinor) + "." +
           std::to_string(version.uRevision);
  }
  bool encode(const VideoFrame& picture) override {
    SSourcePicture source{};
    source.iColorFormat = videoFormatI420;
    source.iPicWidth = picture.width;
    source.iPicHeight = picture.height;
    source.iStride[0] = picture.width;
    source.iStride[1] = source.iStride[2] = picture.chromaWidth();
    source.pData[0] = const_cast<uint8_t*>(picture.y().data());
    source.pData[1] = const_cast<uint8_t*>(picture.u().data());
    source.pData[2] = const_cast<uint8_t*>(picture.v().data());
    source.uiTimeStamp = time_ / 90;
    time_ += kTicks;
    return encoder_->EncodeFrame(&source, &coded_) == cmResultSuccess;
  }
  Bytes coded() override {
    Bytes out;
    for (int i = 0; i < coded_.iLayerNum; ++i) {
      const SLayerBSInfo& layer = coded_.sLayerInfo[i];
      size_t size = 0;
      for (int unit = 0; unit < layer.iNalCount; ++unit) size += static_cast<size_t>(layer.pNalLengthInByte[unit]);
      out.insert(out.end(), layer.pBsBuf, layer.pBsBuf + size);
    }
    return out;
  }
  bool decode(ByteView frame) override {
    uint8_t* planes[3] = {};
    SBufferInfo info{};
    return decoder_->DecodeFrameNoDelay(frame.data(), static_cast<int>(frame.size()), planes, &info) == dsErrorFree &&
           info.iBufferStatus == 1;
  }

 private:
  ISVCEncoder* encoder_ = nullptr;
  ISVCDecoder* decoder_ = nullptr;
  SFrameBSInfo coded_{};
  int64_t time_ = 0;
};
#endif

}  // namespace

std::unique_ptr<BareVideo> bareVideo([[maybe_unused]] const media::CodecFormat& format, [[maybe_unused]] int width,
                                     [[maybe_unused]] int height, [[maybe_unused]] uint32_t bitrate) {
#ifdef TINCAN_HAVE_VPX
  if (format.is("VP8") || (format.is("VP9") && format.number("profile-id", 0) == 0))
    return std::make_unique<BareVpx>(format.is("VP8"), width, height, bitrate);
#endif
#if defined(TINCAN_HAVE_AOM) && defined(TINCAN_HAVE_DAV1D)
  if (format.is("AV1")) return std::make_unique<BareAv1>(width, height, bitrate);
#endif
#ifdef TINCAN_HAVE_OPENH264
  if (format.is("H264") && format.number("packetization-mode", 0) == 1)
    return std::make_unique<BareOpenh264>(width, height, bitrate);
#endif
  return nullptr;
}

}  // namespace tincan::inline v0::bench
