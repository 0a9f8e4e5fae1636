#include "media/jitter_buffer/playout_delay.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace tincan::media {
namespace {

constexpr Duration kWindow = Duration::seconds(5);
// A transit that changes by more than this is a new clock of the sender's, not a late packet.
constexpr int64_t kNewClockMicros = 5'000'000;
// The histogram forgets one part in 128 an arrival: some 3 s of audio, 4 s of video at 30 fps.
constexpr uint32_t kForgetShift = 7;
constexpr uint32_t kPercentile = 95;

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
  histogram_.fill(0);
  bucketsUsed_ = 0;
  samples_ = 0;
  toLower_ = 0;
  spells_.reset();
  target_ = min_;
}

void PlayoutDelay::rebase(TimePoint now, int64_t timestamp) {
  started_ = true;
  windowStart_ = now;
  lastTransit_ = windowMin_ = previousMin_ = transit(now, timestamp);
  toLower_ = 0;
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
  addToHistogram(transit - fastest());
  if (comeback_ == Return::kAtOnce) {
    if (const auto slowest = spells_.arrived(now, transit)) forgetAbove(*slowest - fastest());
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
  lowerHistogram(fastest() - before);
}

void PlayoutDelay::addToHistogram(int64_t lateness) {
  // The first arrivals weigh as much as all before them, so that the target is there early.
  samples_ = std::min(samples_ + 1, uint32_t{1} << kForgetShift);
  const uint32_t weight = kOne / samples_;
  uint32_t sum = 0;
  for (size_t i = 0; i < bucketsUsed_; ++i) {
    uint32_t& share = histogram_[i];
    share -= static_cast<uint32_t>(uint64_t{share} * weight / kOne);
    sum += share;
  }
  const size_t bucket = bucketOf(lateness);
  bucketsUsed_ = std::max(bucketsUsed_, bucket + 1);
  histogram_[bucket] += kOne - std::min(kOne, sum);
}

size_t PlayoutDelay::bucketOf(int64_t lateness) {
  return static_cast<size_t>(std::clamp<int64_t>(lateness / kBucketMicros, 0, kBuckets - 1));
}

// The fastest has risen by so much: what was late against it was that much less late. Fractions of a bucket add up, and
// a fall takes back no more than those.
void PlayoutDelay::lowerHistogram(int64_t micros) {
  toLower_ = std::max<int64_t>(toLower_ + micros, 0);
  const auto by = static_cast<size_t>(std::min<int64_t>(toLower_ / kBucketMicros, kBuckets));
  toLower_ %= kBucketMicros;
  if (by == 0) return;
  for (size_t i = 1; i < bucketsUsed_; ++i) {
    const uint32_t share = std::exchange(histogram_[i], 0);
    histogram_[i > by ? i - by : 0] += share;
  }
  bucketsUsed_ = bucketsUsed_ > by ? bucketsUsed_ - by : std::min<size_t>(bucketsUsed_, 1);
}

void PlayoutDelay::forgetAbove(int64_t lateness) {
  const size_t top = bucketOf(lateness);
  for (size_t i = top + 1; i < bucketsUsed_; ++i) histogram_[top] += std::exchange(histogram_[i], 0);
  bucketsUsed_ = std::min(bucketsUsed_, top + 1);
}

void PlayoutDelay::updateTarget() {
  const uint64_t wanted = uint64_t{kOne} * kPercentile / 100;
  uint64_t sum = 0;
  size_t bucket = 0;
  while (bucket < kBuckets && (sum += histogram_[bucket]) < wanted) ++bucket;
  // The lowest bucket is what an undisturbed path gives: it asks for nothing.
  const int64_t micros = static_cast<int64_t>(bucket) * kBucketMicros + (bucket > 0 ? kBucketMicros : 0);
  target_ = std::clamp(Duration::micros(micros), min_, max_);
}

}  // namespace tincan::media
