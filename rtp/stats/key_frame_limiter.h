#pragma once

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// Spaces the keyframes that a sender makes when it is asked: never two within 200 ms; a wish that comes too soon waits.
/// (Who asks has KeyFrameWish.)
class KeyFrameLimiter {
 public:
  explicit KeyFrameLimiter(Duration minInterval = Duration::millis(200)) : minInterval_(minInterval) {}

  /// A keyframe is wanted.
  void want() { wanted_ = true; }
  /// A keyframe was made: no wish is left.
  void satisfied() { wanted_ = false; }
  /// True when it is to be made now; it then counts as made.
  bool poll(TimePoint now) {
    if (!wanted_ || now < nextAllowed_) return false;
    wanted_ = false;
    nextAllowed_ = now + minInterval_;
    return true;
  }
  TimePoint nextTimeout() const { return wanted_ ? nextAllowed_ : TimePoint::never(); }
  bool wanted() const { return wanted_; }

 private:
  Duration minInterval_;
  TimePoint nextAllowed_;
  bool wanted_ = false;
};

}  // namespace tincan::inline v0::rtp
