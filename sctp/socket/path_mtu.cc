#include "sctp/socket/path_mtu.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::sctp {

void PathMtu::start(TimePoint now) {
  if (!mayStart(now)) return;
  transition(State::kSearching);
  asked_ = most_ & ~size_t{3};
  tooLarge_ = asked_ + kStep;
  tries_ = 0;
  deadline_ = now;
}

/// The size to try after one has come through, or has not.
void PathMtu::next(TimePoint now) {
  tries_ = 0;
  if (tooLarge_ - size_ <= kStep) {
    finish(now);
    return;
  }
  asked_ = (size_ + (tooLarge_ - size_) / 2) & ~size_t{3};
  deadline_ = now;
}

void PathMtu::finish(TimePoint now) {
  transition(State::kDone);
  raiseAt_ = now + kRaise;
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

bool PathMtu::onBlackHole(TimePoint now) {
  if (size_ == base_) return false;
  size_ = base_;
  finish(now);
  return true;
}

bool PathMtu::onPathChange(size_t most) {
  most_ = std::min(most, limit_);
  transition(State::kBase);
  return std::exchange(size_, base_) != base_;
}

}  // namespace tincan::inline v0::sctp
