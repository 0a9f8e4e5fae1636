#include "media/codec/comfort_noise.h"

#include <algorithm>
#include <cmath>

#include "rtp/payload/comfort_noise.h"

namespace tincan::inline v0::media {
namespace {

constexpr double kMaxLevel = 127;  // -dBov, RFC 3389 §3.1
constexpr uint32_t kMaxSamples = AudioFrame::kRate * 120 / 1000;
constexpr double kStable = 0.99;             // a reflection coefficient of 1 would never die away
constexpr double kUniformToRms = 1.7320508;  // the square root of 3: what -1 to 1, all alike, has less

}  // namespace

Result<void> ComfortNoiseEncoder::encode(const AudioFrame& sound, std::vector<EncodedAudio>& out) {
  if (auto pushed = assembler_.push(sound); !pushed) return pushed.error();
  PacketAssembler::Block block;
  while (assembler_.pop(block)) {
    const double rms = sound.rms();
    const double level = rms > 0 ? std::clamp(-20 * std::log10(rms), 0.0, kMaxLevel) : kMaxLevel;
    EncodedAudio& encoded = out.emplace_back();
    encoded.data = {static_cast<uint8_t>(std::lround(level))};
    encoded.keyFrame = true;
    encoded.rtpTimestamp = block.rtpTimestamp;
    encoded.time = block.captured;
  }
  return {};
}

Result<std::unique_ptr<AudioDecoder>> ComfortNoiseDecoder::create(uint32_t clockRate) {
  auto converter = RateConverter::create(static_cast<int>(clockRate), AudioFrame::kRate, 1);
  if (!converter) return converter.error();
  return std::unique_ptr<AudioDecoder>(new ComfortNoiseDecoder(clockRate, std::move(*converter)));
}

Result<AudioFrame> ComfortNoiseDecoder::decode(ByteView payload) {
  rtp::ComfortNoise noise;
  if (!rtp::ComfortNoise::parse(payload, noise)) return {ErrorCode::kMalformed, "not comfort noise"};
  coefficients_.clear();
  double left = 1;  // of the excitation's energy in what comes out of the lattice
  for (const uint8_t coded : noise.coefficients) {
    const double k = std::clamp((coded - 127) / 128.0, -kStable, kStable);  // §3.2
    coefficients_.push_back(k);
    left *= 1 - k * k;
  }
  state_.resize(coefficients_.size(), 0.0);
  // Half of full scale: louder noise comforts nobody.
  gain_ = std::min(std::pow(10, -noise.level / 20.0), 0.5) * std::sqrt(left);
  return conceal(AudioFrame::kSamples);
}

// White noise through an all-pole lattice, which never overflows its state while all |k| < 1.
double ComfortNoiseDecoder::sample() {
  double forward = gain_ * kUniformToRms * (static_cast<double>(random_.u32()) / 2147483648.0 - 1);
  for (size_t i = coefficients_.size(); i-- > 0;) {
    const double k = coefficients_[i];
    forward -= k * state_[i];
    if (i + 1 < state_.size()) state_[i + 1] = state_[i] + k * forward;
  }
  if (!state_.empty()) state_[0] = forward;
  return forward;
}

Result<AudioFrame> ComfortNoiseDecoder::conceal(uint32_t samples) {
  native_.resize(uint64_t{std::clamp(samples, 1u, kMaxSamples)} * clockRate_ / AudioFrame::kRate);
  for (int16_t& out : native_) out = static_cast<int16_t>(std::clamp(sample() * 32767, -32767.0, 32767.0));
  AudioFrame frame;
  converter_.convert(native_, frame.samples);
  return frame;
}

}  // namespace tincan::inline v0::media
