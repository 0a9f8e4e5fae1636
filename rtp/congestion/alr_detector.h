#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::rtp {

/// Whether the application sends less than it may ("application-limited region"): then its rate says nothing of the line.
/// A budget fills with what might be sent, and what is sent is paid for out of it.
class AlrDetector {
 public:
  // libwebrtc's: limited below 65 % of the estimate, from when four fifths of half a second's budget are left, until half.
  static constexpr double kUsage = 0.65, kStart = 0.8, kStop = 0.5;
  static constexpr Duration kWindow = Duration::millis(500);

  void setEstimate(TimePoint now, double bitsPerSecond) {
    settle(now);
    rate_ = bitsPerSecond * kUsage;
    level_ = std::clamp(level_, -capacity(), capacity());
  }
  void onSent(TimePoint now, size_t bytes) {
    settle(now);
    level_ = std::max(level_ - static_cast<double>(bytes) * 8, -capacity());
    judge(now);
  }
  void settle(TimePoint now) {
    const double seconds = std::clamp((now - settled_).toSeconds(), 0.0, 1.0);
    settled_ = now;
    level_ = std::min(level_ + rate_ * seconds, capacity());
    judge(now);
  }
  bool limited() const { return limited_; }
  /// When it last stopped being limited; never() before that.
  TimePoint stoppedAt() const { return stoppedAt_; }
  TimePoint startedAt() const { return startedAt_; }

 private:
  double capacity() const { return rate_ * kWindow.toSeconds(); }
  void judge(TimePoint now) {
    if (capacity() <= 0) return;
    const double left = level_ / capacity();
    if (!limited_ && left > kStart) {
      limited_ = true;
      startedAt_ = now;
    } else if (limited_ && left < kStop) {
      limited_ = false;
      stoppedAt_ = now;
    }
  }

  double rate_ = 0, level_ = 0;  // bits a second, bits
  TimePoint settled_, startedAt_;
  TimePoint stoppedAt_ = TimePoint::never();
  bool limited_ = false;
};

}  // namespace tincan::inline v0::rtp
