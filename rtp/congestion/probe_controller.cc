#include "rtp/congestion/probe_controller.h"

#include <algorithm>

namespace tincan::inline v0::rtp {

void ProbeController::reset() {
  // Ids go on: what is still on its way belongs to none of the new clusters.
  const uint32_t lastId = lastId_;
  const RateLimits limits = limits_;
  const uint64_t wanted = wanted_;
  *this = {};
  lastId_ = lastId;
  limits_ = limits;
  wanted_ = wanted;
}

uint64_t ProbeController::most() const {
  const auto wanted = static_cast<uint64_t>(kOfWanted * static_cast<double>(wanted_));
  return std::min(limits_.most, wanted_ == 0 ? kMostWithoutLimit : wanted);
}

bool ProbeController::probe(TimePoint now, double rate, bool further, Duration duration) {
  if (rate >= static_cast<double>(most())) {
    rate = static_cast<double>(most());
    further = false;
  }
  if (due_.size() >= 2) return false;
  ProbeCluster cluster;
  cluster.id = ++lastId_ == 0 ? ++lastId_ : lastId_;
  cluster.rate = static_cast<uint64_t>(rate);
  if (duration > Duration::zero()) cluster.duration = duration;
  due_.pushBack(cluster);
  largest_ = std::max(state_ == State::kWaiting ? largest_ : 0.0, rate);
  state_ = State::kWaiting;
  further_ = further;
  probedAt_ = now;
  next_ = now + kWait;
  return true;
}

void ProbeController::start(TimePoint now, uint64_t startRate) {
  if (state_ != State::kInitial) return;
  estimateWhenProbed_ = startRate;
  beganAt_ = now;
  probedWanted_ = wanted_;
  probe(now, kFirst * static_cast<double>(startRate));
  if (kFirst * static_cast<double>(startRate) < static_cast<double>(most())) {
    probe(now, kSecond * static_cast<double>(startRate));
  }
}

void ProbeController::onResult(const Line& line, uint32_t cluster, double rate, bool saturated) {
  if (rate > kWorthwhile * static_cast<double>(estimateWhenProbed_)) fruitful_ = true;
  // The last cluster of those that are out decides: earlier ones are smaller.
  if (state_ != State::kWaiting || cluster != lastId_) return;
  const bool believed = !saturated || rate >= kHardlySaturated * largest_ || begins(line.now);
  const bool good = believed && rate >= kGoOnAbove * largest_ && rate < 0.98 * static_cast<double>(most());
  if (!good || !further_) {
    if (beginning_ && saturated) confirmAt_ = line.now + kConfirmAfter;
    beginning_ = false;
    return;
  }
  state_ = State::kSettled;
  estimateWhenProbed_ = static_cast<uint64_t>(rate);
  probe(line.now, kFurther * rate);
}

bool ProbeController::confirm(const Line& line) {
  if (line.now < confirmAt_ || !line.mayProbe || line.draining || !line.shortQueue) return false;
  confirmAt_ = TimePoint::never();
  estimateWhenProbed_ = line.estimate;
  state_ = State::kSettled;
  return probe(line.now, kConfirm * static_cast<double>(line.estimate), false, kLongCluster);
}

void ProbeController::update(const Line& line) {
  if (state_ == State::kInitial || confirm(line)) return;
  if (state_ == State::kWaiting) {
    if (line.now - probedAt_ < kWait) return;
    state_ = State::kSettled;
    steadyInterval_ = fruitful_ ? kWait : std::clamp(steadyInterval_ * 2, kSteadyInterval, kLongestSteadyInterval);
    fruitful_ = false;
  }
  next_ = line.now + Duration::seconds(1);
  if (!line.mayProbe || line.draining || line.estimate >= most()) return;
  const auto estimate = static_cast<double>(line.estimate);
  estimateWhenProbed_ = line.estimate;
  if (fall_) {
    const Fall fall = *fall_;
    fall_.reset();
    if (line.now - fall.at <= kFallWindow) {
      const double rate = kAfterFall * static_cast<double>(fall.before);
      if (rate > estimate * kWorthwhile && probe(line.now, rate, fall.further)) return;
    }
  }
  const bool moreWanted = wanted_ > probedWanted_;
  const Duration interval = line.applicationLimited ? kLimitedInterval : steadyInterval_;
  if (line.now - probedAt_ < interval && !(moreWanted && line.applicationLimited)) return;
  if (!line.applicationLimited && !line.roomy) return;
  probedWanted_ = wanted_;
  probe(line.now, kFurther * estimate);
}

void ProbeController::onDrop(TimePoint now, uint64_t before, uint64_t after) {
  if (static_cast<double>(after) < kFall * static_cast<double>(before)) fall_ = Fall{now, before, true};
}

}  // namespace tincan::inline v0::rtp
