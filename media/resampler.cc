#include "media/resampler.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <string>

namespace tincan::inline v0::media {
namespace {

constexpr size_t kHalfTaps = 16;     // on each side, at the lower of the two rates
constexpr size_t kMaxPhases = 1920;  // 11,025 Hz needs 640
constexpr double kPassband = 0.92;   // of the lower Nyquist frequency; the rest is the filter's slope

double sinc(double x) {
  return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

// Blackman: 74 dB down in the stop band. `x` from -1 to 1.
double window(double x) {
  if (std::abs(x) >= 1) return 0;
  return 0.42 + 0.5 * std::cos(std::numbers::pi * x) + 0.08 * std::cos(2 * std::numbers::pi * x);
}

}  // namespace

Result<Resampler> Resampler::create(int inputRate, int outputRate, int channels) {
  if (inputRate < 1 || outputRate < 1 || channels < 1 ||
      outputRate / std::gcd(inputRate, outputRate) > int{kMaxPhases} || inputRate / outputRate > 16)
    return {ErrorCode::kUnsupported, "cannot change the sample rate from " + std::to_string(inputRate) + " Hz to " +
                                         std::to_string(outputRate) + " Hz"};
  return Resampler(inputRate, outputRate, channels);
}

Resampler::Resampler(int inputRate, int outputRate, int channels) : channels_(static_cast<size_t>(channels)) {
  const int common = std::gcd(inputRate, outputRate);
  up_ = static_cast<size_t>(outputRate / common);
  down_ = static_cast<size_t>(inputRate / common);
  // Downwards the low-pass is narrower, and so longer, by the same factor.
  const double narrowing = std::min(1.0, static_cast<double>(outputRate) / inputRate);
  taps_ = up_ == down_ ? 1 : 2 * static_cast<size_t>(std::ceil(kHalfTaps / narrowing));
  buildTable(kPassband * narrowing);
  // The first output sample lies on the first input sample: what lies before it is silence.
  input_.assign((taps_ - 1) / 2 * channels_, 0.0F);
}

void Resampler::buildTable(double cutoff) {
  table_.resize(up_ * taps_);
  if (taps_ == 1) {
    table_[0] = 1;
    return;
  }
  const auto half = static_cast<double>(taps_ / 2);
  for (size_t phase = 0; phase < up_; ++phase) {
    double sum = 0;
    float* row = table_.data() + phase * taps_;
    for (size_t tap = 0; tap < taps_; ++tap) {
      const double distance =
          static_cast<double>(tap) - (half - 1) - static_cast<double>(phase) / static_cast<double>(up_);
      const double weight = sinc(distance * cutoff) * window(distance / half);
      row[tap] = static_cast<float>(weight);
      sum += weight;
    }
    // Every phase lets a constant through unchanged, or a steady signal would ripple.
    for (size_t tap = 0; tap < taps_; ++tap) row[tap] = static_cast<float>(row[tap] / sum);
  }
}

void Resampler::push(std::span<const int16_t> samples) {
  const size_t skipped = std::min(skip_ * channels_, samples.size());
  skip_ -= skipped / channels_;
  input_.insert(input_.end(), samples.begin() + static_cast<std::ptrdiff_t>(skipped), samples.end());
}

// The filter of the n-th output begins (phase_ + n down_) / up_ frames behind the first, and all of it must have come.
size_t Resampler::ready() const {
  const size_t available = input_.size() / channels_;
  if (available < taps_) return 0;
  const size_t positions = (available - taps_ + 1) * up_;
  return positions > phase_ ? (positions - phase_ + down_ - 1) / down_ : 0;
}

size_t Resampler::pull(size_t frames, std::vector<int16_t>& out) {
  const size_t made = std::min(frames, ready());
  const size_t before = out.size();
  out.resize(before + made * channels_);
  int16_t* to = out.data() + before;
  size_t first = 0;
  for (size_t i = 0; i < made; ++i) {
    const float* row = table_.data() + phase_ * taps_;
    for (size_t channel = 0; channel < channels_; ++channel) {
      float sum = 0;
      for (size_t tap = 0; tap < taps_; ++tap) sum += row[tap] * input_[(first + tap) * channels_ + channel];
      *to++ = static_cast<int16_t>(std::clamp(std::lround(sum), -32768L, 32767L));
    }
    phase_ += down_;
    first += phase_ / up_;
    phase_ %= up_;
  }
  // Downwards, a step can lead past what has come.
  const size_t drop = std::min(first, input_.size() / channels_);
  skip_ += first - drop;
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(drop * channels_));
  return made;
}

}  // namespace tincan::inline v0::media
