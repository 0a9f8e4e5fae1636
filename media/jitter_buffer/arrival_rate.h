#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::media {

/// How fast a stream comes, over the last one to two seconds, and so how long something of a size would take to come. What
/// is not known yet takes no time.
class ArrivalRate {
 public:
  void note(TimePoint now, size_t bytes) {
    if (now - since_ >= kWindow) {
      // After a pause of more than a window, nothing is known.
      before_ = now - since_ < kWindow * 2 ? bytes_ : 0;
      took_ = now - since_;
      bytes_ = 0;
      since_ = now;
    }
    bytes_ += static_cast<int64_t>(bytes);
    latest_ = now;
  }
  Duration timeFor(size_t bytes) const {
    if (before_ == 0) return Duration::zero();
    const Duration time = took_ + (latest_ - since_);
    return Duration::micros(static_cast<int64_t>(bytes) * time.micros() / (before_ + bytes_));
  }

 private:
  static constexpr Duration kWindow = Duration::seconds(1);

  TimePoint since_, latest_;
  Duration took_;
  int64_t before_ = 0, bytes_ = 0;
};

}  // namespace tincan::inline v0::media
