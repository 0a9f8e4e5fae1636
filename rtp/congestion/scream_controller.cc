#include "rtp/congestion/scream_controller.h"

#include <algorithm>

namespace tincan::inline v0::rtp {

ScreamController::ScreamController(TimePoint now, const RateLimits& limits) : limits_(limits) {
  onRouteChange(now);
}

void ScreamController::onRouteChange(TimePoint) {
  state_ = State::kRamp;
  alpha_ = 0;
  roundTrip_ = Duration::millis(100);
  queue_ = {};
  roundBegan_ = reducedAt_ = grewAt_ = silentAt_ = TimePoint::never();
  marked_ = seen_ = delivered_ = used_ = 0;
  window_ = static_cast<double>(limits_.start) / 8 * roundTrip_.toSeconds();
}

double ScreamController::rate() const {
  return window_ * 8 / roundTrip_.toSeconds();
}

void ScreamController::clampWindow() {
  const double seconds = roundTrip_.toSeconds() / 8;
  const double most = static_cast<double>(std::max(std::min(limits_.most, remb_), limits_.least));
  window_ = std::clamp(window_, std::min(static_cast<double>(limits_.least), most) * seconds, most * seconds);
}

void ScreamController::setLimits(TimePoint, const RateLimits& limits, uint64_t wanted) {
  limits_ = limits;
  wanted_ = wanted;
  clampWindow();
}

void ScreamController::onRoundTripTime(TimePoint, Duration roundTrip) {
  if (roundBegan_.isNever() && roundTrip > Duration::zero())
    roundTrip_ = std::clamp(roundTrip, Duration::millis(1), kSilence);
}

void ScreamController::onSent(const SentPacket& packet) {
  if (silentAt_.isNever()) silentAt_ = packet.sentAt + kSilence;
}

void ScreamController::handleTimeout(TimePoint now) {
  if (now < silentAt_) return;
  // Nothing is reported any more: half, each second.
  window_ /= 2;
  clampWindow();
  silentAt_ = now + kSilence;
}

void ScreamController::onFeedback(const FeedbackReport& report) {
  if (report.results.empty()) return;
  const TimePoint now = report.at;
  silentAt_ = TimePoint::never();
  queue_.onReport(report);
  double marks = 0, received = 0, lost = 0, bytes = 0;
  for (const PacketResult& result : report.results) {
    if (result.lost()) {
      lost += 1;
      continue;
    }
    received += 1;
    bytes += result.sent.size;
    marks += result.ecn == Ecn::kCongested ? 1 : 0;
  }
  lossRate_ += ((received + lost > 0 ? lost / (received + lost) : 0) - lossRate_) / 8;
  if (report.roundTrip > Duration::zero()) {
    const double before = rate();  // it is kept when the first round trip says what the start's stands for
    const Duration sample = std::clamp(report.roundTrip, Duration::millis(1), kSilence);
    roundTrip_ = roundBegan_.isNever() ? sample : roundTrip_ + (sample - roundTrip_) / 8;
    if (roundBegan_.isNever()) window_ = before / 8 * roundTrip_.toSeconds();
  }
  if (roundBegan_.isNever()) roundBegan_ = grewAt_ = now;
  marked_ += marks;
  seen_ += received;
  delivered_ += bytes;
  const Duration round = std::max(roundTrip_, kVirtualRoundTrip);
  if (now - roundBegan_ >= round && seen_ > 0) {
    const double share = marked_ / seen_;
    alpha_ += (share > alpha_ ? kAlphaUp : kAlphaDown) * (share - alpha_);
    used_ = std::max(used_ * kUsedDecay, delivered_ * roundTrip_.toSeconds() / (now - roundBegan_).toSeconds());
    roundBegan_ = now;
    marked_ = seen_ = delivered_ = 0;
  }
  const bool react = reducedAt_.isNever() || now - reducedAt_ >= round + kEncoderLag;
  const double beyond = (queue_.delay().toSeconds() - kQueueTarget.toSeconds() / 2) / (kQueueTarget.toSeconds() / 2);
  double cut = 0;
  if (marks > 0) cut = alpha_ / 2;
  if (beyond > 0) cut = std::max(cut, std::min(beyond, 1.0) * kMostQueueCut);
  if (lost > 0) cut = std::max(cut, 1 - kBetaLoss);
  if (cut > 0) {
    // The first marks of a ramp tell of a window that is far too large already.
    if (state_ == State::kRamp) cut = std::max(cut, 0.25);
    state_ = State::kSteady;
    if (react) {
      window_ *= 1 - cut;
      reducedAt_ = now;
    }
    grewAt_ = now;
  } else {
    grow(now, bytes);
  }
  clampWindow();
}

void ScreamController::grow(TimePoint now, double acknowledged) {
  const Duration round = std::max(roundTrip_, kVirtualRoundTrip);
  const double rounds = std::clamp((now - grewAt_).toSeconds() / round.toSeconds(), 0.0, 1.0);
  grewAt_ = now;
  const double most = wanted_ > 0 ? 1.5 * static_cast<double>(wanted_) / 8 * roundTrip_.toSeconds() : 1e12;
  // What is not used, or cannot be, is not made larger.
  if (acknowledged <= 0 || window_ >= most || (used_ > 0 && window_ > kMostUnused * used_)) return;
  if (state_ == State::kRamp) {
    window_ *= 1 + (kRampFactor - 1) * rounds;
  } else {
    // Slowly after a cut, and the faster the longer it is ago.
    const double since = reducedAt_.isNever() ? 1e9 : (now - reducedAt_).toSeconds() / round.toSeconds();
    const double part = std::clamp(since / kPostCongestionRounds, kLeastGrowth, 1.0);
    window_ += (kSegment * part + kGrowth * window_) * rounds;
  }
}

RateTarget ScreamController::target() const {
  RateTarget out;
  const double most = static_cast<double>(std::max(std::min(limits_.most, remb_), limits_.least));
  const double allowed = std::clamp(rate(), std::min(static_cast<double>(limits_.least), most), most);
  out.estimate = out.bitrate = static_cast<uint64_t>(allowed);
  out.pacingRate = static_cast<uint64_t>(allowed * kPacing);
  out.lossRate = std::clamp(lossRate_, 0.0, 1.0);
  out.roundTrip = roundTrip_;
  out.queueDelay = queue_.delay();
  return out;
}

}  // namespace tincan::inline v0::rtp
