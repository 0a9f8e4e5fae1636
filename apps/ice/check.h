#pragma once

#include <vector>

#include "apps/ice/options.h"
#include "ice/server_url.h"

namespace tincan::inline v0::apps {

/// `tincan ice --check`: asks each server alone, as a call would, and says in plain words what works. 0 when all do.
int checkServers(const IceOptions& options, const std::vector<ice::ServerUrl>& servers);

}  // namespace tincan::inline v0::apps
