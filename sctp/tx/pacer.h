#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/time.h"

namespace tincan::inline v0::sctp {

/// Spreads packets in time, in batches: as many as leave in a millisecond, from 2 to 16 of them. A socket's default buffer
/// holds about 90 packets, and a batch shares its system calls.
class Pacer {
 public:
  /// 0: not paced.
  void setRate(uint64_t bytesPerSecond) { rate_ = bytesPerSecond; }
  void setPacket(size_t bytes) { packet_ = static_cast<double>(bytes); }
  uint64_t rate() const { return rate_; }

  bool allows(TimePoint now) const { return rate_ == 0 || batch_ > 0 || at(now) >= next_; }
  /// When allows() will say yes.
  TimePoint release() const { return TimePoint::fromMicros(static_cast<int64_t>(next_) + 1); }
  void onSent(TimePoint now, size_t bytes) {
    if (rate_ == 0) return;
    const double rate = static_cast<double>(rate_);
    const bool waited = std::exchange(waiting_, false);
    if (batch_ <= 0) {
      batch_ = std::clamp(rate * kBatchTime, 2 * packet_, 16 * packet_);
      // Who was woken late catches up; who had nothing to send does not.
      next_ = std::max(next_, at(now) - (waited ? kLateness : 0));
    }
    batch_ -= static_cast<double>(bytes);
    next_ += static_cast<double>(bytes) * 1e6 / rate;
  }
  /// There is more to send, and only the pacer is against it.
  void wait() { waiting_ = true; }
  /// Nothing more to send: the next time a batch begins anew.
  void pause() { batch_ = 0; }

 private:
  static constexpr double kBatchTime = 0.001;  // s
  static constexpr double kLateness = 1000;    // µs
  static double at(TimePoint now) { return static_cast<double>(now.micros()); }

  uint64_t rate_ = 0;
  double packet_ = 1191;
  double batch_ = 0;  // bytes left of it
  double next_ = 0;   // µs: when all that was sent has left at the rate
  bool waiting_ = false;
};

}  // namespace tincan::inline v0::sctp
