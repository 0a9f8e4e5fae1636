#pragma once

#include <algorithm>

#include "base/time.h"

namespace tincan::inline v0::sctp {

/// The lowest value of the last `window`, to within half of it: of two halves, the older one goes as a whole.
class WindowedMinimum {
 public:
  explicit WindowedMinimum(Duration window) : half_(window / 2) {}

  void update(TimePoint now, Duration value) {
    if (now - start_ >= half_) {
      older_ = now - start_ >= half_ * 2 ? Duration::infinite() : newer_;
      newer_ = Duration::infinite();
      start_ = now;
    }
    newer_ = std::min(newer_, value);
  }
  /// Infinite: there was none.
  Duration value() const { return std::min(older_, newer_); }

 private:
  Duration half_;
  TimePoint start_{};
  Duration older_ = Duration::infinite();
  Duration newer_ = Duration::infinite();
};

/// SRTT and RTO (RFC 9260 §6.3.1), fed by every SACK that acknowledges a chunk sent once.
class RttEstimator {
 public:
  RttEstimator(Duration initialRto, Duration minRto, Duration maxRto)
      : minRto_(minRto), maxRto_(maxRto), rto_(initialRto) {}

  void onSample(TimePoint now, Duration rtt) {
    rtt = std::clamp(rtt, Duration::micros(1), maxRto_);  // C5's clock has one microsecond
    latest_ = rtt;
    minimum_.update(now, rtt);
    if (srtt_ == Duration::zero()) {  // C2
      srtt_ = rtt;
      variation_ = rtt / 2;
      roundEnd_ = now + srtt_;
    } else {  // C3: alpha 1/8, beta 1/4
      const Duration deviation = srtt_ > rtt ? srtt_ - rtt : rtt - srtt_;
      srtt_ = (srtt_ * 7 + rtt) / 8;
      // C4 wants a sample a round trip. We have many: the worst of a round counts, so that a burst of SACKs does not make
      // the variation vanish.
      worst_ = std::max(worst_, deviation);
      if (worst_ > variation_) {
        variation_ = worst_;
      } else if (now >= roundEnd_) {
        variation_ = (variation_ * 3 + worst_) / 4;
      }
      if (now >= roundEnd_) {
        worst_ = Duration::zero();
        roundEnd_ = now + srtt_;
      }
    }
    // A SACK for a single packet may be held back by 200 ms (§6.2): what is less than that is no sign of loss.
    rto_ = std::clamp(srtt_ + std::max(variation_ * 4, kDelayedSack), minRto_, maxRto_);  // C6, C7
  }
  /// T3 expired (§6.3.3 E2).
  void backOff() { rto_ = std::min(rto_ * 2, maxRto_); }

  bool measured() const { return srtt_ > Duration::zero(); }
  Duration srtt() const { return srtt_; }
  Duration latest() const { return latest_; }
  Duration rto() const { return rto_; }
  /// Of the last 10 to 20 seconds; infinite before the first sample.
  Duration minimum() const { return minimum_.value(); }

  static constexpr Duration kDelayedSack = Duration::millis(200);

 private:
  Duration minRto_;
  Duration maxRto_;
  Duration rto_;
  Duration srtt_{};
  Duration variation_{};
  Duration latest_{};
  Duration worst_{};
  TimePoint roundEnd_{};
  WindowedMinimum minimum_{Duration::seconds(20)};
};

}  // namespace tincan::inline v0::sctp
