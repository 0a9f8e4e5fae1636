#include "stack/encoder_load.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {

void EncoderLoad::note(TimePoint now, const Sums& sums, bool hasLess, double growth) {
  if (windowFrom_.isNever()) {
    windowFrom_ = now;
    before_ = sums;
    return;
  }
  const Duration window = now - windowFrom_;
  if (window < kWindow) return;
  const Sums before = std::exchange(before_, sums);
  windowFrom_ = now;
  const auto pictures = static_cast<double>(sums.pictures - before.pictures);
  const auto overtaken = static_cast<double>(sums.overtaken - before.overtaken);
  if (pictures > 0 && overtaken >= kOvertaken * pictures) {
    easySince_ = TimePoint::never();
    if (++late_ < kInARow) return;
    late_ = 0;
    if (hasLess) down(now);
    return;
  }
  late_ = 0;
  const double busy = (sums.busy - before.busy).toSeconds() / window.toSeconds();
  if (step_ == 0 || busy * growth >= kBusy) {
    easySince_ = TimePoint::never();
    return;
  }
  easySince_ = std::min(easySince_, now - window);
  if (now - easySince_ < wait_) return;
  --step_;
  raisedAt_ = now;
  easySince_ = TimePoint::never();
}

// What had been taken back too soon is tried again later.
void EncoderLoad::down(TimePoint now) {
  ++step_;
  const bool relapse = !raisedAt_.isNever() && now - raisedAt_ < wait_ * 2;
  wait_ = relapse ? std::min(wait_ * 2, kLongestWait) : kUpAfter;
}

}  // namespace tincan::inline v0::stack
