#include "media/jitter_buffer/playout_delay.h"

#include <algorithm>

namespace tincan::inline v0::media {
namespace {

constexpr uint32_t kPercentile = 95;
constexpr Duration kPeakInterval = Duration::millis(500);

}  // namespace

PlayoutDelay::PlayoutDelay(uint32_t clockRate, Duration min, Duration max)
    : path_(clockRate), min_(min), max_(std::max(min, max)), target_(min) {}

void PlayoutDelay::setLimits(Duration min, Duration max) {
  min_ = min;
  max_ = std::max(min, max);
  target_ = std::clamp(target_, min_, max_);
}

void PlayoutDelay::reset() {
  path_.reset();
  arrivals_.reset();
  peaks_.reset();
  peak_ = 0;
  target_ = min_;
}

void PlayoutDelay::rebase(TimePoint now, int64_t timestamp) {
  path_.rebase(now, timestamp);
  arrivals_.keepShares();
  peaks_.keepShares();
}

void PlayoutDelay::arrived(TimePoint now, int64_t timestamp) {
  const bool first = !path_.started();
  const int64_t before = path_.fastest();
  if (!path_.arrived(now, timestamp)) {
    arrivals_.reset();
    peaks_.reset();
    peak_ = 0;
  } else if (!first) {
    const int64_t longer = path_.fastest() - before;
    arrivals_.lower(longer);
    peaks_.lower(longer);
    peak_ = std::max<int64_t>(peak_ - std::max<int64_t>(longer, 0), 0);
  }
  const int64_t lateness = path_.transit(now, timestamp) - path_.fastest();
  arrivals_.add(lateness);
  notePeak(now, lateness);
  updateTarget();
}

void PlayoutDelay::notePeak(TimePoint now, int64_t lateness) {
  peak_ = std::max(peak_, lateness);
  if (now - peakStart_ < kPeakInterval) return;
  peaks_.add(peak_);
  peak_ = 0;
  peakStart_ = now;
}

void PlayoutDelay::updateTarget() {
  const int64_t micros = std::max(arrivals_.quantile(kPercentile), peaks_.quantile(kPercentile));
  target_ = std::clamp(Duration::micros(micros), min_, max_);
}

}  // namespace tincan::inline v0::media
