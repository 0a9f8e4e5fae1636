#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>

#include "apps/bench/bench.h"
#include "apps/call/call.h"
#include "apps/call/options.h"
#include "apps/ice/ice.h"
#include "apps/ice/options.h"

int main(int argc, char** argv) {
  // A reader of our output that goes away is an error of a write, not the end of us.
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("tincan: a WebRTC protocol stack for C++20");
  app.require_subcommand(1);
  tincan::apps::CallOptions options;
  tincan::apps::addCallCommand(app, options);
  tincan::apps::IceOptions iceOptions;
  const CLI::App* ice = tincan::apps::addIceCommand(app, iceOptions);
  tincan::apps::BenchOptions benchOptions;
  const CLI::App* bench = tincan::apps::addBenchCommand(app, benchOptions);
  CLI11_PARSE(app, argc, argv);
  if (bench->parsed()) return tincan::apps::runBench(benchOptions);
  return ice->parsed() ? tincan::apps::runIce(iceOptions) : tincan::apps::runCall(std::move(options));
}
