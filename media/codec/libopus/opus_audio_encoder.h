#pragma once

#include <memory>

#include <opus/opus.h>

#include "media/codec/audio_codec.h"
#include "media/codec/codec_format.h"
#include "media/codec/packet_assembler.h"

namespace tincan::inline v0::media {

/// Opus (RFC 6716) by libopus, as the peer's fmtp asks for it (RFC 7587 §6.1): stereo, maxplaybackrate,
/// maxaveragebitrate, cbr, useinbandfec, usedtx, and ptime of 10, 20, 40 or 60 ms.
class OpusAudioEncoder final : public AudioEncoder {
 public:
  static Result<std::unique_ptr<AudioEncoder>> create(const CodecFormat& format, const AudioEncoderSettings& settings);

  Result<void> encode(const AudioFrame& sound, std::vector<EncodedAudio>& out) override;
  void setBitrate(uint32_t bps) override;
  uint32_t bitrate() const override { return bitrate_; }
  Duration packetTime() const override { return assembler_.packetTime(); }
  void setPacketTime(Duration packetTime) override { assembler_.setPacketTime(packetTime); }

 private:
  struct Destroy {
    void operator()(::OpusEncoder* codec) const { opus_encoder_destroy(codec); }
  };
  using Codec = std::unique_ptr<::OpusEncoder, Destroy>;

  OpusAudioEncoder(Codec codec, const CodecFormat& format, const AudioEncoderSettings& settings, int channels);

  Codec codec_;
  PacketAssembler assembler_;
  uint32_t maxBitrate_;
  uint32_t bitrate_ = 0;
  bool pausing_ = false;  // DTX: the last payload was one of nothing
  Bytes packet_;
};

}  // namespace tincan::inline v0::media
