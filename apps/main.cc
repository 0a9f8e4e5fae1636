#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "apps/bench/bench.h"
#include "apps/call/call.h"
#include "apps/call/options.h"
#include "apps/command_line.h"
#include "apps/ice/ice.h"
#include "apps/ice/options.h"
#include "apps/sdp/sdp.h"

int main(int argc, char** argv) {
  // A reader of our output that goes away is an error of a write, not the end of us.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("tincan: a WebRTC protocol stack for C++20");
  app.set_version_flag("--version", "tincan " TINCAN_VERSION);
  app.require_subcommand(1);
  tincan::apps::speakPlainly(app);
  tincan::apps::CallOptions options;
  tincan::apps::addCallCommand(app, options);
  tincan::apps::IceOptions iceOptions;
  const CLI::App* ice = tincan::apps::addIceCommand(app, iceOptions);
  tincan::apps::SdpOptions sdpOptions;
  const CLI::App* sdp = tincan::apps::addSdpCommand(app, sdpOptions);
  tincan::apps::BenchOptions benchOptions;
  const CLI::App* bench = tincan::apps::addBenchCommand(app, benchOptions);
  if (const auto wrong = tincan::apps::wrongCommand(app, argc, argv)) {
    std::fputs(wrong->c_str(), stderr);
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // 0 after --help and --version; else the one code for a wrong command line.
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (bench->parsed()) return tincan::apps::runBench(benchOptions);
  if (sdp->parsed()) return tincan::apps::runSdp(sdpOptions);
  return ice->parsed() ? tincan::apps::runIce(iceOptions) : tincan::apps::runCall(std::move(options));
}
