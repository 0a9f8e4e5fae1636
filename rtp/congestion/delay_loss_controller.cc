#include "rtp/congestion/delay_loss_controller.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tincan::inline v0::rtp {

DelayLossController::DelayLossController(TimePoint now, const RateLimits& limits)
    : limits_(limits), aimd_(static_cast<double>(limits.start), static_cast<double>(limits.least)) {
  estimate_ = clamped(static_cast<double>(limits.start));
  reports_.setRate(estimate_);
  alr_.setEstimate(now, estimate_);
  probes_.setLimits(limits, 0);
}

double DelayLossController::clamped(double rate) const {
  return std::clamp(rate, static_cast<double>(limits_.least),
                    static_cast<double>(std::max(limits_.most, limits_.least)));
}

void DelayLossController::setLimits(TimePoint now, const RateLimits& limits, uint64_t wanted) {
  const bool startChanged = limits.start != limits_.start && !feedbackSeen_ && !remb_;
  limits_ = limits;
  wanted_ = wanted;
  probes_.setLimits(limits, wanted);
  if (startChanged) {
    aimd_ = AimdRate(static_cast<double>(limits.start), static_cast<double>(limits.least));
    estimate_ = static_cast<double>(limits.start);
    reports_.setRate(estimate_);
  }
  estimate_ = clamped(estimate_);
  alr_.setEstimate(now, estimate_);
}

void DelayLossController::onRouteChange(TimePoint now) {
  throughput_ = {};
  delays_.reset();
  losses_.reset();
  probeResults_ = {};
  halfTold_.reset();
  probes_.reset();
  aimd_ = AimdRate(static_cast<double>(limits_.start), static_cast<double>(limits_.least));
  estimate_ = clamped(static_cast<double>(limits_.start));
  reports_.setRate(estimate_);
  pushedBack_ = 1;
  feedbackSeen_ = false;
  remb_.reset();
  roundTrip_ = leastRoundTrip_ = Duration::zero();
  reportedAt_ = silentSince_ = tickAt_ = TimePoint::never();
  alr_ = {};
  alr_.setEstimate(now, estimate_);
}

void DelayLossController::onSent(const SentPacket& packet) {
  alr_.onSent(packet.sentAt, packet.size);
  inFlight_ += packet.size;
  if (tickAt_.isNever()) {
    // The first packet: the path is there.
    tickAt_ = packet.sentAt + kTick;
    probes_.start(packet.sentAt, static_cast<uint64_t>(estimate_));
  }
  if (silentSince_.isNever()) silentSince_ = packet.sentAt;
}

void DelayLossController::onRoundTripTime(TimePoint, Duration roundTrip) {
  if (feedbackSeen_ || roundTrip <= Duration::zero()) return;
  roundTrip_ = roundTrip;
}

void DelayLossController::onLossReport(TimePoint now, double fractionLost) {
  if (feedbackSeen_) return;
  reports_.onReport(now, std::clamp(fractionLost, 0.0, 1.0), static_cast<double>(limits_.most), roundTrip_);
  reports_.setRate(clamped(reports_.rate()));
  combine(now);
}

void DelayLossController::onRemb(TimePoint now, uint64_t bitsPerSecond) {
  remb_ = bitsPerSecond;
  if (!feedbackSeen_) {
    // It knows more than losses do: what it allows is tried.
    reports_.setRate(clamped(static_cast<double>(bitsPerSecond)));
  }
  combine(now);
}

ProbeController::Line DelayLossController::line(TimePoint now) const {
  ProbeController::Line out;
  out.now = now;
  out.estimate = static_cast<uint64_t>(estimate_);
  out.applicationLimited = alr_.limited();
  const Duration unlowered =
      aimd_.besideBursts() ? ProbeController::kUnloweredBesideBursts : ProbeController::kUnloweredFor;
  out.shortQueue = delays_.queue() <= ProbeController::kShortQueue;
  out.roomy = out.shortQueue && (aimd_.loweredAt().isNever() || now - aimd_.loweredAt() >= unlowered);
  out.draining = aimd_.state() == AimdRate::State::kDrain;
  out.mayProbe = feedbackSeen_ && delays_.state() != OveruseDetector::State::kOveruse &&
                 losses_.state() != LossEstimator::State::kDecreasing;
  return out;
}

void DelayLossController::noteProbes(const FeedbackReport& report) {
  probed_ = 0;
  // What a cluster has measured is known best with the last of its packets: where a report ends before that, the next one
  // is waited for, and no other.
  std::optional<ProbeEstimator::Result> latest = std::exchange(halfTold_, std::nullopt);
  bool more = false;
  const auto note = [&] {
    if (!latest) return;
    probes_.onResult(line(report.at), latest->cluster, latest->rate, latest->saturated);
    if (latest->rate >= probed_) {
      probed_ = latest->rate;
      probeSaturated_ = latest->saturated;
    }
    latest.reset();
  };
  for (const PacketResult& result : report.results) {
    if (result.sent.probeCluster == 0) continue;
    const auto measured = probeResults_.onPacket(result);
    if (latest && latest->cluster != result.sent.probeCluster) note();
    if (!measured) continue;
    latest = measured;
    more = true;
  }
  if (latest && more && !latest->complete) {
    halfTold_ = latest;
  } else {
    note();
  }
}

void DelayLossController::onFeedback(const FeedbackReport& report) {
  if (report.results.empty()) return;
  const TimePoint now = report.at;
  inFlight_ = report.inFlight;
  reportedAt_ = now;
  silentSince_ = TimePoint::never();
  if (report.roundTrip > Duration::zero()) {
    feedbackSeen_ = true;
    roundTrip_ = report.roundTrip;
    // It forgets slowly, so that a longer way is believed in the end.
    leastRoundTrip_ =
        leastRoundTrip_ == Duration::zero()
            ? roundTrip_
            : std::min(roundTrip_, leastRoundTrip_ + Duration::micros(leastRoundTrip_.micros() / 512 + 1));
  }
  throughput_.onReport(report);
  alr_.settle(now);
  delays_.onReport(report);
  noteProbes(report);
  const double before = estimate_;
  AimdRate::Input input;
  input.now = now;
  input.line = delays_.state();
  input.acknowledged = throughput_.rate();
  if (const auto carries = delays_.carries(); carries && input.acknowledged && !aimd_.besideBursts())
    input.acknowledged = std::min(*input.acknowledged, *carries);
  input.queue = delays_.queue();
  if (roundTrip_ > Duration::zero()) input.roundTrip = roundTrip_;
  input.lost =
      std::any_of(report.results.begin(), report.results.end(), [](const PacketResult& r) { return r.lost(); });
  // What a probe has raised the rate to, a larger one that met the line's own rate corrects.
  const bool corrects =
      probed_ > 0 && probeSaturated_ && !raisedAt_.isNever() && now - raisedAt_ < Duration::seconds(1);
  // In the beginning a trend that has left no queue is the probe's own doing.
  const bool free = input.line != OveruseDetector::State::kOveruse ||
                    (probes_.begins(now) && delays_.queue() <= ProbeController::kShortQueue);
  if ((probed_ > aimd_.rate() || corrects) && free) {
    if (probed_ > 1.2 * aimd_.rate()) throughput_.restart(now);
    if (probed_ > aimd_.rate()) raisedAt_ = now;
    aimd_.setProbed(now, probed_, probeSaturated_);
  } else {
    aimd_.update(input);
  }
  if (probed_ > 0 && losses_.state() == LossEstimator::State::kDelayLimited) losses_.setEstimate(aimd_.rate());
  losses_.onReport(report, aimd_.rate(), throughput_.rate());
  combine(now);
  if (estimate_ < before) probes_.onDrop(now, static_cast<uint64_t>(before), static_cast<uint64_t>(estimate_));
  followDrain(now, before);
  probes_.update(line(now));
  pushBack(now);
}

// What there was before others filled the queue, of late: a second burst in the same place does not make it less.
void DelayLossController::followDrain(TimePoint now, double before) {
  const bool draining = aimd_.state() == AimdRate::State::kDrain;
  if (draining && !draining_) beforeDrain_ = now - drainedAt_ < kRemembered ? std::max(beforeDrain_, before) : before;
  if (draining) drainedAt_ = now;
  const bool passed = draining_ && !draining && aimd_.besideBursts() && !aimd_.competes();
  if (passed) probes_.onPassed(now, static_cast<uint64_t>(beforeDrain_));
  draining_ = draining;
}

void DelayLossController::combine(TimePoint now) {
  if (!feedbackSeen_) {
    estimate_ = clamped(reports_.rate());
  } else {
    double rate = aimd_.rate();
    if (const auto lossBased = losses_.estimate()) rate = std::min(rate, *lossBased);
    if (remb_) rate = std::min(rate, static_cast<double>(*remb_));
    estimate_ = clamped(rate);
    // What nothing uses is not heaped up beyond the limits.
    if (aimd_.rate() > static_cast<double>(limits_.most)) aimd_.setRate(now, static_cast<double>(limits_.most));
  }
  alr_.setEstimate(now, estimate_);
}

// Where more is on its way than the round trip explains, encoders make less; libwebrtc's steps.
void DelayLossController::pushBack(TimePoint) {
  Duration window = std::max(leastRoundTrip_, Duration::millis(50)) + kWindowSlack;
  // A queue that others fill is none that we could empty.
  if (aimd_.competes()) window += std::max(delays_.queue(), roundTrip_);
  // While a queue drains, the rate is less than the line carries: it is not too much that is on its way then.
  const double carried = std::max(estimate_, throughput_.rate().value_or(0));
  const double most = std::max(carried * window.toSeconds() / 8, 6000.0);
  const double fill = static_cast<double>(inFlight_) / most;
  if (fill > 1.5) {
    pushedBack_ *= 0.9;
  } else if (fill > 1) {
    pushedBack_ *= 0.95;
  } else {
    pushedBack_ = fill < 0.1 ? 1 : std::min(1.0, pushedBack_ * 1.05);
  }
  pushedBack_ = std::max(pushedBack_, 0.05);
}

void DelayLossController::handleTimeout(TimePoint now) {
  if (tickAt_ > now) return;
  tickAt_ = now + kTick;
  alr_.settle(now);
  const bool silent = feedbackSeen_ && !silentSince_.isNever() && now - silentSince_ > kWindowSlack + roundTrip_;
  if (silent) pushBack(now);
  // Silence that lasts: a line that has become far too slow, or none. The rate is halved each second.
  if (silent && now - std::max(silentSince_, reportedAt_) > Duration::seconds(1)) {
    aimd_.setRate(now, aimd_.rate() / 2);
    silentSince_ = now - kWindowSlack - roundTrip_;
    reportedAt_ = now;
    combine(now);
  }
  probes_.update(line(now));
}

bool DelayLossController::pollProbe(ProbeCluster& out) {
  if (!probes_.poll(out)) return false;
  probeResults_.onCluster(out);
  return true;
}

RateTarget DelayLossController::target() const {
  RateTarget out;
  out.estimate = static_cast<uint64_t>(estimate_);
  out.bitrate = static_cast<uint64_t>(std::max(estimate_ * pushedBack_, static_cast<double>(limits_.least)));
  out.pacingRate = static_cast<uint64_t>(estimate_ * (feedbackSeen_ ? kPacing : kFirstPacing));
  out.lossRate = losses_.averageLoss();
  out.roundTrip = roundTrip_;
  out.queueDelay = delays_.queue();
  return out;
}

}  // namespace tincan::inline v0::rtp
