#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::media {

/// How long pictures take from when they are due to when they are there, where decoders work elsewhere: what 95 of 100
/// of the last 300 did (10 s at 30 pictures a second, as libwebrtc has it). Found anew each 30 pictures.
class DecodeTime {
 public:
  void note(Duration took) {
    times_[count_++ % times_.size()] = std::max(took, Duration::zero());
    if (count_ % kEach != 0) return;
    auto sorted = times_;
    const size_t held = std::min<size_t>(count_, times_.size());
    const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(held * 95 / 100);
    std::nth_element(sorted.begin(), at, sorted.begin() + static_cast<std::ptrdiff_t>(held));
    usual_ = *at;
  }
  Duration usual() const { return usual_; }

 private:
  static constexpr size_t kEach = 30;

  std::array<Duration, 300> times_{};
  size_t count_ = 0;
  Duration usual_;
};

}  // namespace tincan::inline v0::media
