#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>

namespace tincan::inline v0::media {

/// The amplitude (1 = full scale) of one frequency in mono sound at 48 kHz: a single bin of a Fourier transform, with a
/// Hann window, so that neighbours do not leak in.
inline double goertzel(std::span<const int16_t> samples, double frequency) {
  const double step = 2 * std::numbers::pi * frequency / 48'000;
  double re = 0, im = 0, weight = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const auto n = static_cast<double>(i);
    const double w = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / static_cast<double>(samples.size()));
    re += w * samples[i] * std::cos(step * n);
    im += w * samples[i] * std::sin(step * n);
    weight += w;
  }
  return 2 * std::hypot(re, im) / weight / 32'768;
}

}  // namespace tincan::inline v0::media
