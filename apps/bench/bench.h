#pragma once

#include <string>

namespace CLI {
class App;
}

namespace tincan::inline v0::apps {

/// The command line of `tincan bench`.
struct BenchOptions {
  double seconds = 0.5;  ///< a measurement
  size_t packetSize = 1200;
  size_t peers = 1000;
  std::string profile = "AEAD_AES_128_GCM";
  std::string json;  ///< where to write the figures as JSON too
};

CLI::App* addBenchCommand(CLI::App& app, BenchOptions& options);

/// `tincan bench`: what one core of this machine does with RTP packets, beside bare loops of the same bytes. The
/// process's exit code.
int runBench(const BenchOptions& options);

}  // namespace tincan::inline v0::apps
