#include "ice/generations.h"

#include <utility>

#include "ice/check_message.h"

namespace tincan::inline v0::ice {
namespace {

// How long the generation before a restart still takes the peer's packets after the new one has its pair: what was on
// its way, and the peer's own change-over.
constexpr Duration kOverlap = Duration::seconds(5);

}  // namespace

void Generations::begin(std::unique_ptr<Session> session) {
  std::unique_ptr<Session> before = std::exchange(current_, std::move(session));
  if (!before || !before->canSend()) return;
  previous_ = std::move(before);
  previous_->retire();
  overlapEnds_ = TimePoint::never();
}

bool Generations::accept() {
  if (!offered_) return false;
  begin(std::move(offered_));
  return true;
}

Session* Generations::carriesData() const {
  for (const auto* session : {&offered_, &current_, &previous_})
    if (*session && (*session)->canSend()) return session->get();
  return nullptr;
}

Session* Generations::of(const stun::Message& check) const {
  const auto names = splitUsername(check);
  if (offered_ && names.local == offered_->localCredentials().ufrag) return offered_.get();
  const bool isCurrent = names.local == current_->localCredentials().ufrag;
  const bool isPrevious = previous_ && names.local == previous_->localCredentials().ufrag;
  if (isPrevious && (!isCurrent || names.remote == previous_->remoteCredentials().ufrag)) return previous_.get();
  return isCurrent ? current_.get() : nullptr;
}

CandidatePair* Generations::carrier(const Route& route) const {
  for (const auto* session : {&offered_, &current_, &previous_})
    if (CandidatePair* carrier = *session ? (*session)->carrier(route) : nullptr) return carrier;
  return nullptr;
}

bool Generations::receiveAnswer(TimePoint now, const Route& route, const stun::Message& answer) {
  for (const auto* session : {&offered_, &current_, &previous_})
    if (*session && (*session)->receiveAnswer(now, route, answer)) return true;
  return false;
}

void Generations::losePath(TimePoint now, const Route& route) {
  each([&](Session& session) { session.losePath(now, route); });
}

void Generations::removeBase(TimePoint now, const SocketAddress& base) {
  each([&](Session& session) { session.removeBase(now, base); });
  std::erase_if(untold, [&](const LocalCandidate& each) { return each.base == base; });
}

std::array<std::string_view, 2> Generations::ufrags() const {
  // What is offered may go without a name until it is answered: the peer checks again. What carries data may not.
  const bool needsBoth = previous_ && !current_->canSend();
  const Session& first = needsBoth ? *current_ : newest();
  const Session* second = offered_ && !needsBoth ? current_.get() : previous_.get();
  return {first.localCredentials().ufrag, second ? second->localCredentials().ufrag : std::string_view()};
}

std::vector<PairStats> Generations::pairStats() const {
  std::vector<PairStats> out;
  const Session* data = carriesData();
  const Session& own = newest();
  for (const auto& pair : own.checklist().pairs()) {
    const bool selected = data == &own && pair.get() == data->selected();
    out.push_back({own.info(*pair), pair->state, selected, pair->history, pair->traffic, own.localCredentials().ufrag});
  }
  if (data && data != &own) {
    const CandidatePair& pair = *data->selected();
    out.push_back({data->info(pair), pair.state, true, pair.history, pair.traffic, data->localCredentials().ufrag});
  }
  return out;
}

void Generations::run(TimePoint now) {
  if (offered_) offered_->run(now);
  current_->run(now);
  if (!previous_) return;
  if (current_->canSend() && overlapEnds_.isNever()) {
    overlapEnds_ = now + kOverlap;
    previous_->silence();
  }
  previous_->run(now);
  if (previous_->dead() || now >= overlapEnds_) previous_.reset();
}

TimePoint Generations::nextTimeout() const {
  const TimePoint offered = offered_ ? offered_->nextTimeout() : TimePoint::never();
  const TimePoint next = earlier(offered, current_->nextTimeout());
  return previous_ ? earlier(next, earlier(previous_->nextTimeout(), overlapEnds_)) : next;
}

bool Generations::pollTransmit(Transmit& out) {
  return (offered_ && offered_->pollTransmit(out)) || current_->pollTransmit(out) ||
         (previous_ && previous_->pollTransmit(out));
}

void Generations::close() {
  offered_.reset();
  current_->silence();
  previous_.reset();
}

}  // namespace tincan::inline v0::ice
