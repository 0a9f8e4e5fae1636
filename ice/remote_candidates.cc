#include "ice/remote_candidates.h"

#include <utility>

#include "ice/candidate_policy.h"

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxNotes = 64;

bool isUsable(const Candidate& c, uint8_t component, TcpCandidates tcp) {
  if (c.component != component) return false;
  if (c.protocol == Protocol::kUdp) return true;
  // RFC 6544 §6.2: a passive peer is called, an active one calls where we listen.
  return (c.tcpType == TcpType::kPassive && tcp != TcpCandidates::kOff) ||
         (c.tcpType == TcpType::kActive && tcp == TcpCandidates::kAll);
}

}  // namespace

void RemoteCandidates::add(TimePoint now, const Candidate& candidate) {
  if (!isUsable(candidate, config_.component, config_.tcp)) {
    refuse(candidate, "its component or its transport is of no use here");
  } else if (candidate.address.port != 0 && !candidate.address.ip.isSpecified() && !candidate.hostname.empty()) {
    if (!names_.resolve(now, candidate)) refuse(candidate, "its name cannot be looked up");
  } else {
    usable_.push_back(candidate);
  }
}

bool RemoteCandidates::poll(const Local& local, Candidate& out) {
  if (local.opened) {
    for (Candidate& candidate : std::exchange(undecided_, {})) usable_.push_back(std::move(candidate));
  }
  for (Candidate resolved; names_.pollResolved(resolved);) usable_.push_back(std::move(resolved));
  while (!usable_.empty()) {
    out = std::move(usable_.front());
    usable_.pop_front();
    if (out.address.ip.isLoopback() && !local.opened && undecided_.size() < config_.maxRemoteCandidates) {
      undecided_.push_back(std::move(out));
    } else if (const std::string_view why = refusal(out, local.loopback); !why.empty()) {
      refuse(out, why);
    } else if (config_.acceptRemote && !config_.acceptRemote(out)) {
      refuse(out, "the application does not want it");
    } else {
      config_.log.write(LogLevel::kDebug, "ice", [&] { return "remote " + out.toString(); });
      return true;
    }
  }
  return false;
}

void RemoteCandidates::restart() {
  usable_.clear();
  undecided_.clear();
  names_.clear();
  ended_ = false;
}

void RemoteCandidates::refuse(const Candidate& candidate, std::string_view why) {
  ++stats_.candidatesRefused;
  if (notes_.size() >= kMaxNotes) return;
  const std::string where = candidate.hostname.empty() ? candidate.address.toString() : candidate.hostname;
  notes_.push_back("candidate " + where + " (" + std::string(name(candidate.protocol)) +
                   ") is passed over: " + std::string(why));
  config_.log.write(LogLevel::kInfo, "ice", [&] { return notes_.back(); });
}

}  // namespace tincan::inline v0::ice
