#include "ice/consent.h"

#include <utility>

namespace tincan::inline v0::ice {

Consent::Consent(TimePoint now, const AgentConfig& config, RandomSource& random)
    : config_(&config), random_(&random), expires_(now + config.consentTimeout), patience_(config.disconnectedAfter) {
  next_ = now + interval();
}

// RFC 7675 §5.1: each interval is drawn from 0.8 to 1.2 of the basic one, so that agents do not march in step.
Duration Consent::interval() {
  const auto basic = static_cast<uint64_t>(config_->consentInterval.micros());
  return Duration::micros(static_cast<int64_t>(basic * 4 / 5 + random_->below(basic * 2 / 5 + 1)));
}

Consent::State Consent::state(TimePoint now) const {
  if (now >= expires_) return State::kExpired;
  if (unansweredSince_.isNever() || now < unansweredSince_ + patience_) return State::kFresh;
  return State::kDoubtful;
}

bool Consent::takeSend(TimePoint now) {
  if (now < next_ || now >= expires_) return false;
  if (unansweredSince_.isNever()) unansweredSince_ = now;
  // Differs from RFC 7675 §5.1 (one check an interval): while an answer is missing we ask twice a second, so that ten
  // lost checks and not one make a disconnection. An answer brings the interval back.
  next_ = now + config_->consentRetry;
  const TimePoint doubt = unansweredSince_ + patience_;
  if (doubt > now) next_ = earlier(next_, doubt);
  return true;
}

void Consent::onAnswer(TimePoint now, TimePoint sentAt) {
  // RFC 7675 §5.1: expired consent does not come back; the answer counts from when its question was sent.
  if (now >= expires_) return;
  if (sentAt + config_->consentTimeout > expires_) expires_ = sentAt + config_->consentTimeout;
  unansweredSince_ = TimePoint::never();
  patience_ = config_->disconnectedAfter;
  next_ = now + interval();
}

void Consent::alert(TimePoint now, Duration patience) {
  if (patience >= patience_) return;
  patience_ = patience;
  // What has been asked already is asked again: the deadline above was that of the longer patience.
  ask(now);
}

TimePoint Consent::nextTimeout() const {
  return earlier(next_, expires_);
}

}  // namespace tincan::inline v0::ice
