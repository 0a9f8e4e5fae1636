#pragma once

#include <optional>

namespace tincan::inline v0::session {

/// The share of packets that get lost, out of reports that each look at a second or so and therefore scatter: quick to
/// rise, by a half of the way with each report, and slow to fall, by a quarter.
class SmoothedLoss {
 public:
  void onReport(double fractionLost) {
    const double before = loss_.value_or(fractionLost);
    loss_ = before + (fractionLost - before) * (fractionLost > before ? 0.5 : 0.25);
  }
  /// 0 before there is a report.
  double value() const { return loss_.value_or(0); }

 private:
  std::optional<double> loss_;
};

}  // namespace tincan::inline v0::session
