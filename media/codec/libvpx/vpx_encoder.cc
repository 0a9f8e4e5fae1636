#include "media/codec/libvpx/vpx_encoder.h"

#include <algorithm>
#include <string>

#include <vpx/vp8cx.h>

#include "media/codec/video_settings.h"

namespace tincan::inline v0::media {
namespace {

// A fixed speed. Positive values let libvpx's VP8 look at the clock and choose: other bytes in each run.
constexpr int kVp8Speed = -6;

// VP9's real-time speeds; the slower one where a picture is so small that it costs little.
constexpr int kVp9Speed = 8, kVp9SmallSpeed = 7;
constexpr int kVp9SmallPixels = 640 * 360;

// How far a key frame may go above the mean frame, in percent: more would fill the bottleneck's queue for longer than a
// few frames, less would show.
constexpr unsigned kMaxKeyFramePercent = 600;

constexpr unsigned kCyclicRefresh = 3;  // VP9E_SET_AQ_MODE: repairs the background bit by bit, in place of key frames

constexpr unsigned kDeepBits = 10;  // of VP9's profile 2

}  // namespace

VpxEncoder::VpxEncoder(Codec codec, const VideoEncoderSettings& settings, const ScalabilityMode& mode)
    : kind_(codec), stream_(settings, mode) {}

vpx_codec_iface_t* VpxEncoder::vp8() {
  return vpx_codec_vp8_cx();
}

vpx_codec_iface_t* VpxEncoder::vp9() {
  return vpx_codec_vp9_cx();
}

// The planes by themselves: vpx_img_wrap lays out odd sizes in another way than VideoFrame. libvpx only reads.
vpx_image_t VpxEncoder::imageOf(const VideoFrame& picture) {
  const auto width = static_cast<unsigned>(picture.width), height = static_cast<unsigned>(picture.height);
  const ByteView planes[] = {picture.y(), picture.u(), picture.v()};
  vpx_image_t image{};
  size_t sampleSize = 1;
  if (kind_ == Codec::kVp9Profile2) {
    sampleSize = sizeof(uint16_t);
    deep_.resize(picture.pixels.size());
    for (size_t i = 0; i < deep_.size(); ++i) deep_[i] = static_cast<uint16_t>(picture.pixels[i] << (kDeepBits - 8));
    auto* bytes = static_cast<unsigned char*>(static_cast<void*>(deep_.data()));
    vpx_img_wrap(&image, VPX_IMG_FMT_I42016, width, height, 1, bytes);
    image.bit_depth = kDeepBits;
    for (size_t plane = 0; plane < 3; ++plane)
      image.planes[plane] = bytes + sampleSize * static_cast<size_t>(planes[plane].data() - picture.pixels.data());
  } else {
    vpx_img_wrap(&image, VPX_IMG_FMT_I420, width, height, 1, const_cast<uint8_t*>(picture.pixels.data()));
    for (size_t plane = 0; plane < 3; ++plane) image.planes[plane] = const_cast<uint8_t*>(planes[plane].data());
  }
  image.stride[VPX_PLANE_Y] = picture.width * static_cast<int>(sampleSize);
  image.stride[VPX_PLANE_U] = image.stride[VPX_PLANE_V] = picture.chromaWidth() * static_cast<int>(sampleSize);
  return image;
}

Error VpxEncoder::libraryError(const char* what, vpx_codec_err_t code) {
  const char* detail = vpx_codec_error_detail(&codec_);
  return {ErrorCode::kOperationError, std::string(isVp8() ? "VP8" : "VP9") + " " + what + ": " +
                                          vpx_codec_err_to_string(code) +
                                          (detail ? std::string(" (") + detail + ")" : "")};
}

void VpxEncoder::configure(int width, int height) {
  config_.g_w = static_cast<unsigned>(width);
  config_.g_h = static_cast<unsigned>(height);
  config_.g_timebase = {1, kVideoClockRate};
  config_.g_threads = 1;
  config_.g_lag_in_frames = 0;
  // VP8: a lost frame does not spoil the entropy coding of the next. VP9 pays more for that, and who lost a frame asks
  // for a key frame anyway; with layers, who leaves some out has lost nothing.
  config_.g_error_resilient = isVp8() || stream_.hasLayers() ? VPX_ERROR_RESILIENT_DEFAULT : 0;
  config_.g_pass = VPX_RC_ONE_PASS;
  if (kind_ == Codec::kVp9Profile2) {
    config_.g_profile = 2;
    config_.g_bit_depth = VPX_BITS_10;
    config_.g_input_bit_depth = kDeepBits;
  }
  config_.rc_end_usage = VPX_CBR;
  config_.rc_dropframe_thresh = 0;
  config_.rc_resize_allowed = 0;
  config_.rc_min_quantizer = 2;
  config_.rc_max_quantizer = 63;
  config_.rc_undershoot_pct = isVp8() ? 100 : 50;
  config_.rc_overshoot_pct = isVp8() ? 15 : 50;
  // Milliseconds of the target rate: a second at most, half of it to start with.
  config_.rc_buf_sz = 1000;
  config_.rc_buf_initial_sz = 500;
  config_.rc_buf_optimal_sz = 600;
  config_.kf_mode = VPX_KF_DISABLED;  // the first, and those that are asked for (PLI, FIR)
  configureRates();
}

void VpxEncoder::configureRates() {
  config_.rc_target_bitrate = stream_.kilobits();
  if (!stream_.hasLayers()) return;
  const ScalabilityMode& mode = stream_.mode();
  config_.ss_number_layers = static_cast<unsigned>(mode.spatialLayers);
  config_.ts_number_layers = static_cast<unsigned>(mode.temporalLayers);
  config_.temporal_layering_mode = isVp8() ? 0 : VP9E_TEMPORAL_LAYERING_MODE_BYPASS;
  for (int temporal = 0; temporal < mode.temporalLayers; ++temporal) {
    unsigned all = 0;
    for (int spatial = 0; spatial < mode.spatialLayers; ++spatial) {
      const auto share = stream_.kilobits(spatial, temporal);
      if (!isVp8()) config_.layer_target_bitrate[spatial * mode.temporalLayers + temporal] = share;
      if (temporal + 1 == mode.temporalLayers) config_.ss_target_bitrate[spatial] = share;
      all += share;
    }
    config_.ts_target_bitrate[temporal] = all;
    config_.ts_rate_decimator[temporal] = 1u << (mode.temporalLayers - 1 - temporal);
  }
  if (!isVp8()) return;
  LayerPlan pattern(mode);
  config_.ts_periodicity = 1u << (mode.temporalLayers - 1);
  for (unsigned i = 0; i < config_.ts_periodicity; ++i) {
    pattern.beginPicture(i == 0);
    config_.ts_layer_id[i] = static_cast<unsigned>(pattern.temporalLayer());
  }
}

void VpxEncoder::control(int width, int height) {
  vpx_codec_control(&codec_, VP8E_SET_MAX_INTRA_BITRATE_PCT, kMaxKeyFramePercent);
  if (isVp8()) {
    vpx_codec_control(&codec_, VP8E_SET_CPUUSED, kVp8Speed);
    vpx_codec_control(&codec_, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION);
    vpx_codec_control(&codec_, VP8E_SET_STATIC_THRESHOLD, 1u);
    vpx_codec_control(&codec_, VP8E_SET_NOISE_SENSITIVITY, 0u);
    return;
  }
  controlVp9(width, height);
}

void VpxEncoder::controlVp9(int width, int height) {
  vpx_codec_control(&codec_, VP8E_SET_CPUUSED, width * height <= kVp9SmallPixels ? kVp9SmallSpeed : kVp9Speed);
  vpx_codec_control(&codec_, VP9E_SET_ROW_MT, 0u);
  vpx_codec_control(&codec_, VP9E_SET_TILE_COLUMNS, 0);
  vpx_codec_control(&codec_, VP9E_SET_AQ_MODE, kCyclicRefresh);
  vpx_codec_control(&codec_, VP9E_SET_NOISE_SENSITIVITY, 0u);
  vpx_codec_control(&codec_, VP9E_SET_FRAME_PARALLEL_DECODING, 0u);
  if (!stream_.hasLayers()) return;
  vpx_codec_control(&codec_, VP9E_SET_SVC, 1);
  const ScalabilityMode& mode = stream_.mode();
  vpx_svc_extra_cfg_t svc{};
  for (int i = 0; i < stream_.layers(); ++i) {
    svc.max_quantizers[i] = static_cast<int>(config_.rc_max_quantizer);
    svc.min_quantizers[i] = static_cast<int>(config_.rc_min_quantizer);
  }
  for (int spatial = 0; spatial < mode.spatialLayers; ++spatial) {
    svc.scaling_factor_num[spatial] = mode.over(spatial);
    svc.scaling_factor_den[spatial] = mode.under(spatial);
    svc.speed_per_layer[spatial] = kVp9SmallSpeed;
  }
  svc.temporal_layering_mode = VP9E_TEMPORAL_LAYERING_MODE_BYPASS;
  vpx_codec_control(&codec_, VP9E_SET_SVC_PARAMETERS, &svc);
  // A picture's layers come one by one, not as a superframe.
  vpx_codec_priv_output_cx_pkt_cb_pair_t callback{
      [](vpx_codec_cx_pkt_t* packet, void* self) { static_cast<VpxEncoder*>(self)->takePacket(*packet); }, this};
  vpx_codec_control(&codec_, VP9E_REGISTER_CX_CALLBACK, &callback);
}

// VP8 has three buffers: the plan's first is LAST, its middle one GOLDEN.
vpx_enc_frame_flags_t VpxEncoder::planVp8() {
  const LayerPlan::Frame frame = stream_.frame(0);
  vpx_codec_control(&codec_, VP8E_SET_TEMPORAL_LAYER_ID, stream_.temporalLayer());
  if (!frame.reference) return 0;
  vpx_enc_frame_flags_t flags = VP8_EFLAG_NO_REF_ARF | VP8_EFLAG_NO_UPD_ARF;
  flags |= *frame.reference == 0 ? VP8_EFLAG_NO_REF_GF : VP8_EFLAG_NO_REF_LAST;
  if (frame.replaces != 0) flags |= VP8_EFLAG_NO_UPD_LAST | VP8_EFLAG_NO_UPD_ENTROPY;
  if (!frame.replaces || *frame.replaces == 0) flags |= VP8_EFLAG_NO_UPD_GF;
  return flags;
}

void VpxEncoder::planVp9() {
  vpx_svc_layer_id_t id{};
  vpx_svc_ref_frame_config_t references{};
  id.temporal_layer_id = stream_.temporalLayer();
  for (int spatial = 0; spatial < stream_.mode().spatialLayers; ++spatial) {
    const LayeredStream::References told = stream_.references(spatial);
    id.temporal_layer_id_per_spatial[spatial] = stream_.temporalLayer();
    references.lst_fb_idx[spatial] = told.last;
    references.reference_last[spatial] = told.usesLast;
    references.gld_fb_idx[spatial] = told.golden;
    references.reference_golden[spatial] = told.usesGolden;
    references.alt_fb_idx[spatial] = told.last;
    references.update_buffer_slot[spatial] = told.replaces ? 1 << *told.replaces : 0;
  }
  vpx_codec_control(&codec_, VP9E_SET_SVC_LAYER_ID, &id);
  vpx_codec_control(&codec_, VP9E_SET_SVC_REF_FRAME_CONFIG, &references);
}

void VpxEncoder::takePacket(const vpx_codec_cx_pkt_t& packet) {
  if (packet.kind != VPX_CODEC_CX_FRAME_PKT) return;
  EncodedVideo& frame = coded_.emplace_back();
  const auto* data = static_cast<const uint8_t*>(packet.data.frame.buf);
  frame.data.assign(data, data + packet.data.frame.sz);
  frame.keyFrame = (packet.data.frame.flags & VPX_FRAME_IS_KEY) != 0;
  int quantizer = 0;  // on the codec's own scale: VP8 0 to 127, VP9 0 to 255
  if (vpx_codec_control(&codec_, VP8E_GET_LAST_QUANTIZER, &quantizer) == VPX_CODEC_OK)
    frame.quantizer = static_cast<uint8_t>(quantizer);
}

Result<void> VpxEncoder::open(int width, int height) {
  close();
  if (const auto code = vpx_codec_enc_config_default(interface(), &config_, 0); code != VPX_CODEC_OK)
    return libraryError("cannot be configured", code);
  configure(width, height);
  const vpx_codec_flags_t flags = kind_ == Codec::kVp9Profile2 ? VPX_CODEC_USE_HIGHBITDEPTH : 0;
  if (const auto code = vpx_codec_enc_init(&codec_, interface(), &config_, flags); code != VPX_CODEC_OK)
    return libraryError("cannot be started", code);
  opened_ = true;
  (void)stream_.takeRateChange();
  control(width, height);
  return {};
}

void VpxEncoder::close() {
  if (opened_) vpx_codec_destroy(&codec_);
  opened_ = false;
  codec_ = {};
}

Result<void> VpxEncoder::applyRates() {
  if (!stream_.takeRateChange()) return {};
  configureRates();
  if (const auto code = vpx_codec_enc_config_set(&codec_, &config_); code != VPX_CODEC_OK)
    return libraryError("cannot change its bitrate", code);
  return {};
}

Result<void> VpxEncoder::encode(const VideoFrame& picture, bool forceKeyFrame, std::vector<EncodedVideo>& out) {
  if (auto checked = checkPicture(picture); !checked) return checked.error();
  // Another size is another stream: a new encoder costs a key frame, which a new size needs anyway.
  bool key = forceKeyFrame;
  if (!opened_ || static_cast<int>(config_.g_w) != picture.width || static_cast<int>(config_.g_h) != picture.height) {
    if (auto opened = open(picture.width, picture.height); !opened) return opened.error();
    key = true;
  }
  if (auto applied = applyRates(); !applied) return applied.error();

  coded_.clear();
  stream_.beginPicture(key);
  vpx_enc_frame_flags_t flags = key ? VPX_EFLAG_FORCE_KF : 0;
  if (stream_.hasLayers() && isVp8()) flags |= planVp8();
  if (stream_.hasLayers() && !isVp8()) planVp9();
  const vpx_image_t image = imageOf(picture);
  if (const auto code =
          vpx_codec_encode(&codec_, &image, stream_.timeOf(picture), stream_.frameTicks(), flags, VPX_DL_REALTIME);
      code != VPX_CODEC_OK)
    return libraryError("could not encode a picture", code);
  vpx_codec_iter_t iterator = nullptr;
  if (coded_.empty())
    while (const vpx_codec_cx_pkt_t* packet = vpx_codec_get_cx_data(&codec_, &iterator)) takePacket(*packet);
  for (size_t i = 0; i < coded_.size(); ++i) {
    EncodedVideo& frame = coded_[i];
    frame.rtpTimestamp = picture.rtpTimestamp;
    frame.time = picture.captured;
    // libvpx says of all layers of a key picture that they are key frames.
    stream_.describe(static_cast<int>(i), picture.width, picture.height, frame);
    out.push_back(std::move(frame));
  }
  return {};
}

}  // namespace tincan::inline v0::media
