#include "stack/jsep/default_candidate.h"

#include <algorithm>
#include <utility>

#include "ice/candidate.h"

namespace tincan::inline v0::stack {
namespace {

// RFC 8839 §4.2.1.2: by how likely each is to work with a peer that has no ICE.
int likelihood(ice::CandidateType type) {
  switch (type) {
    case ice::CandidateType::kRelay: return 3;
    case ice::CandidateType::kServerReflexive: return 2;
    case ice::CandidateType::kHost: return 1;
    case ice::CandidateType::kPeerReflexive: return 0;
  }
  return 0;
}

std::string textOf(std::string before, const SocketAddress& address) {
  const sdp::Connection connection = connectionOf(address.ip);
  return std::move(before) + connection.networkType + ' ' + connection.addressType + ' ' + connection.address;
}

}  // namespace

std::optional<SocketAddress> defaultCandidate(const std::vector<std::string>& candidates, uint8_t component) {
  std::optional<SocketAddress> best;
  std::pair<bool, int> rank;
  for (const std::string& line : candidates) {
    const auto candidate = ice::Candidate::parse("candidate:" + line);
    if (!candidate || candidate->component != component || candidate->protocol != Protocol::kUdp) continue;
    if (!candidate->hostname.empty()) continue;  // a private address is not to be told
    const std::pair own(candidate->address.ip.isV4(), likelihood(candidate->type));
    if (best && own <= rank) continue;
    best = candidate->address;
    rank = own;
  }
  return best;
}

DefaultCandidates defaultCandidates(const std::vector<std::string>& candidates, bool ownRtcp) {
  const auto rtp = defaultCandidate(candidates, 1);
  return {rtp, ownRtcp ? defaultCandidate(candidates, 2) : rtp};
}

sdp::Connection connectionOf(const IpAddress& ip) {
  return {"IN", ip.isV6() ? "IP6" : "IP4", ip.toString()};
}

std::string withDefaults(std::string_view sdp, const std::map<size_t, DefaultCandidates>& sections) {
  constexpr std::string_view kConnection = "c=IN IP4 0.0.0.0", kRtcp = "a=rtcp:9 IN IP4 0.0.0.0", kPort = " 9 ";
  std::string out;
  std::optional<size_t> section;
  const DefaultCandidates* its = nullptr;
  while (!sdp.empty()) {
    const size_t end = std::min(sdp.find('\n'), sdp.size() - 1) + 1;
    std::string line(sdp.substr(0, end));
    sdp.remove_prefix(end);
    if (line.starts_with("m=")) {
      section = section ? *section + 1 : 0;
      const auto found = sections.find(*section);
      const size_t space = line.find(' ');
      const bool isDummy = space != std::string::npos && line.compare(space, kPort.size(), kPort) == 0;
      its = found != sections.end() && found->second.rtp && isDummy ? &found->second : nullptr;
      if (its) line.replace(space + 1, 1, std::to_string(its->rtp->port));
    } else if (its && line.starts_with(kConnection)) {
      line.replace(0, kConnection.size(), textOf("c=", *its->rtp));
    } else if (its && its->rtcp && line.starts_with(kRtcp)) {
      line.replace(0, kRtcp.size(), textOf("a=rtcp:" + std::to_string(its->rtcp->port) + ' ', *its->rtcp));
    }
    out += line;
  }
  return out;
}

}  // namespace tincan::inline v0::stack
