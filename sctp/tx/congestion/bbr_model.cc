// What BBR knows about the path. Sections are those of draft-ietf-ccwg-bbr-06.
#include <algorithm>

#include "sctp/tx/congestion/bbr.h"

namespace tincan::inline v0::sctp {
namespace {

constexpr double kLossThreshold = 0.02;  // BBR.LossThresh
constexpr double kBeta = 0.7;
constexpr double kHeadroom = 0.15;
constexpr double kFullGrowth = 1.25;  // §5.3.1.2
constexpr int kFullRounds = 3;
constexpr uint64_t kExtraAckedRounds = 10;  // §5.5.9
constexpr Duration kMinRttWindow = Duration::seconds(10);
constexpr Duration kProbeRttInterval = Duration::seconds(5);

}  // namespace

double Bbr::product(double bandwidth) const {
  if (minRtt_ == Duration::infinite() || bandwidth <= 0) return initialWindow_;
  return bandwidth * minRtt_.toSeconds();
}

// With what one batch of the pacer and its SACKs take (§5.6.4.2).
double Bbr::inflight(double bandwidth, double gain) const {
  const double batch = std::clamp(pace_ / 1000, 2 * packet_, 16 * packet_);
  const double bytes = std::max({gain * product(bandwidth), batch, minimumWindow()});
  return state_ == State::kUp ? bytes + 2 * packet_ : bytes;
}

double Bbr::withHeadroom() const {
  if (longInflight_ == kInfinite) return kInfinite;
  return std::max(longInflight_ - std::max(packet_, kHeadroom * longInflight_), minimumWindow());
}

void Bbr::resetFullBandwidth() {
  fullBandwidth_ = 0;
  fullRounds_ = 0;
  fullNow_ = false;
}

void Bbr::resetSignals() {
  lossInRound_ = false;
  latestBandwidth_ = latestInflight_ = 0;
}

void Bbr::updateRound(const AckEvent& event) {
  roundStart_ = event.rate.priorDelivered >= nextRoundDelivered_;
  if (!roundStart_) return;
  startRound();
  ++rounds_;
  ++roundsSinceProbe_;
}

void Bbr::updateLatest(const AckEvent& event) {
  lossRoundStart_ = false;
  latestBandwidth_ = std::max(latestBandwidth_, static_cast<double>(event.rate.bytesPerSecond));
  latestInflight_ = std::max(latestInflight_, static_cast<double>(event.rate.delivered));
  if (event.rate.priorDelivered >= lossRoundDelivered_) {
    lossRoundDelivered_ = delivered_;
    lossRoundStart_ = true;
  }
}

void Bbr::updateCongestion(const AckEvent& event) {
  updateRound(event);
  const auto rate = static_cast<double>(event.rate.bytesPerSecond);
  if (rate > 0 && (rate >= maxBandwidth() || !event.rate.appLimited))
    maxBandwidth_[1] = std::max(maxBandwidth_[1], rate);
  if (!lossRoundStart_) return;
  // §5.5.10.3: once a round, and not while we probe.
  if (lossInRound_ && !isProbing()) {
    if (shortBandwidth_ == kInfinite) shortBandwidth_ = maxBandwidth();
    if (shortInflight_ == kInfinite) shortInflight_ = window_;
    shortBandwidth_ = std::max(latestBandwidth_, kBeta * shortBandwidth_);
    shortInflight_ = std::max(latestInflight_, kBeta * shortInflight_);
  }
  lossInRound_ = false;
}

void Bbr::updateAggregation(const AckEvent& event) {
  double expected = bandwidth() * (event.now - extraStart_).toSeconds();
  if (extraDelivered_ <= expected) {
    extraDelivered_ = 0;
    extraStart_ = event.now;
    expected = 0;
  }
  extraDelivered_ += static_cast<double>(event.ackedBytes);
  const double extra = std::min(extraDelivered_ - expected, window_);
  // The most of the last rounds: of two halves, the older one goes as a whole. One round in Startup.
  const uint64_t half = fullReached_ ? kExtraAckedRounds / 2 : 1;
  if (rounds_ - extraRound_ >= half) {
    extraRound_ = rounds_;
    extraAcked_[0] = fullReached_ ? extraAcked_[1] : 0;
    extraAcked_[1] = 0;
  }
  extraAcked_[1] = std::max(extraAcked_[1], extra);
}

void Bbr::updateFullBandwidth(const AckEvent& event) {
  if (fullNow_ || event.rate.appLimited || event.rate.bytesPerSecond == 0) return;
  const auto rate = static_cast<double>(event.rate.bytesPerSecond);
  if (rate >= fullBandwidth_ * kFullGrowth) {
    resetFullBandwidth();
    fullBandwidth_ = rate;
    return;
  }
  if (!roundStart_) return;
  fullNow_ = ++fullRounds_ >= kFullRounds;
  fullReached_ |= fullNow_;
}

void Bbr::updateMinRtt(const AckEvent& event) {
  probeRttDue_ = event.now > probeMinRttAt_ + kProbeRttInterval && probeMinRtt_ < Duration::infinite();
  if (event.rtt && (*event.rtt < probeMinRtt_ || probeRttDue_)) {
    probeMinRtt_ = *event.rtt;
    probeMinRttAt_ = event.now;
  }
  if (probeMinRtt_ < minRtt_ || event.now > minRttAt_ + kMinRttWindow) {
    minRtt_ = probeMinRtt_;
    minRttAt_ = probeMinRttAt_;
  }
}

bool Bbr::adaptLongTerm(const AckEvent& event) {
  if (ackPhase_ == AckPhase::kStarting && roundStart_) ackPhase_ = AckPhase::kFeedback;
  if (ackPhase_ == AckPhase::kStopping && roundStart_) {
    probeSample_ = false;
    ackPhase_ = AckPhase::kNone;
    if (inProbeBw() && !event.rate.appLimited) {  // a cycle ends: the best rate of the one before it goes
      maxBandwidth_[0] = maxBandwidth_[1];
      maxBandwidth_[1] = 0;
    }
    if (inProbeBw() && precautionary_ && !wasTooHigh_) {
      startRefill();
      return true;
    }
  }
  if (tooHigh(event.rate.lost, event.rate.inFlight) || longInflight_ == kInfinite) return false;
  longInflight_ = std::max(longInflight_, static_cast<double>(event.rate.inFlight));
  if (state_ == State::kUp) probeUpward(event);
  return false;
}

void Bbr::raiseSlope() {
  const double growth = static_cast<double>(uint64_t{1} << upRounds_);
  upRounds_ = std::min(upRounds_ + 1, 30u);
  upAckedPerPacket_ = std::max(window_ / growth, packet_);
}

void Bbr::probeUpward(const AckEvent& event) {
  if (!event.windowLimited || window_ < longInflight_) return;
  upAcked_ += static_cast<double>(event.ackedBytes);
  if (upAcked_ >= upAckedPerPacket_) {
    const double steps = static_cast<double>(static_cast<uint64_t>(upAcked_ / upAckedPerPacket_));
    upAcked_ -= steps * upAckedPerPacket_;
    longInflight_ += steps * packet_;
  }
  if (roundStart_) raiseSlope();
}

bool Bbr::tooHigh(uint64_t lost, uint64_t inFlight) {
  return static_cast<double>(lost) > static_cast<double>(inFlight) * kLossThreshold;
}

void Bbr::onLost(const LossEvent& event) {
  if (!lossInRound_) {
    lossRoundDelivered_ = event.delivered;
    undo_ = Undo::kNone;
    undoShortBandwidth_ = shortBandwidth_;
    undoShortInflight_ = shortInflight_;
    undoLongInflight_ = longInflight_;
  }
  lossInRound_ = true;
  if (event.tsn != lastLost_ + 1) ++lossRanges_;
  lastLost_ = event.tsn;
  if (!probeSample_ || !tooHigh(event.lostSinceSent, event.inFlightWhenSent)) return;
  // §5.5.10.2: how much was in flight when the losses became too many.
  const auto size = static_cast<double>(event.bytes);
  const double inFlightBefore = static_cast<double>(event.inFlightWhenSent) - size;
  const double lostBefore = static_cast<double>(event.lostSinceSent) - size;
  const double prefix = std::max((kLossThreshold * inFlightBefore - lostBefore) / (1 - kLossThreshold), 0.0);
  handleTooHigh(event.now, inFlightBefore + prefix, event.appLimited);
}

void Bbr::handleTooHigh(TimePoint now, double inFlight, bool appLimited) {
  wasTooHigh_ = true;
  probeSample_ = false;
  if (!appLimited) longInflight_ = std::max(inFlight, kBeta * std::min(product(bandwidth()), window_));
  if (state_ != State::kUp) return;
  undo_ = Undo::kUp;
  startDown(now);
}

}  // namespace tincan::inline v0::sctp
