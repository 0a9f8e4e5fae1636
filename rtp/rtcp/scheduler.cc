#include "rtp/rtcp/scheduler.h"

#include <algorithm>

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr double kSenderShare = 0.25;  // §6.2
constexpr double kReceiverShare = 1 - kSenderShare;
// §6.3.1: e - 3/2, which makes up for reconsideration sending less than was meant.
constexpr double kCompensation = 2.71828182845904523536 - 1.5;
constexpr double kSizeGain = 1.0 / 16;                  // §6.3.3
constexpr double kDitherFactor = 0.5;                   // l of RFC 4585 §3.5.2
constexpr Duration kLongest = Duration::seconds(3600);  // of an interval: arithmetic stays far from its bounds
constexpr double kRandomSteps = 1 << 20;

Duration seconds(double value) {
  return Duration::micros(static_cast<int64_t>(std::clamp(value, 0.0, kLongest.toSeconds()) * 1e6));
}

double uniform(RandomSource& random) {
  return static_cast<double>(random.below(static_cast<uint64_t>(kRandomSteps))) / kRandomSteps;
}

Duration scale(Duration d, double factor) {
  return Duration::micros(static_cast<int64_t>(static_cast<double>(d.micros()) * factor));
}

}  // namespace

// §6.3.1, and rtcp_interval() of appendix A.7.
Duration RtcpScheduler::interval() const {
  double bandwidth = std::max(config_.bandwidth, 1.0);
  auto competing = static_cast<double>(members_);
  // While a quarter or less of the members send, senders share a quarter of the bandwidth and the others the rest.
  if (static_cast<double>(senders_) <= static_cast<double>(members_) * kSenderShare) {
    bandwidth *= weSend_ ? kSenderShare : kReceiverShare;
    competing = static_cast<double>(weSend_ ? senders_ : members_ - senders_);
  }
  Duration least = config_.minInterval;
  if (config_.feedback) {
    least = initial_ ? config_.firstInterval : Duration::zero();
  } else if (initial_) {
    least = least / 2;  // §6.2: half of it for the first, so that newcomers are soon known
  }
  return std::max(seconds(averageSize_ * std::max(competing, 1.0) / bandwidth), least);
}

Duration RtcpScheduler::deterministicInterval() const {
  return interval();
}

Duration RtcpScheduler::randomised() {
  return scale(interval(), (0.5 + uniform(random_)) / kCompensation);
}

void RtcpScheduler::start(TimePoint now, size_t reportSize) {
  averageSize_ = static_cast<double>(reportSize);
  initial_ = true;
  last_ = now;
  lastMembers_ = members_;
  next_ = now + randomised();
  transition(State::kReporting);
}

void RtcpScheduler::setMembers(TimePoint now, size_t members, size_t senders, bool weSend) {
  if (state_ == State::kLeaving || state_ == State::kGone) return;
  members_ = std::max<size_t>(members, 1);
  senders_ = std::min(senders, members_);
  weSend_ = weSend;
  if (state_ != State::kReporting || members_ >= lastMembers_) return;
  // §6.3.4: what is left of the interval, and what has gone by, shrink like the group.
  const double factor = static_cast<double>(members_) / static_cast<double>(lastMembers_);
  if (next_ > now) next_ = now + scale(next_ - now, factor);
  last_ = now - scale(now - last_, factor);
  lastMembers_ = members_;
}

void RtcpScheduler::received(size_t size) {
  // §6.3.7: while leaving, only BYEs count.
  if (state_ == State::kReporting) averageSize_ += kSizeGain * (static_cast<double>(size) - averageSize_);
}

void RtcpScheduler::receivedBye() {
  if (state_ == State::kLeaving) ++members_;
}

TimePoint RtcpScheduler::nextTimeout() const {
  return early_ ? earlier(*early_, next_) : next_;
}

// RFC 4585 §3.5.3: regular reports come no more often than T_rr_interval, however small the bandwidth's interval is.
bool RtcpScheduler::regularIsSuppressed(TimePoint now) const {
  return config_.feedback && lastRegular_ && *lastRegular_ + regularInterval_ > now;
}

RtcpScheduler::Due RtcpScheduler::handleTimeout(TimePoint now) {
  if (state_ == State::kIdle || state_ == State::kGone) return Due::kNothing;
  if (early_ && now >= *early_) early_.reset();
  if (now < next_) return Due::kNothing;
  // §6.3.6: the interval anew, for the members known now; it may not be over yet.
  const TimePoint due = last_ + randomised();
  lastMembers_ = members_;
  if (due > now) {
    next_ = due;
    return Due::kNothing;
  }
  if (state_ == State::kLeaving) return Due::kBye;
  if (regularIsSuppressed(now)) {
    last_ = now;
    next_ = std::max(now + randomised(), *lastRegular_ + regularInterval_);
    return Due::kNothing;
  }
  return Due::kReport;
}

void RtcpScheduler::sent(TimePoint now, size_t size) {
  if (state_ == State::kLeaving) {
    next_ = TimePoint::never();
    early_.reset();
    transition(State::kGone);
    return;
  }
  if (state_ != State::kReporting) return;
  averageSize_ += kSizeGain * (static_cast<double>(size) - averageSize_);
  initial_ = false;
  last_ = now;
  lastRegular_ = now;
  // RFC 4585 §3.5.3: drawn anew each time, so that reports do not fall into step.
  regularInterval_ = scale(config_.minRegularInterval, 0.5 + uniform(random_));
  next_ = now + randomised();
  if (config_.feedback) next_ = std::max(next_, now + regularInterval_);
  allowEarly_ = true;
  early_.reset();
}

bool RtcpScheduler::mayFeedBack(TimePoint now) {
  // RFC 4585 §3.5.2, step 3: one early packet between two regular ones in a group, so that it cannot pass its share of
  // bandwidth. Two peers have only each other, and need not spread (T_dither_max = 0): they are held by the average.
  if (!config_.feedback || state_ != State::kReporting) return false;
  if (members_ <= 2) {
    early_.reset();
    return true;
  }
  if (!allowEarly_) return false;
  if (!early_) early_ = now + scale(interval(), kDitherFactor * uniform(random_));
  // Step 2: when the report is nearer than that, it takes the feedback along.
  if (*early_ >= next_) {
    early_.reset();
    return false;
  }
  return now >= *early_;
}

void RtcpScheduler::sentEarly(TimePoint now, size_t size) {
  if (state_ != State::kReporting) return;
  averageSize_ += kSizeGain * (static_cast<double>(size) - averageSize_);
  early_.reset();
  if (members_ <= 2) return;
  // RFC 4585 §3.5.2, step 7: the next report moves by one interval, as if this had been it.
  allowEarly_ = false;
  next_ = std::max(next_, last_ + scale(interval(), 2.0));
  last_ = now;
}

void RtcpScheduler::leave(TimePoint now, size_t byeSize) {
  if (state_ == State::kGone || state_ == State::kLeaving) return;
  early_.reset();
  last_ = now;
  if (state_ == State::kIdle) {  // §6.3.7: who never sent anything says no goodbye
    transition(State::kGone);
    return;
  }
  transition(State::kLeaving);
  if (members_ < kByeBackOffMembers) {
    next_ = now;
    // Nothing to wait for: the reconsideration below finds an interval of nothing.
    last_ = now - kLongest * 2;
    return;
  }
  members_ = lastMembers_ = 1;
  senders_ = 0;
  weSend_ = false;
  initial_ = true;
  averageSize_ = static_cast<double>(byeSize);
  next_ = now + randomised();
}

}  // namespace tincan::inline v0::rtp::rtcp
