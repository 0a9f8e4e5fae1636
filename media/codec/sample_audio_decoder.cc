#include "media/codec/sample_audio_decoder.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::media {
namespace {

constexpr uint32_t kMaxMs = 120;
constexpr uint32_t kMaxSamples = AudioFrame::kRate * kMaxMs / 1000;

}  // namespace

Result<std::unique_ptr<AudioDecoder>> SampleAudioDecoder::create(const rtp::SampleFormat& samples,
                                                                 std::unique_ptr<SampleCoder> coder) {
  auto converter = RateConverter::create(static_cast<int>(samples.sampleRate), AudioFrame::kRate, samples.channels);
  if (!converter) return converter.error();
  return std::unique_ptr<AudioDecoder>(new SampleAudioDecoder(samples, std::move(coder), std::move(*converter)));
}

SampleAudioDecoder::SampleAudioDecoder(const rtp::SampleFormat& samples, std::unique_ptr<SampleCoder> coder,
                                       RateConverter converter)
    : samples_(samples),
      coder_(std::move(coder)),
      converter_(std::move(converter)),
      concealer_(samples.sampleRate, samples.channels) {}

AudioFrame SampleAudioDecoder::frameOf() {
  AudioFrame out;
  out.channels = samples_.channels;
  converter_.convert(native_, out.samples);
  return out;
}

Result<AudioFrame> SampleAudioDecoder::decode(ByteView payload) {
  uint32_t ticks = 0;
  if (!rtp::sampleTicks(samples_, payload, ticks)) return {ErrorCode::kMalformed, "a payload of no whole samples"};
  if (ticks > samples_.clockRate * kMaxMs / 1000) return {ErrorCode::kLimit, "a payload of more than 120 ms"};
  coder_->decode(payload, native_);
  concealer_.heard(native_);
  return frameOf();
}

Result<AudioFrame> SampleAudioDecoder::conceal(uint32_t samples) {
  owed_ += uint64_t{std::clamp(samples, 1u, kMaxSamples)} * samples_.sampleRate;
  native_.clear();
  concealer_.conceal(static_cast<size_t>(owed_ / AudioFrame::kRate), native_);
  owed_ %= AudioFrame::kRate;
  return frameOf();
}

uint32_t SampleAudioDecoder::duration(ByteView payload) const {
  uint32_t ticks = 0;
  return rtp::sampleTicks(samples_, payload, ticks) ? ticks : 0;
}

}  // namespace tincan::inline v0::media
