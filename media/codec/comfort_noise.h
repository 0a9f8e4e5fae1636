#pragma once

#include <memory>
#include <vector>

#include "base/random.h"
#include "media/codec/audio_codec.h"
#include "media/codec/packet_assembler.h"
#include "media/codec/rate_converter.h"

// Comfort noise (RFC 3389) as a format of its own, "CN": what the silence sounds like of a codec that has no such thing.
namespace tincan::inline v0::media {

/// Says how loud each 20 ms are, and no more: who has decided that nobody speaks asks it. The spectrum is left out
/// (§3.2: the order is the encoder's choice): a receiver then makes white noise.
class ComfortNoiseEncoder final : public AudioEncoder {
 public:
  Result<void> encode(const AudioFrame& sound, std::vector<EncodedAudio>& out) override;
  void setBitrate(uint32_t) override {}
  uint32_t bitrate() const override { return 400; }  // one byte each 20 ms
  Duration packetTime() const override { return AudioFrame::kDuration; }

 private:
  PacketAssembler assembler_{1, AudioFrame::kDuration};
};

/// Makes the noise: `decode` takes a description and gives 20 ms, `conceal` goes on for as long as is asked. The same
/// descriptions give the same noise.
class ComfortNoiseDecoder final : public AudioDecoder {
 public:
  static Result<std::unique_ptr<AudioDecoder>> create(uint32_t clockRate);

  Result<AudioFrame> decode(ByteView payload) override;
  Result<AudioFrame> conceal(uint32_t samples) override;
  Result<AudioFrame> recover(ByteView, uint32_t samples) override { return conceal(samples); }
  uint32_t duration(ByteView) const override { return 0; }  // it holds until the next, or until somebody speaks
  bool mayPause(ByteView) const override { return true; }

 private:
  ComfortNoiseDecoder(uint32_t clockRate, RateConverter converter)
      : clockRate_(clockRate), converter_(std::move(converter)) {}
  double sample();

  uint32_t clockRate_;
  RateConverter converter_;
  SeededRandom random_{3389};
  double gain_ = 0;                   // of the excitation
  std::vector<double> coefficients_;  // reflection, of an all-pole lattice
  std::vector<double> state_;
  std::vector<int16_t> native_;
};

}  // namespace tincan::inline v0::media
