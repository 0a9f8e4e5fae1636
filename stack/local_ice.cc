#include "stack/local_ice.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr std::string_view kPrefix = "candidate:";
constexpr size_t kMaxErrors = 64;  // kept while nobody is told: as many as servers could give

RTCIceGatheringState toW3c(ice::GatheringState state) {
  switch (state) {
    case ice::GatheringState::kNew: return RTCIceGatheringState::kNew;
    case ice::GatheringState::kGathering: return RTCIceGatheringState::kGathering;
    case ice::GatheringState::kComplete: return RTCIceGatheringState::kComplete;
  }
  return RTCIceGatheringState::kNew;
}

}  // namespace

const ice::Credentials& LocalCredentials::fresh(RandomSource& random) {
  if (!fresh_) fresh_ = ice::Credentials::generate(random);
  return *fresh_;
}

void LocalCredentials::begin(const ice::Credentials& described) {
  if (described == credentials_) return;
  credentials_ = described;
  fresh_.reset();
  wasOutdated_ |= std::exchange(outdated_, false);
}

// What was told of the other ones is told: a restart after this one has new ones again.
void LocalCredentials::takeBack(const ice::Credentials& inForce) {
  if (inForce == credentials_) return;
  credentials_ = inForce;
  fresh_.reset();
  outdated_ |= std::exchange(wasOutdated_, false);
}

bool LocalIce::begin(const ice::Credentials& described) {
  if (described == credentials_) return false;
  Generation before{std::exchange(credentials_, described), std::exchange(candidates_, {})};
  if (!inForce_) inForce_ = std::move(before);
  errors_.clear();
  asked_ = false;
  starting_ = true;
  return true;
}

bool LocalIce::takeBack(const ice::Credentials& inForce) {
  if (!inForce_ || !(inForce_->credentials == inForce)) return false;
  credentials_ = std::move(inForce_->credentials);
  candidates_ = std::move(inForce_->candidates);
  inForce_.reset();
  return true;
}

std::vector<LocalIce::News> LocalIce::restarted() {
  starting_ = false;
  if (gathering_ == RTCIceGatheringState::kGathering) return {};
  gathering_ = RTCIceGatheringState::kGathering;
  if (!live_) return {};
  return {GatheringChanged{gathering_}};
}

bool LocalIce::askToGather() {
  return !std::exchange(asked_, true);
}

void LocalCredentials::settle(const std::vector<std::string>& described) {
  const auto isOld = [&](const std::string& ufrag) {
    return std::find(toReplace_.begin(), toReplace_.end(), ufrag) != toReplace_.end();
  };
  wasOutdated_ = false;
  if (std::none_of(described.begin(), described.end(), isOld)) toReplace_.clear();
}

std::vector<LocalIce::News> LocalIce::handle(const ice::Event& event) {
  std::vector<News> out;
  if (const auto* gathered = std::get_if<ice::CandidateGathered>(&event)) {
    // Of a generation that has gone: nobody can use it.
    if (gathered->candidate.ufrag != credentials_.ufrag) return {};
    const std::string text = gathered->candidate.toString();
    candidates_.push_back(text.substr(kPrefix.size()));
    if (live_) out.push_back(CandidateFound{text, credentials_.ufrag});
  } else if (const auto* changed = std::get_if<ice::GatheringStateChanged>(&event)) {
    const auto state = toW3c(changed->state);
    if (starting_ || state == gathering_) return {};
    gathering_ = state;
    if (!live_) return {};
    if (state == RTCIceGatheringState::kComplete) tellOver(out);
    out.push_back(GatheringChanged{state});
  } else if (const auto* error = std::get_if<ice::CandidateError>(&event)) {
    RTCPeerConnectionIceErrorEvent told{error->address, error->port, error->url, error->errorCode, error->errorText};
    if (live_) {
      out.push_back(std::move(told));
    } else if (errors_.size() < kMaxErrors) {
      errors_.push_back(std::move(told));
    }
  }
  return out;
}

// W3C §5.6, "end of candidates": before the gathering state says so.
void LocalIce::tellOver(std::vector<News>& out) const {
  out.push_back(CandidateFound{"", credentials_.ufrag});
}

std::vector<LocalIce::News> LocalIce::setLive(bool live) {
  if (std::exchange(live_, live) == live || gathering_ == RTCIceGatheringState::kNew) return {};
  if (!live) return {GatheringChanged{RTCIceGatheringState::kNew}};
  if (starting_) return {};  // restarted() comes
  std::vector<News> out{GatheringChanged{RTCIceGatheringState::kGathering}};
  for (const std::string& line : candidates_)
    out.push_back(CandidateFound{std::string(kPrefix) + line, credentials_.ufrag});
  for (News& error : std::exchange(errors_, {})) out.push_back(std::move(error));
  if (gathering_ == RTCIceGatheringState::kComplete) {
    tellOver(out);
    out.push_back(GatheringChanged{gathering_});
  }
  return out;
}

}  // namespace tincan::inline v0::stack
