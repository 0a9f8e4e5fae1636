// What an agent says of itself: its pairs, its candidates, and why there is none.
#include "ice/agent.h"
#include "ice/generations.h"
#include "ice/pair_report.h"
#include "ice/remote_candidates.h"

namespace tincan::inline v0::ice {

const Credentials& Agent::localCredentials() const {
  return session().localCredentials();
}
Role Agent::role() const {
  return session().role();
}

bool Agent::hasPair() const {
  return generations_->carriesData() != nullptr;
}

std::array<std::string_view, 2> Agent::ufrags() const {
  if (state_ == State::kClosed) return {};
  return generations_->ufrags();
}

std::optional<PairInfo> Agent::selectedPair() const {
  const Session* session = generations_->carriesData();
  if (!session) return std::nullopt;
  return session->info(*session->selected());
}

std::optional<Duration> Agent::roundTripTime() const {
  const Session* session = generations_->carriesData();
  if (!session || !session->selected()->measured) return std::nullopt;
  return session->selected()->rtt;
}

std::vector<PairStats> Agent::pairStats() const {
  return generations_->pairStats();
}

std::vector<CandidateGathered> Agent::localCandidates() const {
  std::vector<CandidateGathered> out;
  for (const LocalCandidate& local : session().locals())
    out.push_back({local.candidate, local.origin.url, local.origin.roundTrip});
  return out;
}

std::vector<Candidate> Agent::remoteCandidates() const {
  return session().checklist().remotes();
}

const std::vector<std::string>& Agent::candidateNotes() const {
  return remotes_->notes();
}

std::vector<std::string> Agent::pairReport() const {
  return ice::pairReport(session().checklist());
}

void Agent::logFailure() const {
  if (!config_.log.takes(LogLevel::kWarning)) return;
  for (const std::string& line : pairReport()) {
    config_.log.write(LogLevel::kWarning, "ice", [&] { return line; });
  }
}

}  // namespace tincan::inline v0::ice
