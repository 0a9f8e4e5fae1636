#include "ice/config.h"

#include <algorithm>

namespace tincan::inline v0::ice {
namespace {

constexpr size_t kMaxServersEver = 64;  // those included that were configured before

}  // namespace

// RFC 8445 §2.5, §5.2: a lite agent has host candidates alone and calls nobody.
AgentConfig usable(AgentConfig config) {
  if (!config.lite) return config;
  config.servers.clear();
  config.role = Role::kControlled;
  if (config.tcp == TcpCandidates::kActive) config.tcp = TcpCandidates::kOff;
  return config;
}

// A server keeps its place, by which its relays are known; one that is not asked for any more is passed over.
void setServers(AgentConfig& config, const std::vector<ServerUrl>& servers, bool relayOnly) {
  if (config.lite) return;
  config.relayOnly = relayOnly;
  auto& all = config.servers;
  config.retired.assign(all.size(), true);
  for (const ServerUrl& url : servers) {
    const auto known = std::find(all.begin(), all.end(), url);
    if (known != all.end()) {
      config.retired[static_cast<size_t>(known - all.begin())] = false;
    } else if (all.size() < kMaxServersEver) {
      all.push_back(url);
      config.retired.push_back(false);
    }
  }
}

}  // namespace tincan::inline v0::ice
