#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>

namespace tincan::inline v0::media {

/// How loud 16 bands from 100 Hz to 8 kHz are, in dB of full scale, of some 20 ms of mono sound at 48 kHz.
class BandLevels {
 public:
  static constexpr size_t kBands = 16, kSize = 1024;
  static constexpr double kFloor = -90;

  static std::array<double, kBands> of(std::span<const int16_t> sound) {
    double re[kSize] = {}, im[kSize] = {};
    const size_t count = std::min(sound.size(), kSize);
    double weight = 0;
    for (size_t i = 0; i < count; ++i) {
      const double w =
          0.5 - 0.5 * std::cos(2 * std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(count));
      re[i] = w * sound[i] / 32'768;
      weight += w * w;
    }
    transform(re, im);
    std::array<double, kBands> levels{};
    for (size_t band = 0; band < kBands; ++band) {
      const size_t from = edge(band), to = std::max(edge(band + 1), from + 1);
      double energy = 0;
      for (size_t i = from; i < to; ++i) energy += re[i] * re[i] + im[i] * im[i];
      levels[band] = std::max(kFloor, 10 * std::log10(energy / (std::max(weight, 1.0) * kSize) + 1e-12));
    }
    return levels;
  }

 private:
  static size_t edge(size_t band) {
    const double hertz = 100 * std::pow(80.0, static_cast<double>(band) / kBands);
    return static_cast<size_t>(hertz * kSize / 48'000 + 0.5);
  }
  // Radix 2, in place; plain arrays, since tests are built without optimisation.
  static void transform(double* re, double* im) {
    static const Twiddles twiddles;
    for (size_t i = 1, j = 0; i < kSize; ++i) {
      size_t bit = kSize >> 1;
      for (; j & bit; bit >>= 1) j ^= bit;
      j ^= bit;
      if (i < j) std::swap(re[i], re[j]);
    }
    for (size_t length = 2; length <= kSize; length <<= 1) {
      const size_t half = length / 2, stride = kSize / length;
      for (size_t i = 0; i < kSize; i += length) {
        for (size_t j = 0; j < half; ++j) {
          const double c = twiddles.cos[j * stride], s = twiddles.sin[j * stride];
          const size_t a = i + j, b = a + half;
          const double x = re[b] * c + im[b] * s, y = im[b] * c - re[b] * s;
          re[b] = re[a] - x;
          im[b] = im[a] - y;
          re[a] += x;
          im[a] += y;
        }
      }
    }
  }
  struct Twiddles {
    Twiddles() {
      for (size_t i = 0; i < kSize / 2; ++i) {
        cos[i] = std::cos(2 * std::numbers::pi * static_cast<double>(i) / kSize);
        sin[i] = std::sin(2 * std::numbers::pi * static_cast<double>(i) / kSize);
      }
    }
    double cos[kSize / 2], sin[kSize / 2];
  };
};

/// The mean difference of the bands of two sounds, in dB; what lies 40 dB under the loudest band sent counts as that.
inline double spectralDistance(std::span<const int16_t> sent, std::span<const int16_t> heard) {
  const auto a = BandLevels::of(sent), b = BandLevels::of(heard);
  const double floor = *std::max_element(a.begin(), a.end()) - 40;
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(std::max(a[i], floor) - std::max(b[i], floor));
  return sum / static_cast<double>(a.size());
}

}  // namespace tincan::inline v0::media
