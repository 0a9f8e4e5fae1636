#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tincan::inline v0::apps {

/// The command line of `tincan sdp`.
struct SdpOptions {
  std::vector<std::string> files;  ///< one, or the two of --diff; "-" is standard input
  std::string type;                ///< "offer", "answer" or "pranswer"; empty: as the text looks
  bool json = false;
  bool check = false;
  bool answer = false;
  bool diff = false;
};

/// Adds `sdp` to the command line; after parsing, `options` has what was given.
CLI::App* addSdpCommand(CLI::App& app, SdpOptions& options);

}  // namespace tincan::inline v0::apps
