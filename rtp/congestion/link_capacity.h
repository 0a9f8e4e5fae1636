#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

namespace tincan::inline v0::rtp {

/// What the line carries, by the rates that arrived when it was full; with how much they differ from each other
/// (draft-ietf-rmcat-gcc-02 §5.5: near that average a sender goes slowly). In bits a second.
class LinkCapacity {
 public:
  // libwebrtc's: the deviation is relative to the mean, which it keeps between 0.4 and 2.5 (of kilobits).
  static constexpr double kSmoothing = 0.05, kProbeSmoothing = 0.5;
  static constexpr double kLeastVariance = 0.4, kMostVariance = 2.5;

  void onOveruse(double acknowledged) { update(acknowledged, kSmoothing); }
  void onProbe(double measured) { update(measured, kProbeSmoothing); }
  void reset() { *this = {}; }

  bool known() const { return mean_.has_value(); }
  double mean() const { return mean_.value_or(0) * 1000; }
  /// Three standard deviations around the mean; all there is while nothing is known.
  double upper() const { return mean_ ? (*mean_ + 3 * deviation()) * 1000 : HUGE_VAL; }
  double lower() const { return mean_ ? std::max(0.0, *mean_ - 3 * deviation()) * 1000 : 0; }

 private:
  double deviation() const { return std::sqrt(variance_ * *mean_); }
  void update(double rate, double smoothing) {
    const double sample = rate / 1000;
    mean_ = mean_ ? (1 - smoothing) * *mean_ + smoothing * sample : sample;
    const double norm = std::max(*mean_, 1.0);
    const double error = *mean_ - sample;
    variance_ =
        std::clamp((1 - smoothing) * variance_ + smoothing * error * error / norm, kLeastVariance, kMostVariance);
  }

  std::optional<double> mean_;
  double variance_ = kLeastVariance;
};

}  // namespace tincan::inline v0::rtp
