#include "sctp/tx/congestion/cubic.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::sctp {
namespace {

constexpr double kBeta = 0.7;                             // RFC 9438 §4.6
constexpr double kC = 0.4;                                // §5
constexpr double kAlpha = 3 * (1 - kBeta) / (1 + kBeta);  // §4.3
constexpr double kInitialPackets = 10;                    // RFC 6928; RFC 9260 §7.2.1 has less for Reno
constexpr double kMinimumPackets = 4;                     // RFC 9260 §7.2.3
constexpr double kUnlimited = 1e15;

}  // namespace

Cubic::Cubic(size_t packet) : packet_(static_cast<double>(packet)) {
  state_.window = kInitialPackets * packet_;
  state_.threshold = kUnlimited;
}

void Cubic::onAck(const AckEvent& event) {
  if (event.inRecovery) return;
  if (!event.windowLimited) {
    // §5.8: time in which the window was not used does not make it grow. The epoch moves by it.
    if (state_.epoch > TimePoint() && lastGrowth_ > TimePoint()) state_.epoch += event.now - lastGrowth_;
    lastGrowth_ = event.now;
    return;
  }
  if (inSlowStart()) {
    const double grown = static_cast<double>(
        hystart_.onAck(event.newestAcked, event.nextTsn, event.rtt.value_or(Duration::infinite()), event.ackedBytes));
    state_.window += grown;
    if (hystart_.done()) state_.threshold = state_.window;
  } else {
    grow(event);
  }
  lastGrowth_ = event.now;
}

void Cubic::startEpoch(TimePoint now) {
  state_.epoch = now;
  state_.estimate = state_.window;
  if (state_.maximum <= state_.window) {  // slow start ended without a loss, or after T3 (§4.8)
    state_.maximum = state_.window;
    state_.k = 0;
  } else {
    state_.k = std::cbrt((state_.maximum - state_.window) / packet_ / kC);  // §4.2
  }
}

void Cubic::grow(const AckEvent& event) {
  if (state_.epoch == TimePoint()) startEpoch(event.now);
  const double acked = static_cast<double>(event.ackedBytes);
  // §4.2: the target is where the window should be a round trip from now, within [cwnd, 1.5 cwnd].
  const double t = (event.now - state_.epoch + event.srtt).toSeconds() - state_.k;
  const double cubic = kC * t * t * t * packet_ + state_.maximum;
  const double target = std::clamp(cubic, state_.window, 1.5 * state_.window);
  // §4.3: what Reno would have.
  const double alpha = state_.estimate >= state_.prior ? 1 : kAlpha;
  state_.estimate += alpha * packet_ * acked / state_.window;
  state_.window += (target - state_.window) * acked / state_.window;
  state_.window = std::max(state_.window, state_.estimate);
}

void Cubic::reduce() {
  before_ = state_;
  state_.prior = state_.window;
  // §4.7: a flow that reduces below its last maximum makes room for others.
  state_.maximum = state_.window < state_.maximum ? state_.window * (1 + kBeta) / 2 : state_.window;
  state_.threshold = std::max(state_.window * kBeta, kMinimumPackets * packet_);
  state_.epoch = TimePoint();
}

void Cubic::onCongestion(TimePoint, size_t) {
  reduce();
  state_.window = state_.threshold;
}

void Cubic::onSpurious(TimePoint now) {
  if (before_.window <= state_.window) return;
  state_ = before_;
  // §4.9.2; the time of the false alarm is not the curve's.
  if (state_.epoch > TimePoint() && lastGrowth_ > TimePoint()) state_.epoch += now - lastGrowth_;
  lastGrowth_ = now;
  before_ = State();
}

void Cubic::onTimeout(TimePoint, size_t, bool again) {
  if (!again) reduce();
  state_.window = packet_;  // RFC 9260 §7.2.3
  state_.epoch = TimePoint();
  state_.maximum = std::min(state_.maximum, state_.threshold);
  hystart_.restart();
}

}  // namespace tincan::inline v0::sctp
