// Which pair a session names, and which of those that its peer names it takes (RFC 8445 §8.1).
//
//   controlling: a pair is valid ─> the best is done, or 100 ms are over ─> check with USE-CANDIDATE ─ answered ─┐
//   controlled:  check with USE-CANDIDATE ─> the pair is valid, or will be ─> better than the last one named ────┴─> nominated
//   again where the pair is in doubt, where both have renomination, and from a relay to a better way
#include "ice/session.h"

namespace tincan::inline v0::ice {
namespace {

// A controlling peer that named another pair less than this ago is nominating aggressively, and the best pair it named
// counts; after that it has changed its mind, and the last one counts.
constexpr Duration kNominationSettles = Duration::seconds(1);

}  // namespace

// ---- ours ----

CandidatePair* Session::nominee() const {
  for (const auto& pair : checklist_.pairs()) {
    if (pair->nominating) return nullptr;  // one at a time
  }
  for (const auto& pair : checklist_.pairs()) {
    if (pair->valid && !(doubtful_ && pair.get() == selected_)) return pair.get();
  }
  return nullptr;
}

bool Session::betterPending(const CandidatePair& pair) const {
  for (const auto& other : checklist_.pairs()) {
    if (other->priority <= pair.priority) return false;
    if (!other->valid && other->state != CandidatePair::State::kFailed) return true;
  }
  return false;
}

// RFC 8445 §8.1.1: regular nomination. When to stop looking is ours to say: at once when nothing better is in question,
// else after a short while.
void Session::maybeNominate(TimePoint now) {
  if (!mayNominate()) return;
  CandidatePair* pair = nominee();
  if (!pair || pair == nominated_) return;
  if (nominated_ && !doubtful_) {
    // Only for a better path, and that at once.
    if (pair->priority <= nominated_->priority) return;
    if (!setup_.renomination && !leavesRelayFor(*pair)) return;
  } else if (betterPending(*pair) && now < firstValidAt_ + config_.nominationDelay && !doubtful_) {
    return;
  }
  pair->nominating = true;
  pair->nomination = setup_.renomination ? ++nomination_ : 0;
  checklist_.pushTriggered(*pair);
}

// RFC 8445 §8.1.1: one pair is named, once; doubt about it, or renomination, allows for another. So does a relay.
bool Session::mayNominate() const {
  return setup_.role == Role::kControlling &&
         (!nominated_ || doubtful_ || setup_.renomination || checklist_.isRelayed(*nominated_));
}

// Differs from RFC 8445 §8.1.1 (a nomination is final), and does as libwebrtc does: whether the way through a relay or
// a direct one through NATs works first is chance, because a check that a NAT does not let in is repeated only after an
// RTO. The call would stay relayed for good, the longer way and at the cost of the server's owner. Controlled agents
// take the better of the pairs that were named, as they must with aggressive nomination (RFC 5245 §8.1.1.2).
bool Session::leavesRelayFor(const CandidatePair& pair) const {
  return nominated_ && checklist_.isRelayed(*nominated_) && !checklist_.isRelayed(pair) &&
         pair.priority > nominated_->priority;
}

TimePoint Session::nominationTime() const {
  if (setup_.role != Role::kControlling || nominated_ || firstValidAt_.isNever() || !nominee()) {
    return TimePoint::never();
  }
  const TimePoint at = firstValidAt_ + config_.nominationDelay;
  return at > lastRun_ ? at : TimePoint::never();
}

// ---- the peer's ----

// With renomination the highest number counts; one that is late says nothing.
bool Session::takeNomination(const EarlyCheck& check, CandidatePair& pair) {
  if (!setup_.renomination || !check.nomination) return true;
  if (*check.nomination < nomination_) return false;
  nomination_ = pair.nomination = *check.nomination;
  return true;
}

void Session::acceptNomination(CandidatePair& pair) {
  if (&pair == nominated_) return;
  if (nominated_ && pair.nomination > nominated_->nomination) return nominate(pair);
  const bool settled = nominated_ && pair.nominatedAt - nominated_->nominatedAt > kNominationSettles;
  if (!nominated_ || doubtful_ || settled || mayMove_ || pair.priority > nominated_->priority) nominate(pair);
}

// ---- whose ever it was ----

void Session::nominate(CandidatePair& pair) {
  mayMove_ = false;
  if (nominated_) nominated_->nominated = false;
  nominated_ = &pair;
  pair.nominated = true;
  pair.nominating = false;
  pauseOthers();
  reselect();
}

// RFC 8445 §8.1.2: with a nominated pair the other checks stop. They stay in the list: the peer may still trigger them,
// and doubt about the selected pair starts them again.
void Session::pauseOthers() {
  for (const auto& pair : checklist_.pairs()) {
    if (pair.get() == nominated_ || !pair->check || pair->nominateOnSuccess || leavesRelayFor(*pair)) continue;
    pair->check.reset();
    pair->nominating = false;
    pair->state = pair->valid ? CandidatePair::State::kSucceeded : CandidatePair::State::kWaiting;
  }
}

}  // namespace tincan::inline v0::ice
