#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::sctp {

/// HyStart++ (RFC 9406): leaves slow start when the round trips grow, by way of a slower growth that is taken back if it was
/// jitter.
///
///     kSlowStart ── RTT up by an eighth ──> kConservative ── five rounds ──> kDone
///          ^                                     │
///          └────── RTT down again ───────────────┘
class HyStart {
 public:
  /// Of a SACK in slow start; `rtt` infinite: none measured. Returns the bytes by which the window grows.
  size_t onAck(int64_t newestAcked, int64_t nextTsn, Duration rtt, size_t ackedBytes) {
    if (newestAcked >= roundEnd_) startRound(nextTsn);
    if (rtt < Duration::infinite()) {
      current_ = std::min(current_, rtt);
      ++samples_;
    }
    if (phase_ == Phase::kSlowStart && samples_ >= kSamples && last_ < Duration::infinite()) {
      const Duration threshold = std::clamp(last_ / 8, Duration::millis(4), Duration::millis(16));  // §4.3
      if (current_ >= last_ + threshold) {
        phase_ = Phase::kConservative;
        baseline_ = current_;
        rounds_ = 0;
      }
    } else if (phase_ == Phase::kConservative && samples_ >= kSamples && current_ < baseline_) {
      phase_ = Phase::kSlowStart;
    }
    // §4.2: L is without a limit where packets are paced.
    return phase_ == Phase::kConservative ? ackedBytes / kConservativeDivisor : ackedBytes;
  }
  bool done() const { return phase_ == Phase::kDone; }
  /// Slow start begins anew: after T3.
  void restart() { *this = HyStart(); }

 private:
  enum class Phase : uint8_t { kSlowStart, kConservative, kDone };
  static constexpr int kSamples = 8;                 // N_RTT_SAMPLE
  static constexpr size_t kConservativeDivisor = 4;  // CSS_GROWTH_DIVISOR
  static constexpr int kConservativeRounds = 5;      // CSS_ROUNDS

  void startRound(int64_t nextTsn) {
    roundEnd_ = nextTsn;
    last_ = current_;
    current_ = Duration::infinite();
    samples_ = 0;
    if (phase_ == Phase::kConservative && ++rounds_ >= kConservativeRounds) phase_ = Phase::kDone;
  }

  Phase phase_ = Phase::kSlowStart;
  int64_t roundEnd_ = INT64_MIN;
  Duration last_ = Duration::infinite();
  Duration current_ = Duration::infinite();
  Duration baseline_ = Duration::infinite();
  int samples_ = 0;
  int rounds_ = 0;
};

}  // namespace tincan::inline v0::sctp
