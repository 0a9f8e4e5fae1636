#pragma once

#include <algorithm>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// Spaces keyframe requests (PLI, FIR): at most one a round trip, and never two within 200 ms; a wish that comes too
/// soon waits. The sending side uses it the same way, for the keyframes that it makes when asked.
class KeyFrameLimiter {
 public:
  explicit KeyFrameLimiter(Duration minInterval = Duration::millis(200)) : minInterval_(minInterval) {}

  void setRoundTripTime(Duration rtt) { rtt_ = rtt; }
  /// A keyframe is wanted.
  void want() { wanted_ = true; }
  /// A keyframe has come (or was made): no wish is left.
  void satisfied() { wanted_ = false; }
  /// True when the request is to go out now; it then counts as sent.
  bool poll(TimePoint now) {
    if (!wanted_ || now < nextAllowed_) return false;
    wanted_ = false;
    nextAllowed_ = now + std::clamp(rtt_, minInterval_, std::max(minInterval_, kMaxInterval));
    return true;
  }
  TimePoint nextTimeout() const { return wanted_ ? nextAllowed_ : TimePoint::never(); }
  bool wanted() const { return wanted_; }

 private:
  static constexpr Duration kMaxInterval = Duration::seconds(2);  // whatever the round trip is said to be

  Duration minInterval_;
  Duration rtt_;
  TimePoint nextAllowed_;
  bool wanted_ = false;
};

}  // namespace tincan::inline v0::rtp
