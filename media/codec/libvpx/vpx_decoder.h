#pragma once

#include <cstdint>

#include <vpx/vpx_decoder.h>

#include "media/codec/video_codec.h"

namespace tincan::inline v0::media {

/// VP8 and VP9 by libvpx. VP9's profile 2 (10 and 12 bits) comes out in 8 bits; 4:2:2 and 4:4:4 (profiles 1 and 3) are
/// kUnsupported.
class VpxDecoder final : public VideoDecoder {
 public:
  enum class Codec : uint8_t { kVp8, kVp9 };
  explicit VpxDecoder(Codec codec) : kind_(codec) {}
  ~VpxDecoder() override { close(); }
  VpxDecoder(const VpxDecoder&) = delete;
  VpxDecoder& operator=(const VpxDecoder&) = delete;

  Result<VideoFrame> decode(ByteView frame) override;
  std::string_view implementation() const override { return "libvpx"; }

 private:
  Result<bool> readHeader(ByteView frame) const;
  Result<void> open();
  void close();
  Error giveUp(vpx_codec_err_t code);

  Codec kind_;
  vpx_codec_ctx_t codec_{};
  bool opened_ = false;
  bool needsKeyFrame_ = true;
  Bytes indexed_;  // a VP9 frame, with the index that it came without
};

}  // namespace tincan::inline v0::media
