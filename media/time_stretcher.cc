#include "media/time_stretcher.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::media {
namespace {

// Periods of a voice: 66 to 400 Hz.
constexpr size_t kShortestUs = 2'500, kLongestUs = 15'000;
constexpr size_t kWindowUs = 7'500;  // compared of the frame
constexpr size_t kLeastFadeUs = 2'500;
constexpr size_t kCoarseRate = 8'000;  // enough to tell periods by
constexpr double kAlike = 0.9;         // normalised correlation: the seam is not heard
constexpr double kAlikeInHaste = 0.5;
constexpr int kPatience = 12;  // frames of one answer, then less and less will do
constexpr double kLessEachFrame = 0.08;
constexpr double kQuiet = 50;  // -56 dBFS: no seam is heard

size_t inSamples(size_t micros, int rate) {
  return micros * static_cast<size_t>(rate) / 1'000'000;
}

int16_t mix(int16_t from, int16_t to, size_t at, size_t of) {
  const double share = static_cast<double>(at + 1) / static_cast<double>(of + 1);
  return static_cast<int16_t>(std::lround(from + (to - from) * share));
}

}  // namespace

void TimeStretcher::play(const AudioFrame& frame) {
  refused_ = 0;
  remember(frame);
}

void TimeStretcher::remember(const AudioFrame& frame) {
  if (frame.channels < 1 || frame.sampleRate < 1) return;
  const size_t size = inSamples(kLongestUs, frame.sampleRate) * static_cast<size_t>(frame.channels);
  if (rate_ != frame.sampleRate || channels_ != frame.channels || history_.size() != size) {
    rate_ = frame.sampleRate;
    channels_ = frame.channels;
    history_.assign(size, 0);
  }
  const auto& samples = frame.samples;
  const size_t kept = std::min(samples.size(), size);
  std::copy(history_.begin() + static_cast<std::ptrdiff_t>(kept), history_.end(), history_.begin());
  std::copy(samples.end() - static_cast<std::ptrdiff_t>(kept), samples.end(),
            history_.end() - static_cast<std::ptrdiff_t>(kept));
}

void TimeStretcher::mixDown(const AudioFrame& frame) {
  const auto channels = static_cast<size_t>(channels_);
  mono_.clear();
  const auto add = [&](std::span<const int16_t> samples) {
    for (size_t i = 0; i + channels <= samples.size(); i += channels) {
      float sum = 0;
      for (size_t channel = 0; channel < channels; ++channel) sum += samples[i + channel];
      mono_.push_back(sum);
    }
  };
  add(history_);
  add(frame.samples);
  step_ = std::max<size_t>(static_cast<size_t>(rate_) / kCoarseRate, 1);
  coarse_.clear();
  for (size_t i = 0; i + step_ <= mono_.size(); i += step_) {
    float sum = 0;
    for (size_t j = 0; j < step_; ++j) sum += mono_[i + j];
    coarse_.push_back(sum);
  }
}

// How alike what begins at `at` is to what begins `lag` later.
double TimeStretcher::likeness(std::span<const float> sound, size_t at, size_t lag, size_t window) const {
  double product = 0, one = 1, other = 1;
  for (size_t i = at; i < at + window && i + lag < sound.size(); ++i) {
    product += static_cast<double>(sound[i]) * sound[i + lag];
    one += static_cast<double>(sound[i]) * sound[i];
    other += static_cast<double>(sound[i + lag]) * sound[i + lag];
  }
  return product / std::sqrt(one * other);
}

// First among an eighth of the samples or so, then around the best of them among all.
TimeStretcher::Match TimeStretcher::findPeriod(size_t perChannel, Wish wish) const {
  const size_t shortest = inSamples(kShortestUs, rate_), longest = inSamples(kLongestUs, rate_);
  const size_t fade = inSamples(kLeastFadeUs, rate_);
  const bool longer = wish == Wish::kLonger;
  // What is left out, or said again, has to leave room for its seam.
  if (perChannel < shortest + (longer ? 0 : fade)) return {};
  const size_t most = std::min(longest, longer ? perChannel : perChannel - fade);
  const size_t frameAt = mono_.size() - perChannel;
  const size_t window = std::min(inSamples(kWindowUs, rate_), longer ? perChannel : perChannel - shortest);
  // A window reaches back before the frame where the frame is short; longer compares with what came before it.
  const auto start = [&](size_t lag) { return longer ? frameAt - lag : frameAt - std::min(frameAt, fade); };
  Match best;
  for (size_t lag = shortest; lag <= most; lag += step_) {
    const double value = likeness(coarse_, start(lag) / step_, lag / step_, window / step_);
    if (value > best.likeness) best = {lag, value};
  }
  const size_t from = std::max(best.lag, shortest + step_) - step_, to = std::min(best.lag + step_, most);
  best.likeness = -1;
  for (size_t lag = from; lag <= to; ++lag) {
    const double value = likeness(mono_, start(lag), lag, window);
    if (value > best.likeness) best = {lag, value};
  }
  return best;
}

bool TimeStretcher::quiet() const {
  double sum = 0;
  for (const float sample : mono_) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(mono_.size())) < kQuiet * channels_;
}

bool TimeStretcher::accepts(const Match& match, Wish wish) const {
  if (match.lag == 0) return false;
  const double asked = wish == Wish::kMuchShorter ? kAlikeInHaste : kAlike;
  return match.likeness >= asked - kLessEachFrame * std::max(refused_ - kPatience, 0);
}

int TimeStretcher::stretch(AudioFrame& frame, Wish wish) {
  const size_t perChannel = frame.samplesPerChannel();
  const bool known = rate_ == frame.sampleRate && channels_ == frame.channels;
  if (perChannel == 0 || !known) {
    remember(frame);
    return 0;
  }
  mixDown(frame);
  Match match = findPeriod(perChannel, wish);
  if (match.lag != 0 && quiet()) match.likeness = 1;
  if (!accepts(match, wish)) {
    ++refused_;
    remember(frame);
    return 0;
  }
  refused_ = 0;
  // In haste as many periods as there is room for.
  const size_t room = std::min(inSamples(kLongestUs, rate_), perChannel - inSamples(kLeastFadeUs, rate_));
  if (wish == Wish::kMuchShorter) match.lag *= std::max<size_t>(room / match.lag, 1);
  if (wish == Wish::kLonger) {
    lengthen(frame, match.lag);
  } else {
    shorten(frame, match.lag);
  }
  remember(frame);
  return wish == Wish::kLonger ? static_cast<int>(match.lag) : -static_cast<int>(match.lag);
}

void TimeStretcher::shorten(AudioFrame& frame, size_t lag) {
  const auto channels = static_cast<size_t>(frame.channels);
  auto& samples = frame.samples;
  const size_t left = frame.samplesPerChannel() - lag, fade = std::min(left, lag);
  for (size_t i = 0; i < fade * channels; ++i)
    samples[i] = mix(samples[i], samples[i + lag * channels], i / channels, fade);
  samples.erase(samples.begin() + static_cast<std::ptrdiff_t>(fade * channels),
                samples.begin() + static_cast<std::ptrdiff_t>((fade + lag) * channels));
}

void TimeStretcher::lengthen(AudioFrame& frame, size_t lag) const {
  const size_t size = lag * static_cast<size_t>(frame.channels);
  std::vector<int16_t> seam(size);
  const auto before = history_.end() - static_cast<std::ptrdiff_t>(size);
  for (size_t i = 0; i < size; ++i)
    seam[i] =
        mix(frame.samples[i], before[static_cast<std::ptrdiff_t>(i)], i / static_cast<size_t>(frame.channels), lag);
  frame.samples.insert(frame.samples.begin(), seam.begin(), seam.end());
}

}  // namespace tincan::inline v0::media
