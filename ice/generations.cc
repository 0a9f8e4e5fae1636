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

Session* Generations::carriesData() const {
  if (current_->canSend()) return current_.get();
  return previous_ && previous_->canSend() ? previous_.get() : nullptr;
}

Session* Generations::of(const stun::Message& check) const {
  const auto names = splitUsername(check);
  const bool isCurrent = names.local == current_->localCredentials().ufrag;
  const bool isPrevious = previous_ && names.local == previous_->localCredentials().ufrag;
  if (isPrevious && (!isCurrent || names.remote == previous_->remoteCredentials().ufrag)) return previous_.get();
  return isCurrent ? current_.get() : nullptr;
}

CandidatePair* Generations::carrier(const Route& route) const {
  if (CandidatePair* carrier = current_->carrier(route)) return carrier;
  return previous_ ? previous_->carrier(route) : nullptr;
}

bool Generations::receiveAnswer(TimePoint now, const Route& route, const stun::Message& answer) {
  return current_->receiveAnswer(now, route, answer) || (previous_ && previous_->receiveAnswer(now, route, answer));
}

void Generations::losePath(TimePoint now, const Route& route) {
  current_->losePath(now, route);
  if (previous_) previous_->losePath(now, route);
}

void Generations::removeBase(TimePoint now, const SocketAddress& base) {
  current_->removeBase(now, base);
  if (previous_) previous_->removeBase(now, base);
}

std::array<std::string_view, 2> Generations::ufrags() const {
  return {current_->localCredentials().ufrag, previous_ ? previous_->localCredentials().ufrag : std::string_view()};
}

std::vector<PairStats> Generations::pairStats() const {
  std::vector<PairStats> out;
  const Session* data = carriesData();
  for (const auto& pair : current().checklist().pairs()) {
    const bool selected = data == &current() && pair.get() == data->selected();
    out.push_back({current().info(*pair), pair->state, selected, pair->history, pair->traffic,
                   current().localCredentials().ufrag});
  }
  if (data && data != &current()) {
    const CandidatePair& pair = *data->selected();
    out.push_back({data->info(pair), pair.state, true, pair.history, pair.traffic, data->localCredentials().ufrag});
  }
  return out;
}

void Generations::run(TimePoint now) {
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
  const TimePoint next = current_->nextTimeout();
  return previous_ ? earlier(next, earlier(previous_->nextTimeout(), overlapEnds_)) : next;
}

bool Generations::pollTransmit(Transmit& out) {
  return current_->pollTransmit(out) || (previous_ && previous_->pollTransmit(out));
}

void Generations::close() {
  current_->silence();
  previous_.reset();
}

}  // namespace tincan::inline v0::ice
