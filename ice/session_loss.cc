// What a session does when the ground goes from under a pair: its stream was closed, or its interface went.
#include <utility>

#include "ice/session.h"

namespace tincan::inline v0::ice {

// The ways that these pairs took are gone: their socket was closed, or their stream. What else there is must prove
// itself anew, what worked before first.
void Session::lose(TimePoint now, const std::function<bool(const CandidatePair&)>& gone) {
  bool selectedGone = false;
  for (const auto& pair : checklist_.pairs()) {
    if (!gone(*pair)) continue;
    selectedGone = selectedGone || pair.get() == selected_;
    pair->state = CandidatePair::State::kFailed;
    pair->check.reset();
    pair->history.lost = true;
    pair->valid = pair->peerChecked = pair->nominating = pair->nominateOnSuccess = false;
    checklist_.dropTriggered(*pair);
    if (pair.get() == nominated_ && nominated_ != selected_) nominated_ = nullptr;
  }
  if (!selectedGone) return;
  if (nominated_) nominated_->nominated = false;
  nominated_ = selected_ = nullptr;
  checklist_.pin(nullptr);
  consent_.reset();
  if (dead_) return;
  doubtful_ = false;
  wasSelected_ = true;
  firstValidAt_ = TimePoint::never();
  startedAt_ = now;  // the PAC timer of RFC 8863 §4 runs for these checks, too
  for (const auto& pair : checklist_.pairs()) {
    if (gone(*pair)) continue;
    const bool worked = std::exchange(pair->valid, false);
    pair->nominating = false;
    pair->check.reset();
    pair->state = CandidatePair::State::kWaiting;
    if (worked) checklist_.pushTriggered(*pair);
  }
}

void Session::losePath(TimePoint now, const Route& route) {
  lose(now, [&](const CandidatePair& pair) { return pair.route() == route; });
}

void Session::removeBase(TimePoint now, const SocketAddress& base) {
  std::erase_if(locals_, [&](const LocalCandidate& local) { return local.base == base; });
  early_.removeBase(base);
  lose(now, [&](const CandidatePair& pair) { return pair.base == base; });
  checklist_.removeBase(base);
}

}  // namespace tincan::inline v0::ice
