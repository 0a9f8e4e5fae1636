#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ice/server_url.h"

namespace CLI {
class App;
}

namespace tincan::inline v0::apps {

/// The command line of `tincan ice`.
struct IceOptions {
  std::vector<std::string> servers;  ///< gather with these
  std::vector<std::string> check;    ///< say what works with these
  std::string username, credential;
  std::string credentialFile;  ///< its first line is the credential
  bool relayOnly = false;
  bool loopback = false;
  bool ipv6 = true;
  std::vector<std::string> interfaces;
  std::string certificates;  ///< a file of PEM certificates to trust
  double timeout = 10;       ///< seconds a gathering may take
};

/// Adds `ice` to the command line; after parsing, `options` has what was given.
CLI::App* addIceCommand(CLI::App& app, IceOptions& options);

/// The URLs with the credentials beside them; one line about the first that is wrong.
Result<std::vector<ice::ServerUrl>> parseServers(const std::vector<std::string>& urls, const IceOptions& options);

}  // namespace tincan::inline v0::apps
