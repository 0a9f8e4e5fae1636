#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace tincan::inline v0::media {

/// Something like a voice, 48 kHz mono: a pitch that glides between 100 and 190 Hz with overtones under two moving
/// formants, in syllables of a quarter second. With `pauses` it speaks for 2 s and is silent for 1 s.
inline std::vector<int16_t> syntheticVoice(int seconds, bool pauses) {
  constexpr int kRate = 48'000, kOvertones = 24;
  std::array<float, 4096> sine{};
  for (size_t i = 0; i < sine.size(); ++i)
    sine[i] = static_cast<float>(std::sin(2 * std::numbers::pi * static_cast<double>(i) / sine.size()));
  std::vector<int16_t> out(static_cast<size_t>(seconds) * kRate);
  std::array<double, kOvertones + 1> gain{};
  double phase = 0;
  for (size_t n = 0; n < out.size(); ++n) {
    const double t = static_cast<double>(n) / kRate;
    const double pitch = 145 + 30 * std::sin(t * 4.1) + 15 * std::sin(t * 1.3);
    if (n % 480 == 0) {
      const double first = 600 + 250 * std::sin(t * 9), second = 1'700 + 500 * std::sin(t * 6.1);
      for (int k = 1; k <= kOvertones; ++k) {
        const double f = pitch * k;
        const auto formant = [f](double at, double width) { return 1 / (1 + std::pow((f - at) / width, 2)); };
        gain[static_cast<size_t>(k)] = (formant(first, 120) + 0.5 * formant(second, 180) + 0.05) / std::sqrt(k);
      }
    }
    phase += pitch / kRate;
    phase -= std::floor(phase);
    if (pauses && std::fmod(t, 3) >= 2) continue;
    const double syllable = std::fmod(t * 4, 1);
    const double envelope = 0.15 + 0.85 * std::sin(std::numbers::pi * syllable);
    float value = 0;
    for (int k = 1; k <= kOvertones; ++k)
      value += static_cast<float>(gain[static_cast<size_t>(k)]) *
               sine[static_cast<size_t>(phase * k * sine.size()) % sine.size()];
    out[n] = static_cast<int16_t>(std::lround(4'500 * envelope * value));
  }
  return out;
}

}  // namespace tincan::inline v0::media
