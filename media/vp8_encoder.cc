#include "media/vp8_encoder.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include "base/sequence.h"

namespace tincan::media {
namespace {

constexpr int kRtpRate = 90'000;  // RFC 7741 §4.1
constexpr int kMinBitrate = 30'000;
constexpr int kMaxBitrate = 100'000'000;

// A fixed speed. Positive values let libvpx look at the clock and choose: other bytes in each run.
constexpr int kSpeed = -6;

// How far a key frame may go above the mean frame, in percent: more would fill the bottleneck's queue for longer than a
// few frames, less would show.
constexpr unsigned kMaxKeyFramePercent = 600;

Error libraryError(const char* what, vpx_codec_ctx_t& codec, vpx_codec_err_t code) {
  const char* detail = vpx_codec_error_detail(&codec);
  return {ErrorCode::kOperationError,
          std::string(what) + ": " + vpx_codec_err_to_string(code) + (detail ? std::string(" (") + detail + ")" : "")};
}

}  // namespace

struct Vp8Encoder::State {
  State(int width, int height, double framesPerSecond, int bitrateBps);
  ~State() { close(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Result<void> open(int width, int height);
  void close();
  Result<void> applyBitrate();
  int64_t timeOf(const VideoFrame& frame);

  vpx_codec_enc_cfg_t config{};
  vpx_codec_ctx_t codec{};
  bool opened = false;
  bool bitrateChanged = false;
  int bitrate;
  int64_t frameTicks;
  int64_t lastTime = -1;
  SequenceUnwrapper<uint32_t> timestamps;
};

Vp8Encoder::State::State(int width, int height, double framesPerSecond, int bitrateBps)
    : bitrate(std::clamp(bitrateBps, kMinBitrate, kMaxBitrate)),
      frameTicks(std::max<int64_t>(1, std::llround(kRtpRate / std::clamp(framesPerSecond, 1.0, 240.0)))) {
  config.g_w = static_cast<unsigned>(std::max(width, 0));
  config.g_h = static_cast<unsigned>(std::max(height, 0));
}

Result<void> Vp8Encoder::State::open(int width, int height) {
  close();
  if (const auto code = vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &config, 0); code != VPX_CODEC_OK)
    return libraryError("cannot configure VP8", codec, code);
  config.g_w = static_cast<unsigned>(width);
  config.g_h = static_cast<unsigned>(height);
  config.g_timebase = {1, kRtpRate};
  config.g_threads = 1;
  config.g_lag_in_frames = 0;
  config.g_error_resilient = VPX_ERROR_RESILIENT_DEFAULT;  // a lost frame does not spoil the entropy coding of the next
  config.g_pass = VPX_RC_ONE_PASS;
  config.rc_end_usage = VPX_CBR;
  config.rc_target_bitrate = static_cast<unsigned>(bitrate / 1000);
  config.rc_dropframe_thresh = 0;
  config.rc_resize_allowed = 0;
  config.rc_min_quantizer = 2;
  config.rc_max_quantizer = 63;
  config.rc_undershoot_pct = 100;
  config.rc_overshoot_pct = 15;
  // Milliseconds of the target rate: a second at most, half of it to start with.
  config.rc_buf_sz = 1000;
  config.rc_buf_initial_sz = 500;
  config.rc_buf_optimal_sz = 600;
  config.kf_mode = VPX_KF_DISABLED;  // the first, and those that are asked for (PLI, FIR)

  if (const auto code = vpx_codec_enc_init(&codec, vpx_codec_vp8_cx(), &config, 0); code != VPX_CODEC_OK)
    return libraryError("cannot start VP8", codec, code);
  opened = true;
  bitrateChanged = false;
  vpx_codec_control(&codec, VP8E_SET_CPUUSED, kSpeed);
  vpx_codec_control(&codec, VP8E_SET_TOKEN_PARTITIONS, VP8_ONE_TOKENPARTITION);
  vpx_codec_control(&codec, VP8E_SET_STATIC_THRESHOLD, 1u);
  vpx_codec_control(&codec, VP8E_SET_NOISE_SENSITIVITY, 0u);
  vpx_codec_control(&codec, VP8E_SET_MAX_INTRA_BITRATE_PCT, kMaxKeyFramePercent);
  return {};
}

void Vp8Encoder::State::close() {
  if (opened) vpx_codec_destroy(&codec);
  opened = false;
  codec = {};
}

Result<void> Vp8Encoder::State::applyBitrate() {
  if (!bitrateChanged) return {};
  bitrateChanged = false;
  config.rc_target_bitrate = static_cast<unsigned>(bitrate / 1000);
  if (const auto code = vpx_codec_enc_config_set(&codec, &config); code != VPX_CODEC_OK)
    return libraryError("cannot change VP8's bitrate", codec, code);
  return {};
}

// libvpx wants time to go on; a source that stands still or jumps back is given a frame's length.
int64_t Vp8Encoder::State::timeOf(const VideoFrame& frame) {
  const int64_t told = timestamps.unwrap(frame.rtpTimestamp);
  lastTime = told > lastTime ? told : lastTime + frameTicks;
  return lastTime;
}

Vp8Encoder::Vp8Encoder(int width, int height, double framesPerSecond, int bitrateBps)
    : state_(std::make_unique<State>(width, height, framesPerSecond, bitrateBps)) {}
Vp8Encoder::~Vp8Encoder() = default;
Vp8Encoder::Vp8Encoder(Vp8Encoder&&) noexcept = default;
Vp8Encoder& Vp8Encoder::operator=(Vp8Encoder&&) noexcept = default;

void Vp8Encoder::setBitrate(int bps) {
  const int bitrate = std::clamp(bps, kMinBitrate, kMaxBitrate);
  state_->bitrateChanged |= bitrate != state_->bitrate;
  state_->bitrate = bitrate;
}

int Vp8Encoder::bitrate() const {
  return state_->bitrate;
}

Result<EncodedVideo> Vp8Encoder::encode(const VideoFrame& frame, bool forceKeyFrame) {
  State& state = *state_;
  if (frame.width < 1 || frame.height < 1 || frame.width > VideoFrame::kMaxSide ||
      frame.height > VideoFrame::kMaxSide || frame.pixels.size() != VideoFrame::sizeOf(frame.width, frame.height))
    return {ErrorCode::kRangeError, "a picture to encode must have its pixels and sides of 1 to 4096"};
  // Another size is another stream: a new encoder costs a key frame, which a new size needs anyway.
  if (!state.opened || static_cast<int>(state.config.g_w) != frame.width ||
      static_cast<int>(state.config.g_h) != frame.height)
    if (auto opened = state.open(frame.width, frame.height); !opened) return opened.error();
  if (auto applied = state.applyBitrate(); !applied) return applied.error();

  // Plane by plane: vpx_img_wrap lays out odd sizes in another way than VideoFrame. libvpx only reads.
  vpx_image_t image{};
  vpx_img_wrap(&image, VPX_IMG_FMT_I420, static_cast<unsigned>(frame.width), static_cast<unsigned>(frame.height), 1,
               const_cast<uint8_t*>(frame.pixels.data()));
  image.planes[VPX_PLANE_Y] = const_cast<uint8_t*>(frame.y().data());
  image.planes[VPX_PLANE_U] = const_cast<uint8_t*>(frame.u().data());
  image.planes[VPX_PLANE_V] = const_cast<uint8_t*>(frame.v().data());
  image.stride[VPX_PLANE_Y] = frame.width;
  image.stride[VPX_PLANE_U] = image.stride[VPX_PLANE_V] = frame.chromaWidth();

  const auto duration = static_cast<unsigned long>(state.frameTicks);
  const vpx_enc_frame_flags_t flags = forceKeyFrame ? VPX_EFLAG_FORCE_KF : 0;
  if (const auto code = vpx_codec_encode(&state.codec, &image, state.timeOf(frame), duration, flags, VPX_DL_REALTIME);
      code != VPX_CODEC_OK)
    return libraryError("VP8 could not encode a picture", state.codec, code);

  EncodedVideo encoded;
  encoded.rtpTimestamp = frame.rtpTimestamp;
  encoded.time = frame.captured;
  vpx_codec_iter_t iterator = nullptr;
  while (const vpx_codec_cx_pkt_t* packet = vpx_codec_get_cx_data(&state.codec, &iterator)) {
    if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
    const auto* data = static_cast<const uint8_t*>(packet->data.frame.buf);
    encoded.data.insert(encoded.data.end(), data, data + packet->data.frame.sz);
    encoded.keyFrame = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
  }
  if (encoded.data.empty()) return {ErrorCode::kOperationError, "VP8 gave no frame for a picture"};
  return encoded;
}

}  // namespace tincan::media
