#pragma once

#include <cstdint>
#include <memory>
#include <vector>
#include <wels/codec_api.h>

#include "base/sequence.h"
#include "media/codec/codec_format.h"
#include "media/codec/layer_plan.h"
#include "media/codec/video_codec.h"

namespace tincan::inline v0::media {

/// H.264's constrained baseline by openh264, for a call: constant bitrate, no look-ahead, one thread, one frame for each
/// picture, in Annex B. Temporal layers are LayerPlan's: openh264 refers to the same pictures by itself. In packetization-mode 0 slices are cut so that each fits a packet (RFC 6184 §6.2). Pictures of
/// odd sides lose their last row or column: H.264 codes colour for two by two pixels.
class Openh264Encoder final : public VideoEncoder {
 public:
  Openh264Encoder(const CodecFormat& format, const VideoEncoderSettings& settings, const ScalabilityMode& mode);
  ~Openh264Encoder() override { close(); }
  Openh264Encoder(const Openh264Encoder&) = delete;
  Openh264Encoder& operator=(const Openh264Encoder&) = delete;

  Result<void> encode(const VideoFrame& picture, bool forceKeyFrame, std::vector<EncodedVideo>& out) override;
  void setRates(uint32_t bitrateBps, double framesPerSecond) override;
  std::string_view implementation() const override { return "openh264"; }

 private:
  Result<void> open(int width, int height);
  void close();
  void configure(SEncParamExt& config, int width, int height) const;
  void applyRates();
  int64_t millisOf(const VideoFrame& picture);

  size_t maxSliceBytes_;  // 0: one slice a picture
  LayerPlan plan_;
  uint32_t bitrate_;
  double frameRate_;
  ISVCEncoder* codec_ = nullptr;
  int width_ = 0;
  int height_ = 0;
  bool ratesChanged_ = false;
  int64_t lastTime_ = -1;
  SequenceUnwrapper<uint32_t> timestamps_;
};

}  // namespace tincan::inline v0::media
