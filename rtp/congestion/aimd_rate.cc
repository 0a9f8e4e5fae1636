#include "rtp/congestion/aimd_rate.h"

#include <algorithm>
#include <cmath>

namespace tincan::inline v0::rtp {
namespace {

constexpr double kPacketBits = 1200 * 8;
constexpr Duration kGrown = Duration::millis(20);

}  // namespace

// The time that a decrease takes to be seen.
Duration AimdRate::reactionTo(const Input& input) {
  return std::clamp(input.roundTrip, Duration::millis(10), Duration::millis(200)) + kReaction;
}

double AimdRate::update(const Input& input) {
  if (updatedAt_.isNever()) updatedAt_ = input.now;
  if (input.queue <= kDrained) {
    emptyAt_ = input.now;
    arrivedEmpty_ = input.acknowledged.value_or(0);
  }
  bursts_.onReport(input.now, input.queue, input.queue <= kDrained);
  if (state_ == State::kCompete) {
    compete(input);
  } else if (input.line == OveruseDetector::State::kOveruse) {
    overuse(input);
  } else if (state_ == State::kDrain) {
    drain(input);
  } else if (input.line == OveruseDetector::State::kUnderuse) {
    state_ = State::kHold;
  } else {
    state_ = State::kIncrease;
    increase(input);
  }
  rate_ = std::max(rate_, least_);
  updatedAt_ = input.now;
  return rate_;
}

void AimdRate::overuse(const Input& input) {
  const bool reacting = !loweredAt_.isNever() && input.now - loweredAt_ < reactionTo(input);
  const double arrived = input.acknowledged.value_or(kBeta * rate_);
  if (reacting && arrived > 0.5 * rate_) {
    if (state_ == State::kDrain) drain(input);
    return;
  }
  // A queue that grows so fast is none that a rate somewhat too high would make: others have sent a burst.
  const bool steep = !emptyAt_.isNever() && input.queue.toSeconds() > kSteep * (input.now - emptyAt_).toSeconds();
  // A line that has changed is another line.
  if (capacity_.known() && (arrived < capacity_.lower() || arrived > capacity_.upper())) capacity_.reset();
  if (!steep) capacity_.onOveruse(arrived);
  loweredAt_ = input.now;
  if (state_ == State::kDrain) {
    // What arrives while little is sent is little, unless the queue is ours alone and grows still: then it was believed
    // to be more than it is.
    if (input.queue > drainFrom_ + kGrown) {
      drainCapacity_ = std::min(drainCapacity_, arrived);
      drainFrom_ = input.queue;
    }
    drain(input);
    return;
  }
  // Full again so soon: beside others that do not yield, what arrives while a queue stands is more than our share.
  afterDrain_ = !drainEnded_.isNever() && input.now - drainEnded_ < kSoon ? kBeta : partAfterDrain();
  steep_ = steep;
  rateBefore_ = std::min(rate_, 1.3 * (steep_ ? std::max(arrived, arrivedEmpty_) : arrived));
  inARow_ = !drainEnded_.isNever() && input.now - drainEnded_ < kSoon ? inARow_ + 1 : 0;
  beginDrain(input, std::min(arrived, rate_));
}

void AimdRate::beginDrain(const Input& input, double capacity) {
  state_ = State::kDrain;
  drainBegan_ = deepenedAt_ = input.now;
  depth_ = 1;
  drainFrom_ = drainPeak_ = input.queue;
  // What was sent since the report's packets were is in the queue, too.
  const double above = std::clamp(rate_ / std::max(capacity, least_) - 1, 0.0, kMostForeseenAbove);
  foreseen_ =
      above < kForeseenAbove || bursts_.bursty()
          ? Duration::zero()
          : input.queue + Duration::micros(static_cast<int64_t>(above * static_cast<double>(input.roundTrip.micros())));
  foreseenUntil_ = input.now + reactionTo(input);
  drainCapacity_ = beforeDrain_ = capacity;
  drain(input);
}

void AimdRate::drain(const Input& input) {
  if (input.queue <= kDrained) {
    rate_ = rateAfterDrain(input.now);
    drainEnded_ = input.now;
    competeSince_ = TimePoint::never();
    state_ = State::kHold;
    return;
  }
  drainPeak_ = std::max(drainPeak_, input.queue);
  // Once it is known that others fill the queue, to ask again is cheaper.
  const bool again = !competeSince_.isNever();
  if (input.now - drainBegan_ > (again ? kLongestTest : kLongestDrain)) {
    drainEnded_ = input.now;
    rate_ = std::min(beforeDrain_, kMostBack * input.acknowledged.value_or(beforeDrain_) + kSlack);
    const bool stands = input.queue > std::max(kStanding, drainPeak_ * 6 / 10);
    if (!stands) rate_ = std::min(rate_, afterDrain_ * drainCapacity_);
    state_ = stands ? State::kCompete : State::kHold;
    competeSince_ = input.now;
    return;
  }
  // A burst passes by itself: to answer it once more takes from us what nobody else will use.
  if (!again && !bursts_.bursty()) deepen(input);
  const Duration queue = input.now < foreseenUntil_ ? std::max(input.queue, foreseen_) : input.queue;
  const double part = 1 - queue.toSeconds() / kDrainTime.toSeconds();
  rate_ = std::max(std::min(kBeta, part) * depth_, again ? kDeepestTest : kDeepestDrain) * drainCapacity_;
}

double AimdRate::partAfterDrain() const {
  const double much = std::clamp((rate_ - kMuch) / (kVeryMuch - kMuch), 0.0, 1.0);
  return kAfterDrain + much * (kAfterDrainOfMuch - kAfterDrain);
}

// What is free again when the queue is empty.
double AimdRate::rateAfterDrain(TimePoint now) const {
  // A burst of others has passed: what arrived meanwhile was less than the line carries for us.
  const Duration took = now - drainBegan_;
  const double before = std::max(drainCapacity_, rateBefore_);
  if (steep_ && depth_ == 1 && took < kShortBurst && drainPeak_ < kSmallBurst)
    return inARow_ < kMostBursts || bursts_.bursty() ? before : kAfterBursts * before;
  return afterDrain_ * (took < kShortDrain && drainPeak_ < kSmallPeak ? before : drainCapacity_);
}

// The queue has not fallen though what was asked for must have been seen: the line carries less of ours than what arrived
// when it began to fill (that is a mean of the time before), and most of what is in it is of others.
void AimdRate::deepen(const Input& input) {
  const bool falls = input.queue.micros() <= static_cast<int64_t>(kFallen * static_cast<double>(drainPeak_.micros()));
  if (falls || input.now - deepenedAt_ <= reactionTo(input) || depth_ <= kDeepest) return;
  depth_ *= kDeeper;
  drainCapacity_ = std::min(drainCapacity_, std::max(kNoMoreThan * rate_, input.acknowledged.value_or(0)));
  deepenedAt_ = input.now;
}

void AimdRate::compete(const Input& input) {
  if (input.queue <= kYielded) {
    state_ = State::kHold;
    competeSince_ = TimePoint::never();
    return;
  }
  if (input.now - competeSince_ > kCompeteFor) return beginDrain(input, rate_);
  if (input.lost && (loweredAt_.isNever() || input.now - loweredAt_ > input.roundTrip)) {
    rate_ *= kAfterLoss;
    loweredAt_ = input.now;
    return;
  }
  const double seconds = std::clamp((input.now - updatedAt_).toSeconds(), 0.0, 1.0);
  const double roundTrip = std::clamp(input.roundTrip, Duration::millis(50), kMostRoundTrip).toSeconds();
  const double grown = rate_ + kPacketsARoundTrip * kPacketBits / (roundTrip * roundTrip) * seconds;
  const double limit = input.acknowledged ? kMostAboveAcknowledged * *input.acknowledged + kSlack : grown;
  rate_ = std::min(grown, std::max(limit, rate_));
}

void AimdRate::increase(const Input& input) {
  const double seconds = std::clamp((input.now - updatedAt_).toSeconds(), 0.0, 1.0);
  const double limit = input.acknowledged ? kMostAboveAcknowledged * *input.acknowledged + kSlack : rate_;
  if (rate_ >= limit) return;
  if (capacity_.known() && rate_ > capacity_.upper()) capacity_.reset();
  double grown = rate_;
  if (capacity_.known() && rate_ > capacity_.lower()) {
    // libwebrtc: half a packet of the average size in each time of response. Here a whole one of the largest, and no
    // shorter a time than kLeastResponse: flows with small packets or a short way would win over others.
    const Duration response = std::max(input.roundTrip + Duration::millis(100), kLeastResponse);
    grown += std::min(kPacketBits / response.toSeconds(), kMostAdditive * rate_) * seconds;
  } else {
    grown = rate_ * std::pow(besideBursts() ? kEtaBetweenBursts : kEta, seconds) + 1000 * seconds;
  }
  rate_ = std::min(grown, std::max(limit, rate_));
}

void AimdRate::setProbed(TimePoint now, double rate, bool saturated) {
  if (saturated) {
    capacity_.onProbe(rate);
  } else if (rate > capacity_.mean()) {
    capacity_.reset();
  }
  setRate(now, rate);
}

void AimdRate::setRate(TimePoint now, double rate) {
  if (rate < rate_) loweredAt_ = now;
  if (state_ == State::kDrain) state_ = State::kHold;
  rate_ = std::max(rate, least_);
}

}  // namespace tincan::inline v0::rtp
