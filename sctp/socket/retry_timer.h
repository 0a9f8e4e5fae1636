#pragma once

#include <algorithm>

#include "base/time.h"

namespace tincan::inline v0::sctp {

/// A timer of something that is sent again until it is answered: T1-init, T1-cookie, T2-shutdown (RFC 9260 §5.1, §9.2).
/// Each time it runs twice as long (§6.3.3, rule E2), up to a bound.
class RetryTimer {
 public:
  void start(TimePoint now, Duration first, Duration most) {
    wait_ = first;
    most_ = most;
    attempts_ = 0;
    deadline_ = now + first;
  }
  void stop() { deadline_ = TimePoint::never(); }
  bool isRunning() const { return !deadline_.isNever(); }
  TimePoint nextTimeout() const { return deadline_; }
  /// True when it has run out: it runs anew, and one more attempt is counted.
  bool expire(TimePoint now) {
    if (deadline_ > now) return false;
    ++attempts_;
    wait_ = std::min(wait_ * 2, most_);
    deadline_ = now + wait_;
    return true;
  }
  /// How often it has run out since it was started.
  unsigned attempts() const { return attempts_; }

 private:
  Duration wait_{};
  Duration most_{};
  TimePoint deadline_ = TimePoint::never();
  unsigned attempts_ = 0;
};

}  // namespace tincan::inline v0::sctp
