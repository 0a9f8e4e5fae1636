#include "sctp/socket/path_mtu.h"

namespace tincan::inline v0::sctp {

void PathMtu::start(TimePoint now) {
  if (state_ != State::kBase || most_ <= base_) return;
  transition(State::kSearching);
  asked_ = most_ & ~size_t{3};
  tries_ = 0;
  deadline_ = now;
}

/// The size to try after one has come through, or has not.
void PathMtu::next(TimePoint now) {
  tries_ = 0;
  if (tooLarge_ - size_ <= kStep) {
    transition(State::kDone);
    return;
  }
  asked_ = (size_ + (tooLarge_ - size_) / 2) & ~size_t{3};
  deadline_ = now;
}

std::optional<PathMtu::Probe> PathMtu::poll(TimePoint now, RandomSource& random) {
  if (state_ != State::kSearching || deadline_ > now) return std::nullopt;
  if (tries_ == kMaxProbes) {
    tooLarge_ = asked_;
    next(now);
    if (state_ != State::kSearching) return std::nullopt;
  }
  if (tries_ == 0) nonce_ = random.u64();  // the same for all of one size: an echo of any will do
  ++tries_;
  deadline_ = now + kProbeTimeout;
  return Probe{nonce_, asked_};
}

bool PathMtu::onAck(TimePoint now, uint64_t nonce) {
  if (state_ != State::kSearching || tries_ == 0 || nonce != nonce_) return false;
  size_ = asked_;
  next(now);
  return true;
}

bool PathMtu::onBlackHole() {
  if (size_ == base_) return false;
  size_ = base_;
  transition(State::kDone);
  return true;
}

}  // namespace tincan::inline v0::sctp
