#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "apps/bench/bench.h"
#include "apps/call/call.h"
#include "apps/call/options.h"
#include "apps/command_line.h"
#include "apps/ice/ice.h"
#include "apps/ice/options.h"
#include "apps/sdp/sdp.h"

namespace {

// Where a standard descriptor is closed, the next file that is opened would take its place: a recording with our words in
// it. One that can neither be read nor written as it would be takes it: what uses it is told.
void keepStandardDescriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

// What was to be printed and could not be is a failure: a disk may be full. A reader that went away (| head) has had enough.
int printed(int code) {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  struct stat out {};
  if (::fstat(STDOUT_FILENO, &out) == 0 && (S_ISFIFO(out.st_mode) || S_ISSOCK(out.st_mode))) return code;
  std::fputs("tincan: standard output cannot be written (is it closed, or its disk full?)\n", stderr);
  return code == 0 ? 1 : code;
}

}  // namespace

int main(int argc, char** argv) {
  keepStandardDescriptors();
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
    return printed(app.exit(error) == 0 ? 0 : 2);
  }
  if (bench->parsed()) return printed(tincan::apps::runBench(benchOptions));
  if (sdp->parsed()) return printed(tincan::apps::runSdp(sdpOptions));
  return printed(ice->parsed() ? tincan::apps::runIce(iceOptions) : tincan::apps::runCall(std::move(options)));
}
