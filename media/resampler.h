#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace tincan::inline v0::media {

/// Changes the sample rate of a stream by a rational factor: a windowed-sinc low-pass, one phase of it for each output
/// position between two input samples. Latency: half of the filter's length, which is made up for at the start.
class Resampler {
 public:
  /// kUnsupported when the rates have so little in common that the table would be large.
  static Result<Resampler> create(int inputRate, int outputRate, int channels);

  /// Interleaved input, of any length; whole sample frames.
  void push(std::span<const int16_t> samples);
  /// Appends up to `frames` sample frames to `out`; how many there were.
  size_t pull(size_t frames, std::vector<int16_t>& out);

 private:
  Resampler(int inputRate, int outputRate, int channels);
  void buildTable(double cutoff);
  size_t ready() const;

  size_t channels_;
  size_t up_;    // output phases an input sample
  size_t down_;  // phases an output sample
  size_t taps_;  // of one phase
  std::vector<float> table_;
  std::vector<float> input_;  // interleaved; what the filter still needs
  size_t phase_ = 0;          // of the next output sample, from the first of input_
  size_t skip_ = 0;           // input frames still to come that no output needs
};

}  // namespace tincan::inline v0::media
