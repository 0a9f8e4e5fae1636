#include "media/jitter_buffer/playout_delay.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tincan::media {
namespace {

constexpr Duration kWindow = Duration::seconds(5);
// A transit that changes by more than this is a new clock of the sender's, not a late packet.
constexpr int64_t kNewClockMicros = 5'000'000;
constexpr uint32_t kPercentile = 95;
constexpr Duration kPeakInterval = Duration::millis(500);

}  // namespace

PlayoutDelay::PlayoutDelay(uint32_t clockRate, Duration min, Duration max, Return comeback)
    : clockRate_(clockRate), min_(min), max_(std::max(min, max)), comeback_(comeback), target_(min) {}

void PlayoutDelay::setLimits(Duration min, Duration max) {
  min_ = min;
  max_ = std::max(min, max);
  target_ = std::clamp(target_, min_, max_);
}

void PlayoutDelay::reset() {
  started_ = false;
  arrivals_.reset();
  peaks_.reset();
  peak_ = 0;
  spells_.reset();
  target_ = min_;
}

void PlayoutDelay::rebase(TimePoint now, int64_t timestamp) {
  started_ = true;
  windowStart_ = now;
  lastTransit_ = windowMin_ = previousMin_ = transit(now, timestamp);
  arrivals_.keepShares();
  peaks_.keepShares();
}

int64_t PlayoutDelay::toMicros(int64_t timestamp) const {
  const int64_t rate = clockRate_;
  return timestamp / rate * 1'000'000 + timestamp % rate * 1'000'000 / rate;
}

TimePoint PlayoutDelay::fastestArrival(int64_t timestamp) const {
  return TimePoint::fromMicros(toMicros(timestamp) + fastest());
}

void PlayoutDelay::arrived(TimePoint now, int64_t timestamp) {
  const int64_t transit = this->transit(now, timestamp);
  if (started_ && std::abs(transit - lastTransit_) > kNewClockMicros) reset();
  updateFastest(now, transit);
  lastTransit_ = transit;
  arrivals_.add(transit - fastest());
  if (comeback_ == Return::kAtOnce) {
    if (const auto slowest = spells_.arrived(now, transit)) arrivals_.forgetAbove(*slowest - fastest());
  } else {
    notePeak(now, transit - fastest());
  }
  updateTarget();
}

void PlayoutDelay::updateFastest(TimePoint now, int64_t transit) {
  if (!started_) {
    started_ = true;
    windowStart_ = now;
    windowMin_ = previousMin_ = transit;
    return;
  }
  const int64_t before = fastest();
  if (now - windowStart_ >= kWindow) {
    windowStart_ = now;
    previousMin_ = windowMin_;
    windowMin_ = transit;
  }
  windowMin_ = std::min(windowMin_, transit);
  arrivals_.lower(fastest() - before);
  peaks_.lower(fastest() - before);
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

}  // namespace tincan::media
