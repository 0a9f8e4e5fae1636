#pragma once

#include <vector>
#include <wels/codec_api.h>

#include "media/codec/video_codec.h"

namespace tincan::inline v0::media {

/// H.264 by openh264, from Annex B: baseline without its rare tools (FMO, ASO). Nothing is concealed: what lacks a slice
/// is an error.
class Openh264Decoder final : public VideoDecoder {
 public:
  Openh264Decoder() = default;
  ~Openh264Decoder() override { close(); }
  Openh264Decoder(const Openh264Decoder&) = delete;
  Openh264Decoder& operator=(const Openh264Decoder&) = delete;

  Result<VideoFrame> decode(ByteView frame) override;
  std::string_view implementation() const override { return "openh264"; }

 private:
  Result<bool> readUnits(ByteView frame);
  Result<void> open();
  void close();

  ISVCDecoder* codec_ = nullptr;
  bool needsKeyFrame_ = true;
  std::vector<ByteView> units_;
};

}  // namespace tincan::inline v0::media
