#include "media/codec/loss_concealer.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::media {
namespace {

// G.711 appendix I §I.2: pitch periods of 5 to 15 ms (66 to 200 Hz), found by correlation over 20 ms.
constexpr size_t kLongestMs = 15, kShortestMs = 5, kWindowMs = 20;
constexpr size_t kHistoryMs = kWindowMs + kLongestMs;
// §I.2.6, §I.2.7: no fading for 10 ms, then 20 percent of it every 10 ms.
constexpr double kFullMs = 10, kSilentMs = 60;
constexpr size_t kFadeInMs = 4;  // §I.2.8: a quarter of a pitch period, and more after a longer gap

int16_t mix(double a, double b, double share) {
  return static_cast<int16_t>(std::lround(a * (1 - share) + b * share));
}

}  // namespace

LossConcealer::LossConcealer(uint32_t sampleRate, int channels)
    : rate_(sampleRate), channels_(static_cast<size_t>(channels)) {
  history_.assign(rate_ * kHistoryMs / 1000 * channels_, 0);
}

void LossConcealer::remember(std::span<const int16_t> samples) {
  const size_t size = history_.size();
  if (samples.size() >= size) {
    history_.assign(samples.end() - static_cast<std::ptrdiff_t>(size), samples.end());
    return;
  }
  history_.erase(history_.begin(), history_.begin() + static_cast<std::ptrdiff_t>(samples.size()));
  history_.insert(history_.end(), samples.begin(), samples.end());
}

// Of the last 20 ms and of what came `lag` frames earlier: their normalised correlation.
double LossConcealer::likeness(size_t lag) const {
  const size_t window = rate_ * kWindowMs / 1000 * channels_;
  const int16_t* now = history_.data() + history_.size() - window;
  const int16_t* before = now - lag * channels_;
  double product = 0, energy = 1;
  for (size_t i = 0; i < window; ++i) {
    product += static_cast<double>(now[i]) * before[i];
    energy += static_cast<double>(before[i]) * before[i];
  }
  return product / std::sqrt(energy);
}

void LossConcealer::findPeriod() {
  size_t best = rate_ * kShortestMs / 1000;
  double bestLikeness = likeness(best);
  for (size_t lag = best + 1; lag <= rate_ * kLongestMs / 1000; ++lag) {
    const double value = likeness(lag);
    if (value <= bestLikeness) continue;
    best = lag;
    bestLikeness = value;
  }
  const size_t size = best * channels_;
  period_.assign(history_.end() - static_cast<std::ptrdiff_t>(size), history_.end());
  // Its last quarter turns into what came before its beginning, so that it can be repeated without a step.
  const size_t quarter = best / 4 * channels_;
  const int16_t* before = history_.data() + history_.size() - size - quarter;
  for (size_t i = 0; i < quarter; ++i)
    period_[size - quarter + i] =
        mix(period_[size - quarter + i], before[i], static_cast<double>(i + 1) / static_cast<double>(quarter));
  at_ = 0;
  lost_ = 0;
}

double LossConcealer::gain() const {
  const double ms = 1000.0 * static_cast<double>(lost_) / static_cast<double>(rate_);
  return std::clamp((kSilentMs - ms) / (kSilentMs - kFullMs), 0.0, 1.0);
}

void LossConcealer::next(std::span<int16_t> frame) {
  const double level = gain();
  for (size_t channel = 0; channel < channels_; ++channel)
    frame[channel] = static_cast<int16_t>(std::lround(level * period_[at_ * channels_ + channel]));
  at_ = (at_ + 1) % (period_.size() / channels_);
  ++lost_;
}

void LossConcealer::conceal(size_t perChannel, std::vector<int16_t>& out) {
  if (period_.empty()) findPeriod();
  const size_t from = out.size();
  out.resize(from + perChannel * channels_);
  const auto made = std::span(out).subspan(from);
  for (size_t i = 0; i < perChannel; ++i) next(made.subspan(i * channels_, channels_));
}

void LossConcealer::heard(std::span<int16_t> samples) {
  if (!period_.empty()) {
    const size_t fade = std::min(rate_ * kFadeInMs / 1000, samples.size() / channels_);
    std::vector<int16_t> frame(channels_);
    for (size_t i = 0; i < fade; ++i) {
      next(frame);
      const double share = static_cast<double>(i + 1) / static_cast<double>(fade);
      for (size_t channel = 0; channel < channels_; ++channel)
        samples[i * channels_ + channel] = mix(frame[channel], samples[i * channels_ + channel], share);
    }
    period_.clear();
  }
  remember(samples);
}

}  // namespace tincan::inline v0::media
