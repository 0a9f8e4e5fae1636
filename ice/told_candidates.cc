#include "ice/told_candidates.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::ice {

ToldCandidates::Outside ToldCandidates::outsideOf(const LocalCandidate& local) const {
  Outside out;
  if (local.candidate.type != CandidateType::kHost || local.candidate.tcpType == TcpType::kActive) return out;
  for (const NatMapping& mapping : config_.natMappings) {
    if (mapping.local != local.base.ip) continue;
    LocalCandidate& outside = out.seen.emplace_back(local);
    Candidate& c = outside.candidate;
    c.address.ip = mapping.external;
    if (!mapping.reflexive) {
      out.replaces = true;
      continue;
    }
    c.type = CandidateType::kServerReflexive;
    c.related = local.base;
    const auto preference = static_cast<uint16_t>(c.priority >> 8);
    c.priority = c.protocol == Protocol::kUdp ? candidatePriority(c.type, preference, c.component)
                                              : tcpCandidatePriority(c.type, c.tcpType, preference, c.component);
    c.foundation = candidateFoundation(c.type, c.protocol, local.base.ip, mapping.external);
  }
  return out;
}

CandidateGathered ToldCandidates::tell(TimePoint now, LocalCandidate local, std::string_view ufrag) {
  local.candidate.ufrag = ufrag;
  if (config_.mdnsNames) {
    // draft-ietf-mmusic-mdns-ice-candidates §3.1.2.2: a foundation made of the private address could be undone by trying
    // them all; a number tells no more than which are alike.
    std::string& foundation = local.candidate.foundation;
    auto at = std::find(foundations_.begin(), foundations_.end(), foundation);
    if (at == foundations_.end()) at = foundations_.insert(at, foundation);
    foundation = std::to_string(at - foundations_.begin() + 1);
    names_.hide(now, local.candidate);
  }
  config_.log.write(LogLevel::kDebug, "ice", [&] { return "local " + local.candidate.toString(); });
  return {std::move(local.candidate), std::move(local.origin.url), local.origin.roundTrip};
}

}  // namespace tincan::inline v0::ice
