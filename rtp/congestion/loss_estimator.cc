#include "rtp/congestion/loss_estimator.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::rtp {
namespace {

double lossOf(double inherent, double bandwidth, double rate) {
  const double over = rate > bandwidth ? (rate - bandwidth) / rate : 0;
  return std::clamp(inherent + (1 - inherent) * over, 1e-6, 1 - 1e-6);
}

}  // namespace

template <class Visit>
void LossEstimator::eachObservation(Visit visit) const {
  const size_t known = std::min(count_, kWindow);
  double weight = 1;
  for (size_t age = 0; age < known; ++age, weight *= kTemporalWeight) {
    visit(weight, observations_[(count_ - 1 - age) % kWindow]);
  }
}

double LossEstimator::averageLoss() const {
  double lost = 0, packets = 0;
  eachObservation([&](double weight, const Observation& seen) {
    lost += weight * seen.lost;
    packets += weight * seen.packets;
  });
  return packets > 0 ? lost / packets : 0;
}

// True when an observation became whole.
bool LossEstimator::observe(const FeedbackReport& report) {
  for (const PacketResult& result : report.results) {
    const TimePoint sentAt = result.sent.sentAt;
    if (result.recovered) {
      // It was counted as lost; the observation may be closed, so that the next one pays back.
      partial_.lost -= 1;
      continue;
    }
    partialSince_ = std::min(partialSince_, sentAt);
    partialUntil_ = std::max(partialUntil_, sentAt);
    partial_.packets += 1;
    partial_.lost += result.lost() ? 1 : 0;
    partialBytes_ += result.sent.size;
  }
  if (partialSince_.isNever() || partialUntil_ - partialSince_ < kObservation) return false;
  partial_.rate = partialBytes_ * 8 / (partialUntil_ - partialSince_).toSeconds();
  const double owed = std::min(partial_.lost, 0.0);
  partial_.lost = std::clamp(partial_.lost, 0.0, partial_.packets);
  observations_[count_++ % kWindow] = partial_;
  partial_ = {.lost = owed};
  partialBytes_ = 0;
  partialSince_ = partialUntil_;
  return true;
}

double LossEstimator::mostInherent(double bandwidth) const {
  return std::min(kMostInherentOffset + kInherentBalance / std::max(bandwidth, 1.0), 0.9);
}

// The objective without what bandwidths are preferred by.
double LossEstimator::fitInherent(double bandwidth) const {
  double first = 0, second = 0;
  double inherent = std::clamp(inherent_, kLeastInherent, mostInherent(bandwidth));
  eachObservation([&](double weight, const Observation& seen) {
    const double over = seen.rate > bandwidth ? (seen.rate - bandwidth) / seen.rate : 0;
    const double loss = lossOf(inherent, bandwidth, seen.rate);
    const double slope = 1 - over;  // of the loss, by the inherent loss
    const double kept = seen.packets - seen.lost;
    first += weight * slope * (seen.lost / loss - kept / (1 - loss));
    second -= weight * slope * slope * (seen.lost / (loss * loss) + kept / ((1 - loss) * (1 - loss)));
  });
  if (second < 0) inherent -= kNewtonStep * first / second;
  return std::clamp(inherent, kLeastInherent, mostInherent(bandwidth));
}

double LossEstimator::objective(double bandwidth, double inherent) const {
  // Where losses are few, of two bandwidths that explain them the larger one: else the rate would never grow.
  const double few = std::clamp((kBiasLoss - averageLoss()) / kBiasLoss, -1.0, 1.0);
  const double kilobits = bandwidth / 1000;
  const double bias = few * (kBiasLinear * kilobits + kBiasLogarithm * std::log(1 + kilobits));
  double sum = 0;
  eachObservation([&](double weight, const Observation& seen) {
    const double loss = lossOf(inherent, bandwidth, seen.rate);
    sum += weight * (seen.lost * std::log(loss) + (seen.packets - seen.lost) * std::log(1 - loss));
    sum += weight * bias * seen.packets;
  });
  return sum;
}

// However the losses are explained: so many of them need so much room.
double LossEstimator::instantBound() const {
  const double over = averageLoss() - kInstantOffset;
  return over > 0 ? kInstantBalance / over : HUGE_VAL;
}

void LossEstimator::onReport(const FeedbackReport& report, double delayBased, std::optional<double> acknowledged) {
  if (!observe(report)) return;
  if (!estimate_) estimate_ = delayBased;
  if (count_ < kLeastObservations) return;
  const double current = std::min(*estimate_, delayBased);
  double candidates[5] = {current, current * kUpCandidate, current * kDownCandidate, delayBased, 0};
  size_t candidateCount = 4;
  if (acknowledged) candidates[candidateCount++] = *acknowledged;
  double best = current, bestObjective = -HUGE_VAL, bestInherent = inherent_;
  const double floor = acknowledged ? std::min(*acknowledged, current) : 0;
  for (size_t i = 0; i < candidateCount; ++i) {
    const double bandwidth = std::max(candidates[i], floor);
    if (bandwidth > delayBased) continue;
    const double inherent = fitInherent(bandwidth);
    const double value = objective(bandwidth, inherent);
    if (value <= bestObjective) continue;
    bestObjective = value;
    best = bandwidth;
    bestInherent = inherent;
  }
  inherent_ = bestInherent;
  settle(report.at, best, delayBased, acknowledged);
}

void LossEstimator::settle(TimePoint now, double best, double delayBased, std::optional<double> acknowledged) {
  // Whoever lost our packets has gone: what was held for up to a minute is to be had again.
  if (averageLoss() < kGone) {
    holdUntil_ = std::min(holdUntil_, now);
    hold_ = kFirstHold;
  }
  const double before = std::min(*estimate_, delayBased);
  const bool limited = state_ != State::kDelayLimited;
  if (best > before && limited) {
    // Losses hold the rate: it grows by what arrives, and slowly after a fall.
    if (acknowledged) {
      const double times = now < holdUntil_ ? kRampUpInHold : kRampUp;
      best = std::max(before, std::min(best, times * *acknowledged));
    }
    if (now < holdUntil_) best = std::min(best, std::max(held_, before));
  }
  if (now - riseBegan_ > kRiseWindow) {
    riseBegan_ = now;
    riseFrom_ = before;
  }
  best = std::min(best, std::max(before, riseFrom_ * kMostRise));
  best = std::min(best, std::max(instantBound(), acknowledged.value_or(0)));
  const bool fell = best < before * 0.999;
  if (fell && state_ != State::kDecreasing) {
    // What has fallen again soon needs longer to be tried again.
    hold_ = now < holdUntil_ + hold_ ? std::min(hold_ * 2, kLongestHold) : kFirstHold;
  }
  if (fell) {
    holdUntil_ = now + hold_;
    held_ = best * kRampUpInHold;
  }
  estimate_ = best;
  state_ = best >= delayBased * 0.999 ? State::kDelayLimited : fell ? State::kDecreasing : State::kIncreasing;
}

}  // namespace tincan::inline v0::rtp
