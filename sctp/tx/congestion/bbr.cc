// The states of BBR, and what follows from them. Sections are those of draft-ietf-ccwg-bbr-06.
#include "sctp/tx/congestion/bbr.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tincan::inline v0::sctp {
namespace {

constexpr double kInitialPackets = 10;       // RFC 6928
constexpr double kStartupPacingGain = 2.77;  // 4 ln 2 (§5.6.1, as the others here)
constexpr double kPacingMargin = 0.99;       // §5.6.2
constexpr int kStartupLossRanges = 6;        // §5.3.1.3: BBR.StartupFullLossCnt
constexpr uint64_t kMaxProbeRounds = 63;     // §5.3.3.8
constexpr double kMaxCrowdedWait = 8;        // s
constexpr double kProbeRttGain = 0.5;        // §5.3.4
constexpr Duration kProbeRttTime = Duration::millis(200);

}  // namespace

Bbr::Bbr(size_t packet, uint64_t seed)
    : random_(seed),
      packet_(static_cast<double>(packet)),
      initialWindow_(kInitialPackets * packet_),
      window_(initialWindow_) {}

bool Bbr::inProbeBw() const {
  return state_ == State::kDown || state_ == State::kCruise || state_ == State::kRefill || state_ == State::kUp;
}

bool Bbr::isProbing() const {
  return state_ == State::kStartup || state_ == State::kRefill || state_ == State::kUp;
}

double Bbr::pacingGain() const {
  switch (state_) {
    case State::kStartup: return kStartupPacingGain;
    case State::kDrain: return 0.5;
    case State::kDown: return 0.90;
    case State::kUp: return 1.25;
    case State::kCruise:
    case State::kRefill:
    case State::kProbeRtt: break;
  }
  return 1;
}

double Bbr::windowGain() const {
  if (state_ == State::kProbeRtt) return kProbeRttGain;
  return state_ == State::kUp ? 2.25 : 2;
}

uint64_t Bbr::pacingRate(Duration srtt) const {
  if (pace_ > 0) return static_cast<uint64_t>(pace_);
  // §5.6.2: before anything was delivered, the first window in a round trip.
  return static_cast<uint64_t>(kStartupPacingGain * initialWindow_ / std::max(srtt, Duration::millis(1)).toSeconds());
}

void Bbr::onSent(TimePoint now, size_t, size_t inFlightBefore, bool appLimited) {
  if (inFlightBefore > 0 || !appLimited) return;
  // §5.4.1: after a silence, no faster than what the path delivers.
  idleRestart_ = true;
  extraStart_ = now;
  extraDelivered_ = 0;
  if (inProbeBw()) {
    setPacing(1);
  } else if (state_ == State::kProbeRtt) {
    checkProbeRttDone(now);
  }
}

void Bbr::onAck(const AckEvent& event) {
  delivered_ = event.delivered;
  updateLatest(event);
  updateCongestion(event);
  updateAggregation(event);
  updateFullBandwidth(event);
  checkStartup(event);
  updateCycle(event);
  updateMinRtt(event);
  checkProbeRtt(event);
  if (lossRoundStart_) {
    latestBandwidth_ = static_cast<double>(event.rate.bytesPerSecond);
    latestInflight_ = static_cast<double>(event.rate.delivered);
  }
  // §5.6.2: what a first message of a few bytes says of the path holds nothing back: the pace only rises in Startup, from
  // that of the first window on.
  if (pace_ == 0) pace_ = static_cast<double>(pacingRate(event.srtt));
  setPacing(pacingGain());
  setWindow(event);
}

void Bbr::checkStartup(const AckEvent& event) {
  if (state_ == State::kStartup) {
    // §5.3.1.3: a round with losses in many places, and too many of them.
    if (lossRoundStart_ && lossRanges_ >= kStartupLossRanges && tooHigh(event.rate.lost, event.rate.inFlight)) {
      fullReached_ = true;
      longInflight_ = std::max(product(maxBandwidth()), latestInflight_);
      undo_ = Undo::kStartup;
    }
    if (fullReached_) state_ = State::kDrain;
  }
  if (lossRoundStart_) lossRanges_ = 0;
  if (state_ == State::kDrain && static_cast<double>(event.inFlight) <= inflight(bandwidth(), 1)) startDown(event.now);
}

/// Ours, where the last probe ended in losses: as long as a CUBIC of our rate needs to come back from one (RFC 9438 §4.2).
/// §5.3.3.8 waits for Reno's return on lines of up to 63 packets a round trip, and never longer than 3 s: a CUBIC that loses
/// something that often keeps W = 0.4 T³ / 0.3 packets, whatever the line.
Duration Bbr::crowdedWait() const {
  const double packets = std::min(product(bandwidth()), window_) / packet_;
  return Duration::micros(static_cast<int64_t>(std::min(std::cbrt(packets * 0.3 / 0.4), kMaxCrowdedWait) * 1e6));
}

void Bbr::startDown(TimePoint now) {
  resetSignals();
  upAckedPerPacket_ = kInfinite;
  roundsSinceProbe_ = random_.below(2);
  probeWait_ = Duration::micros(2'000'000 + static_cast<int64_t>(random_.below(1'000'000)));
  crowded_ = wasTooHigh_;
  if (crowded_) probeWait_ = std::max(probeWait_, crowdedWait());
  cycleStart_ = now;
  ackPhase_ = AckPhase::kStopping;
  startRound();
  state_ = State::kDown;
}

void Bbr::startRefill() {
  shortBandwidth_ = shortInflight_ = kInfinite;
  upRounds_ = 0;
  upAcked_ = 0;
  precautionary_ = false;
  ackPhase_ = AckPhase::kRefilling;
  startRound();
  state_ = State::kRefill;
}

void Bbr::startUp(const AckEvent& event) {
  ackPhase_ = AckPhase::kStarting;
  startRound();
  resetFullBandwidth();
  fullBandwidth_ = static_cast<double>(event.rate.bytesPerSecond);
  state_ = State::kUp;
  raiseSlope();
}

void Bbr::updateCycle(const AckEvent& event) {
  if (!fullReached_ || adaptLongTerm(event)) return;
  switch (state_) {
    case State::kDown:
      if (timeToProbe(event.now)) return;
      if (timeToCruise(event)) state_ = State::kCruise;
      return;
    case State::kCruise: timeToProbe(event.now); return;
    case State::kRefill:
      if (!roundStart_) return;
      probeSample_ = true;
      startUp(event);
      return;
    case State::kUp:
      if (!timeToGoDown(event)) return;
      startDown(event.now);
      wasTooHigh_ = false;
      return;
    case State::kStartup:
    case State::kDrain:
    case State::kProbeRtt: return;
  }
}

bool Bbr::timeToProbe(TimePoint now) {
  const double renoRounds = std::min(product(bandwidth()), window_) / packet_;
  const bool renoTime =
      !crowded_ && static_cast<double>(roundsSinceProbe_) >= std::min(renoRounds, double{kMaxProbeRounds});
  if (now <= cycleStart_ + probeWait_ && !renoTime) return false;
  startRefill();
  return true;
}

bool Bbr::timeToCruise(const AckEvent& event) const {
  const auto now = static_cast<double>(event.inFlight);
  return now <= withHeadroom() && now <= inflight(maxBandwidth(), 1);
}

bool Bbr::timeToGoDown(const AckEvent& event) {
  if (wasTooHigh_ && static_cast<double>(event.inFlight) >= longInflight_) {
    precautionary_ = true;
    return true;
  }
  if (event.windowLimited && window_ >= longInflight_) {
    resetFullBandwidth();  // it is our own bound that holds the rate
    fullBandwidth_ = static_cast<double>(event.rate.bytesPerSecond);
    return false;
  }
  return fullNow_;
}

void Bbr::checkProbeRtt(const AckEvent& event) {
  if (state_ != State::kProbeRtt && probeRttDue_ && !idleRestart_) {
    saveWindow();
    state_ = State::kProbeRtt;
    probeRttEnd_ = TimePoint::never();
    ackPhase_ = AckPhase::kStopping;
    startRound();
  }
  if (event.rate.delivered > 0) idleRestart_ = false;
  if (state_ != State::kProbeRtt) return;
  const double low = std::max(kProbeRttGain * product(bandwidth()), minimumWindow());
  if (probeRttEnd_.isNever() && static_cast<double>(event.inFlight) <= low) {
    probeRttEnd_ = event.now + kProbeRttTime;
    probeRttRound_ = false;
    startRound();
  } else if (!probeRttEnd_.isNever()) {
    probeRttRound_ |= roundStart_;
    if (probeRttRound_) checkProbeRttDone(event.now);
  }
}

void Bbr::checkProbeRttDone(TimePoint now) {
  if (now <= probeRttEnd_) return;
  probeMinRttAt_ = now;
  window_ = std::max(window_, priorWindow_);
  shortBandwidth_ = shortInflight_ = kInfinite;
  if (fullReached_) {
    startDown(now);
    state_ = State::kCruise;
  } else {
    enterStartup();
  }
}

void Bbr::setPacing(double gain) {
  const double rate = gain * bandwidth() * kPacingMargin;
  if (maxBandwidth() > 0 && (fullReached_ || rate > pace_)) pace_ = rate;
}

void Bbr::setWindow(const AckEvent& event) {
  const double most = inflight(bandwidth(), windowGain()) + extraAcked();
  const auto acked = static_cast<double>(event.ackedBytes);
  if (fullReached_) {
    window_ = std::min(window_ + acked, most);
  } else if (window_ < most || static_cast<double>(delivered_) < initialWindow_) {
    window_ += acked;
  }
  window_ = std::max(window_, minimumWindow());
  boundWindow();
}

void Bbr::boundWindow() {
  double most = kInfinite;
  if (state_ == State::kProbeRtt) {
    window_ = std::min(window_, std::max(kProbeRttGain * product(bandwidth()), minimumWindow()));
    most = withHeadroom();
  } else if (state_ == State::kCruise) {
    most = withHeadroom();
  } else if (inProbeBw()) {
    most = longInflight_;
  }
  window_ = std::min(window_, std::max(std::min(most, shortInflight_), minimumWindow()));
}

void Bbr::saveWindow() {
  priorWindow_ = state_ == State::kProbeRtt ? std::max(priorWindow_, window_) : window_;
}

// Losses have gone into the model, one by one.
void Bbr::onCongestion(TimePoint, size_t) {
  saveWindow();
}

void Bbr::onRecovered() {
  window_ = std::max(window_, priorWindow_);
  boundWindow();
}

void Bbr::onTimeout(TimePoint, size_t, bool again) {
  if (!again) saveWindow();
  window_ = packet_;  // §5.6.4.4
}

void Bbr::onSpurious(TimePoint) {
  window_ = std::max(window_, priorWindow_);
  lossInRound_ = false;
  resetFullBandwidth();
  shortBandwidth_ = std::max(shortBandwidth_, undoShortBandwidth_);
  shortInflight_ = std::max(shortInflight_, undoShortInflight_);
  longInflight_ = std::max(longInflight_, undoLongInflight_);
  const Undo undo = std::exchange(undo_, Undo::kNone);
  if (undo == Undo::kStartup && state_ != State::kStartup) {
    fullReached_ = false;
    if (state_ != State::kProbeRtt) enterStartup();
  } else if (undo == Undo::kUp && state_ != State::kUp && state_ != State::kProbeRtt) {
    startRefill();
  }
}

}  // namespace tincan::inline v0::sctp
