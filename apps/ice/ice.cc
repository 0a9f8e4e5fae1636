#include "apps/ice/ice.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "apps/command_line.h"
#include "apps/credential.h"
#include "apps/ice/check.h"
#include "apps/ice/probe.h"
#include "apps/ice/words.h"

namespace tincan::inline v0::apps {

namespace {

constexpr int kUsage = 2;

std::string addressText(const ice::Candidate& candidate) {
  return candidate.hostname.empty() ? candidate.address.toString()
                                    : candidate.hostname + ":" + std::to_string(candidate.address.port);
}

std::string protocolText(const ice::Candidate& candidate) {
  if (candidate.protocol == Protocol::kUdp) return "udp";
  return "tcp " + std::string(ice::name(candidate.tcpType));
}

void printHeader() {
  std::printf("%-6s %-12s %-42s %-10s %s\n", "type", "transport", "address", "round trip", "from");
}

void print(const ice::CandidateGathered& gathered) {
  const ice::Candidate& candidate = gathered.candidate;
  const std::string roundTrip = gathered.url.empty() ? "-" : millisText(gathered.roundTrip);
  std::string from = gathered.url;
  if (candidate.related && candidate.type == ice::CandidateType::kServerReflexive) {
    from += " (as " + candidate.related->toString() + ")";
  }
  std::printf("%-6s %-12s %-42s %-10s %s\n", std::string(ice::name(candidate.type)).c_str(),
              protocolText(candidate).c_str(), addressText(candidate).c_str(), roundTrip.c_str(), from.c_str());
  std::fflush(stdout);
}

int gather(const IceOptions& options, const std::vector<ice::ServerUrl>& servers) {
  net::Loop loop;
  Probe probe(loop, options);
  printHeader();
  const Gathered found = probe.gather(servers, options.relayOnly, [](const ice::Event& event) {
    if (const auto* candidate = std::get_if<ice::CandidateGathered>(&event)) print(*candidate);
    if (const auto* error = std::get_if<ice::CandidateError>(&event)) std::printf("%s\n", errorText(*error).c_str());
  });
  std::map<std::string, size_t> counts;
  for (const auto& each : found.candidates) ++counts[std::string(ice::name(each.candidate.type))];
  std::string summary;
  for (const auto& [type, count] : counts)
    summary += (summary.empty() ? "" : ", ") + std::to_string(count) + " " + type;
  std::printf("%s in %s%s\n", summary.empty() ? "no candidates" : summary.c_str(), millisText(found.took).c_str(),
              found.complete ? "" : "; time was up before every server had answered (--timeout waits longer)");
  return found.candidates.empty() || !found.errors.empty() || !found.complete ? 1 : 0;
}

}  // namespace

int runIce(const IceOptions& options) {
  IceOptions filled = options;
  const auto credential = fillCredential(options.credentialFile, filled.credential);
  auto servers =
      credential ? parseServers(options.servers, filled) : Result<std::vector<ice::ServerUrl>>(credential.error());
  auto checked = servers ? parseServers(options.check, filled) : servers;
  if (!checked) {
    std::fprintf(stderr, "tincan ice: %s\n", checked.error().message().c_str());
    return kUsage;
  }
  if (const auto interfaces = checkInterfaces(options.interfaces); !interfaces) {
    std::fprintf(stderr, "tincan ice: %s\n", interfaces.error().message().c_str());
    return kUsage;
  }
  if (options.relayOnly && options.check.empty() &&
      std::none_of(servers->begin(), servers->end(), [](const auto& each) { return each.isTurn(); })) {
    std::fprintf(stderr, "tincan ice: --relay needs a turn: or turns: --server\n");
    return kUsage;
  }
  return checked->empty() ? gather(options, *servers) : checkServers(options, *checked);
}

}  // namespace tincan::inline v0::apps
