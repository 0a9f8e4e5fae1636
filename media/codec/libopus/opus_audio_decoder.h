#pragma once

#include <memory>

#include <opus/opus.h>

#include "media/codec/audio_codec.h"
#include "media/codec/codec_format.h"

namespace tincan::inline v0::media {

/// Opus (RFC 6716) by libopus, to 48 kHz: stereo where our fmtp said that we would like it, else mixed down. Lost sound
/// is concealed by the codec, in whole steps of 2.5 ms (RFC 6716 §3.1).
class OpusAudioDecoder final : public AudioDecoder {
 public:
  static Result<std::unique_ptr<AudioDecoder>> create(const CodecFormat& format);

  Result<AudioFrame> decode(ByteView payload) override;
  Result<AudioFrame> conceal(uint32_t samples) override;
  /// RFC 6716 §2.1.7: what in-band FEC repeats of the packet before.
  Result<AudioFrame> recover(ByteView nextPayload, uint32_t samples) override;
  bool hasCopy(ByteView nextPayload) const override;
  uint32_t duration(ByteView payload) const override;
  bool mayPause(ByteView payload) const override;

 private:
  struct Destroy {
    void operator()(::OpusDecoder* codec) const { opus_decoder_destroy(codec); }
  };
  using Codec = std::unique_ptr<::OpusDecoder, Destroy>;

  OpusAudioDecoder(Codec codec, int channels) : codec_(std::move(codec)), channels_(channels) {}
  Result<AudioFrame> run(ByteView packet, int samples, bool recover);

  Codec codec_;
  int channels_;
};

}  // namespace tincan::inline v0::media
