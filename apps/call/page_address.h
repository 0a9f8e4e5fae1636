#pragma once

#include <string>
#include <vector>

#include "apps/call/options.h"
#include "apps/signalling/server.h"
#include "base/result.h"

namespace tincan::inline v0::apps {

/// How the server of the call's page is to be made: on loopback plain HTTP, which browsers trust there. For other
/// machines HTTPS, with a certificate made on the spot, for browsers give cameras to no page without it.
Result<SignallingServer::Options> pageServerOptions(const CallOptions& options);

/// Every URL under which the page can be opened, those for other machines first, IPv4 before IPv6.
std::vector<std::string> pageUrls(const SignallingServer& server);

}  // namespace tincan::inline v0::apps
