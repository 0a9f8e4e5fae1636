#pragma once

#include <cstdint>
#include <vector>

#include <vpx/vpx_encoder.h>

#include "media/codec/layered_stream.h"
#include "media/codec/video_codec.h"

namespace tincan::inline v0::media {

/// VP8 (RFC 6386) and VP9 by libvpx, for a call: one pass, constant bitrate, no look-ahead, one thread. One frame for
/// each picture and spatial layer: rate control lowers quality, it does not drop. VP9's profile 2 codes the same 8 bits
/// as 10.
class VpxEncoder final : public VideoEncoder {
 public:
  enum class Codec : uint8_t { kVp8, kVp9, kVp9Profile2 };
  /// VP8 has temporal layers alone; the mode is one of those.
  VpxEncoder(Codec codec, const VideoEncoderSettings& settings, const ScalabilityMode& mode);
  ~VpxEncoder() override { close(); }
  VpxEncoder(const VpxEncoder&) = delete;
  VpxEncoder& operator=(const VpxEncoder&) = delete;

  Result<void> encode(const VideoFrame& picture, bool forceKeyFrame, std::vector<EncodedVideo>& out) override;
  void setRates(uint32_t bitrateBps, double framesPerSecond) override { stream_.setRates(bitrateBps, framesPerSecond); }
  std::string_view implementation() const override { return "libvpx"; }

 private:
  bool isVp8() const { return kind_ == Codec::kVp8; }
  vpx_codec_iface_t* interface() const { return isVp8() ? vp8() : vp9(); }
  static vpx_codec_iface_t* vp8();
  static vpx_codec_iface_t* vp9();
  Result<void> open(int width, int height);
  void close();
  void configure(int width, int height);
  void configureRates();
  void control(int width, int height);
  void controlVp9(int width, int height);
  vpx_enc_frame_flags_t planVp8();
  void planVp9();
  void takePacket(const vpx_codec_cx_pkt_t& packet);
  Result<void> applyRates();
  vpx_image_t imageOf(const VideoFrame& picture);
  Error libraryError(const char* what, vpx_codec_err_t code);

  Codec kind_;
  LayeredStream stream_;
  std::vector<EncodedVideo> coded_;  // of one picture, the lowest spatial layer first
  vpx_codec_enc_cfg_t config_{};
  vpx_codec_ctx_t codec_{};
  bool opened_ = false;
  std::vector<uint16_t> deep_;  // a picture of 10 bits
};

}  // namespace tincan::inline v0::media
