#include "media/codec/rate_converter.h"

#include <cstddef>
#include <utility>

namespace tincan::inline v0::media {
namespace {

constexpr size_t kAll = SIZE_MAX;

}  // namespace

Result<RateConverter> RateConverter::create(int inputRate, int outputRate, int channels) {
  if (inputRate == outputRate) return RateConverter(std::nullopt);
  auto resampler = Resampler::create(inputRate, outputRate, channels);
  if (!resampler) return resampler.error();
  const std::vector<int16_t> silence(static_cast<size_t>(channels));
  std::vector<int16_t> dropped;
  while (resampler->pull(kAll, dropped) == 0) resampler->push(silence);
  return RateConverter(std::move(*resampler));
}

void RateConverter::convert(std::span<const int16_t> samples, std::vector<int16_t>& out) {
  out.clear();
  if (!resampler_) {
    out.assign(samples.begin(), samples.end());
    return;
  }
  resampler_->push(samples);
  resampler_->pull(kAll, out);
}

}  // namespace tincan::inline v0::media
