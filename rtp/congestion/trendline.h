#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// Whether the queue on the way grows: the slope of the one-way delay over the last groups, by least squares
/// (draft-ietf-rmcat-gcc-02 §4 filters the same with a Kalman filter; libwebrtc has replaced it by this).
class Trendline {
 public:
  // libwebrtc's: 20 groups are 0.7 s of a 30 Hz video that is paced lightly.
  static constexpr size_t kWindow = 20;
  static constexpr double kSmoothing = 0.9;
  static constexpr double kGain = 4.0;
  static constexpr int kMostDeltas = 60;

  void add(Duration sent, Duration received, TimePoint receivedAt);
  /// Milliseconds, as the detector compares them: slope × gain × number of groups; none before the window is full.
  std::optional<double> value() const { return value_; }
  void reset() { *this = {}; }

 private:
  struct Point {
    double at = 0, delay = 0;  // milliseconds
  };
  std::optional<double> slope() const;

  std::array<Point, kWindow> points_;
  size_t count_ = 0;  // added in all
  int deltas_ = 0;
  double accumulated_ = 0, smoothed_ = 0;
  TimePoint first_;
  std::optional<double> value_;
};

}  // namespace tincan::inline v0::rtp
