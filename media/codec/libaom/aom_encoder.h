#pragma once

#include <aom/aom_encoder.h>
#include <cstdint>
#include <vector>

#include "media/codec/layered_stream.h"
#include "media/codec/video_codec.h"

namespace tincan::inline v0::media {

/// AV1's main profile by libaom, for a call: real-time usage at its fastest speed, constant bitrate, no look-ahead, one
/// thread. One frame (a temporal unit) for each picture.
class AomEncoder final : public VideoEncoder {
 public:
  AomEncoder(const VideoEncoderSettings& settings, const ScalabilityMode& mode);
  ~AomEncoder() override { close(); }
  AomEncoder(const AomEncoder&) = delete;
  AomEncoder& operator=(const AomEncoder&) = delete;

  Result<void> encode(const VideoFrame& picture, bool forceKeyFrame, std::vector<EncodedVideo>& out) override;
  void setRates(uint32_t bitrateBps, double framesPerSecond) override { stream_.setRates(bitrateBps, framesPerSecond); }
  std::string_view implementation() const override { return "libaom"; }

 private:
  Result<void> open(int width, int height);
  void close();
  void configure(int width, int height);
  void control();
  void controlLayers();
  void planLayer(int spatial);
  Result<void> encodeLayer(const VideoFrame& picture, int64_t time, int spatial, bool key,
                           std::vector<EncodedVideo>& out);
  Result<void> applyRates();
  Error libraryError(const char* what, aom_codec_err_t code);

  LayeredStream stream_;
  aom_codec_enc_cfg_t config_{};
  aom_codec_ctx_t codec_{};
  bool opened_ = false;
};

}  // namespace tincan::inline v0::media
