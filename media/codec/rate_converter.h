#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "media/resampler.h"

namespace tincan::inline v0::media {

/// A Resampler that gives as much sound as it takes, from the first sample on: what its filter has to wait for comes out
/// as silence in front. Between equal rates it copies.
class RateConverter {
 public:
  static Result<RateConverter> create(int inputRate, int outputRate, int channels);
  /// `out` is replaced.
  void convert(std::span<const int16_t> samples, std::vector<int16_t>& out);

 private:
  explicit RateConverter(std::optional<Resampler> resampler) : resampler_(std::move(resampler)) {}
  std::optional<Resampler> resampler_;
};

}  // namespace tincan::inline v0::media
