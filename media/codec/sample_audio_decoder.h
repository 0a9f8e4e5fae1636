#pragma once

#include <memory>
#include <vector>

#include "media/codec/audio_codec.h"
#include "media/codec/loss_concealer.h"
#include "media/codec/rate_converter.h"
#include "media/codec/sample_coder.h"

namespace tincan::inline v0::media {

/// Payloads of a SampleCoder to 48 kHz. What is lost is concealed by LossConcealer.
class SampleAudioDecoder final : public AudioDecoder {
 public:
  static Result<std::unique_ptr<AudioDecoder>> create(const rtp::SampleFormat& samples,
                                                      std::unique_ptr<SampleCoder> coder);

  /// kMalformed for half a tick, or for nothing; kLimit past 120 ms, which no packet of the network holds.
  Result<AudioFrame> decode(ByteView payload) override;
  Result<AudioFrame> conceal(uint32_t samples) override;
  Result<AudioFrame> recover(ByteView, uint32_t samples) override { return conceal(samples); }
  uint32_t duration(ByteView payload) const override;

 private:
  SampleAudioDecoder(const rtp::SampleFormat& samples, std::unique_ptr<SampleCoder> coder, RateConverter converter);
  AudioFrame frameOf();

  rtp::SampleFormat samples_;
  std::unique_ptr<SampleCoder> coder_;
  RateConverter converter_;
  LossConcealer concealer_;
  uint64_t owed_ = 0;  // of concealed samples: what is left when 48 kHz is brought down
  std::vector<int16_t> native_;
};

}  // namespace tincan::inline v0::media
