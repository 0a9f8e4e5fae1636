#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tincan::inline v0::media {

/// How late things were, in buckets of 10 ms, each new one at the cost of all before. Integer arithmetic only.
class LatenessHistogram {
 public:
  /// Forgets one part in 2^`forgetShift` with each addition; the first ones weigh as much as all before them.
  explicit LatenessHistogram(uint32_t forgetShift) : forgetShift_(forgetShift) {}

  void add(int64_t micros);
  /// All was so many µs less late. Fractions of a bucket add up; a negative number takes back no more than those.
  void lower(int64_t micros);
  void forgetAbove(int64_t micros);
  void reset();
  void keepShares() { toLower_ = 0; }
  /// In µs, the upper end of the bucket in which so many percent are reached; 0 for the lowest bucket: that is what an
  /// undisturbed path gives.
  int64_t quantile(uint32_t percent) const;

 private:
  static constexpr size_t kBuckets = 100;
  static constexpr int64_t kBucketMicros = 10'000;
  static constexpr uint32_t kOne = uint32_t{1} << 30;

  static size_t bucketOf(int64_t micros);

  uint32_t forgetShift_;
  std::array<uint32_t, kBuckets> shares_{};  // of kOne
  size_t used_ = 0;                          // those behind them hold nothing
  uint32_t samples_ = 0;
  int64_t toLower_ = 0;  // less than a bucket
};

}  // namespace tincan::inline v0::media
