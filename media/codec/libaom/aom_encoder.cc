#include "media/codec/libaom/aom_encoder.h"

#include <aom/aomcx.h>
#include <string>
#include <utility>

#include "media/codec/video_settings.h"

namespace tincan::inline v0::media {
namespace {

constexpr int kSpeed = 10;                     // the fastest of libaom 3.6's real-time speeds
constexpr unsigned kMaxKeyFramePercent = 600;  // of the mean frame, as with VP8 and VP9
constexpr unsigned kCyclicRefresh = 3;         // AV1E_SET_AQ_MODE
constexpr int kNever = 3;  // AV1E_SET_…_COST_UPD_FREQ: what it costs to say a thing is not counted anew in a frame

// Of aom_svc_ref_frame_config_t's seven references.
constexpr int kLast = 0, kGolden = 3;

aom_image_t imageOf(const VideoFrame& picture) {
  aom_image_t image{};
  aom_img_wrap(&image, AOM_IMG_FMT_I420, static_cast<unsigned>(picture.width), static_cast<unsigned>(picture.height), 1,
               const_cast<uint8_t*>(picture.pixels.data()));
  // The planes by themselves: aom_img_wrap lays out odd sizes in another way. libaom only reads.
  image.planes[AOM_PLANE_Y] = const_cast<uint8_t*>(picture.y().data());
  image.planes[AOM_PLANE_U] = const_cast<uint8_t*>(picture.u().data());
  image.planes[AOM_PLANE_V] = const_cast<uint8_t*>(picture.v().data());
  image.stride[AOM_PLANE_Y] = picture.width;
  image.stride[AOM_PLANE_U] = image.stride[AOM_PLANE_V] = picture.chromaWidth();
  return image;
}

}  // namespace

AomEncoder::AomEncoder(const VideoEncoderSettings& settings, const ScalabilityMode& mode) : stream_(settings, mode) {}

Error AomEncoder::libraryError(const char* what, aom_codec_err_t code) {
  const char* detail = aom_codec_error_detail(&codec_);
  return {ErrorCode::kOperationError, std::string("AV1 ") + what + ": " + aom_codec_err_to_string(code) +
                                          (detail ? std::string(" (") + detail + ")" : "")};
}

void AomEncoder::configure(int width, int height) {
  config_.g_w = static_cast<unsigned>(width);
  config_.g_h = static_cast<unsigned>(height);
  config_.g_timebase = {1, kVideoClockRate};
  config_.g_threads = 1;
  config_.g_lag_in_frames = 0;
  config_.g_error_resilient = 0;  // the layers are kept apart by what each refers to
  config_.g_pass = AOM_RC_ONE_PASS;
  config_.rc_end_usage = AOM_CBR;
  config_.rc_target_bitrate = stream_.kilobits();
  config_.rc_dropframe_thresh = 0;
  config_.rc_min_quantizer = 2;
  config_.rc_max_quantizer = 63;
  config_.rc_undershoot_pct = 50;
  config_.rc_overshoot_pct = 50;
  // Milliseconds of the target rate: a second at most, half of it to start with.
  config_.rc_buf_sz = 1000;
  config_.rc_buf_initial_sz = 500;
  config_.rc_buf_optimal_sz = 600;
  config_.kf_mode = AOM_KF_DISABLED;  // the first, and those that are asked for (PLI, FIR)
}

// Real-time usage leaves most of AV1's slow tools out by itself; these it does not.
void AomEncoder::control() {
  aom_codec_control(&codec_, AOME_SET_CPUUSED, kSpeed);
  aom_codec_control(&codec_, AOME_SET_MAX_INTRA_BITRATE_PCT, kMaxKeyFramePercent);
  aom_codec_control(&codec_, AV1E_SET_AQ_MODE, kCyclicRefresh);
  aom_codec_control(&codec_, AV1E_SET_ROW_MT, 0u);
  aom_codec_control(&codec_, AV1E_SET_TILE_COLUMNS, 0u);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_TPL_MODEL, 0u);
  aom_codec_control(&codec_, AV1E_SET_DELTAQ_MODE, 0u);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_ORDER_HINT, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_PALETTE, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_OBMC, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_WARPED_MOTION, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_GLOBAL_MOTION, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_REF_FRAME_MVS, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_CFL_INTRA, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_SMOOTH_INTRA, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_ANGLE_DELTA, 0);
  aom_codec_control(&codec_, AV1E_SET_ENABLE_FILTER_INTRA, 0);
  aom_codec_control(&codec_, AV1E_SET_INTRA_DEFAULT_TX_ONLY, 1);
  aom_codec_control(&codec_, AV1E_SET_COEFF_COST_UPD_FREQ, kNever);
  aom_codec_control(&codec_, AV1E_SET_MODE_COST_UPD_FREQ, kNever);
  aom_codec_control(&codec_, AV1E_SET_MV_COST_UPD_FREQ, kNever);
}

void AomEncoder::controlLayers() {
  const ScalabilityMode& mode = stream_.mode();
  aom_svc_params_t svc{};
  svc.number_spatial_layers = mode.spatialLayers;
  svc.number_temporal_layers = mode.temporalLayers;
  for (int temporal = 0; temporal < mode.temporalLayers; ++temporal) {
    svc.framerate_factor[temporal] = 1 << (mode.temporalLayers - 1 - temporal);
    for (int spatial = 0; spatial < mode.spatialLayers; ++spatial) {
      const int layer = spatial * mode.temporalLayers + temporal;
      svc.min_quantizers[layer] = static_cast<int>(config_.rc_min_quantizer);
      svc.max_quantizers[layer] = static_cast<int>(config_.rc_max_quantizer);
      svc.layer_target_bitrate[layer] = static_cast<int>(stream_.kilobits(spatial, temporal));
    }
  }
  for (int spatial = 0; spatial < mode.spatialLayers; ++spatial) {
    svc.scaling_factor_num[spatial] = mode.over(spatial);
    svc.scaling_factor_den[spatial] = mode.under(spatial);
  }
  aom_codec_control(&codec_, AV1E_SET_SVC_PARAMS, &svc);
}

void AomEncoder::planLayer(int spatial) {
  const LayeredStream::References told = stream_.references(spatial);
  aom_svc_layer_id_t id{spatial, stream_.temporalLayer()};
  aom_svc_ref_frame_config_t references{};
  for (int& index : references.ref_idx) index = told.last;
  references.reference[kLast] = told.usesLast;
  references.ref_idx[kGolden] = told.golden;
  references.reference[kGolden] = told.usesGolden;
  if (told.replaces) references.refresh[*told.replaces] = 1;
  aom_codec_control(&codec_, AV1E_SET_SVC_LAYER_ID, &id);
  aom_codec_control(&codec_, AV1E_SET_SVC_REF_FRAME_CONFIG, &references);
}

Result<void> AomEncoder::open(int width, int height) {
  close();
  if (const auto code = aom_codec_enc_config_default(aom_codec_av1_cx(), &config_, AOM_USAGE_REALTIME);
      code != AOM_CODEC_OK)
    return libraryError("cannot be configured", code);
  configure(width, height);
  if (const auto code = aom_codec_enc_init(&codec_, aom_codec_av1_cx(), &config_, 0); code != AOM_CODEC_OK)
    return libraryError("cannot be started", code);
  opened_ = true;
  (void)stream_.takeRateChange();
  control();
  if (stream_.hasLayers()) controlLayers();
  return {};
}

void AomEncoder::close() {
  if (opened_) aom_codec_destroy(&codec_);
  opened_ = false;
  codec_ = {};
}

Result<void> AomEncoder::applyRates() {
  if (!stream_.takeRateChange()) return {};
  config_.rc_target_bitrate = stream_.kilobits();
  if (const auto code = aom_codec_enc_config_set(&codec_, &config_); code != AOM_CODEC_OK)
    return libraryError("cannot change its bitrate", code);
  if (stream_.hasLayers()) controlLayers();
  return {};
}

Result<void> AomEncoder::encodeLayer(const VideoFrame& picture, int64_t time, int spatial, bool key,
                                     std::vector<EncodedVideo>& out) {
  if (stream_.hasLayers()) planLayer(spatial);
  const aom_image_t image = imageOf(picture);
  const aom_enc_frame_flags_t flags = key && spatial == 0 ? AOM_EFLAG_FORCE_KF : 0;
  if (const auto code = aom_codec_encode(&codec_, &image, time, stream_.frameTicks(), flags); code != AOM_CODEC_OK)
    return libraryError("could not encode a picture", code);

  EncodedVideo encoded;
  encoded.rtpTimestamp = picture.rtpTimestamp;
  encoded.time = picture.captured;
  aom_codec_iter_t iterator = nullptr;
  while (const aom_codec_cx_pkt_t* packet = aom_codec_get_cx_data(&codec_, &iterator)) {
    if (packet->kind != AOM_CODEC_CX_FRAME_PKT) continue;
    const auto* data = static_cast<const uint8_t*>(packet->data.frame.buf);
    encoded.data.insert(encoded.data.end(), data, data + packet->data.frame.sz);
    encoded.keyFrame = (packet->data.frame.flags & AOM_FRAME_IS_KEY) != 0;
  }
  if (encoded.data.empty()) return {};
  int quantizer = 0;  // base_q_idx, 0 to 255
  if (aom_codec_control(&codec_, AOME_GET_LAST_QUANTIZER, &quantizer) == AOM_CODEC_OK)
    encoded.quantizer = static_cast<uint8_t>(quantizer);
  stream_.describe(spatial, picture.width, picture.height, encoded);
  out.push_back(std::move(encoded));
  return {};
}

Result<void> AomEncoder::encode(const VideoFrame& picture, bool forceKeyFrame, std::vector<EncodedVideo>& out) {
  if (auto checked = checkPicture(picture); !checked) return checked.error();
  bool key = forceKeyFrame;
  if (!opened_ || static_cast<int>(config_.g_w) != picture.width || static_cast<int>(config_.g_h) != picture.height) {
    if (auto opened = open(picture.width, picture.height); !opened) return opened.error();
    key = true;
  }
  if (auto applied = applyRates(); !applied) return applied.error();
  stream_.beginPicture(key);
  const int64_t time = stream_.timeOf(picture);
  for (int spatial = 0; spatial < stream_.mode().spatialLayers; ++spatial)
    if (auto coded = encodeLayer(picture, time, spatial, key, out); !coded) return coded.error();
  return {};
}

}  // namespace tincan::inline v0::media
