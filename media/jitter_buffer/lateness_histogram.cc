#include "media/jitter_buffer/lateness_histogram.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::media {

void LatenessHistogram::reset() {
  shares_.fill(0);
  used_ = 0;
  samples_ = 0;
  toLower_ = 0;
}

void LatenessHistogram::add(int64_t micros) {
  samples_ = std::min(samples_ + 1, uint32_t{1} << forgetShift_);
  const uint32_t weight = kOne / samples_;
  uint32_t sum = 0;
  for (size_t i = 0; i < used_; ++i) {
    uint32_t& share = shares_[i];
    share -= static_cast<uint32_t>(uint64_t{share} * weight / kOne);
    sum += share;
  }
  const size_t bucket = bucketOf(micros);
  used_ = std::max(used_, bucket + 1);
  shares_[bucket] += kOne - std::min(kOne, sum);
}

size_t LatenessHistogram::bucketOf(int64_t micros) {
  return static_cast<size_t>(std::clamp<int64_t>(micros / kBucketMicros, 0, kBuckets - 1));
}

void LatenessHistogram::lower(int64_t micros) {
  toLower_ = std::max<int64_t>(toLower_ + micros, 0);
  const auto by = static_cast<size_t>(std::min<int64_t>(toLower_ / kBucketMicros, kBuckets));
  toLower_ %= kBucketMicros;
  if (by == 0) return;
  for (size_t i = 1; i < used_; ++i) {
    const uint32_t share = std::exchange(shares_[i], 0);
    shares_[i > by ? i - by : 0] += share;
  }
  used_ = used_ > by ? used_ - by : std::min<size_t>(used_, 1);
}

void LatenessHistogram::forgetAbove(int64_t micros) {
  const size_t top = bucketOf(micros);
  for (size_t i = top + 1; i < used_; ++i) shares_[top] += std::exchange(shares_[i], 0);
  used_ = std::min(used_, top + 1);
}

int64_t LatenessHistogram::quantile(uint32_t percent) const {
  if (samples_ == 0) return 0;
  const uint64_t wanted = uint64_t{kOne} * percent / 100;
  uint64_t sum = 0;
  size_t bucket = 0;
  while (bucket + 1 < kBuckets && (sum += shares_[bucket]) < wanted) ++bucket;
  return bucket > 0 ? static_cast<int64_t>(bucket + 1) * kBucketMicros : 0;
}

}  // namespace tincan::inline v0::media
