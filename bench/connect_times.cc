// From an offer to a data channel that is open at both ends, on lossy lines in virtual time, with WARP and without: one table,
// the same on any machine. A round trip takes 100 ms, and signalling no time, as for whoever has it fast.
//
//     connect_times [CALLS]     a cell, 100 when it is not given
#include <cstdio>
#include <cstdlib>

#include "bench/command_line.h"
#include "tests/sim/warp_call.h"

namespace {

using namespace tincan;
using namespace tincan::sim;

constexpr Duration kPatience = Duration::seconds(120);

/// Milliseconds, sorted; a call that does not come up counts as the patience.
std::vector<double> measure(bool on, double loss, uint64_t calls) {
  std::vector<double> out;
  for (uint64_t seed = 0; seed < calls; ++seed) {
    WarpCall call(1000 + seed, warp(on ? stack::WarpPolicy::kOffer : stack::WarpPolicy::kOff),
                  warp(on ? stack::WarpPolicy::kAccept : stack::WarpPolicy::kOff),
                  {.loss = loss, .signalling = Duration::zero()});
    out.push_back(call.connect(kPatience).value_or(kPatience).toSeconds() * 1000);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t calls = 100;
  tincan::bench::CommandLine("connect_times", "[CALLS]: of how many calls each figure is, 100 when left out")
      .word("CALLS", calls, 1, 1'000'000)
      .read(argc, argv);
  std::printf("Offer to open data channel, ms, of %llu calls; round trip 100 ms, signalling free; loss each way\n\n",
              static_cast<unsigned long long>(calls));
  std::printf("%6s   %-24s   %-24s\n", "", "without WARP", "SPED and SNAP");
  std::printf("%6s   %7s %7s %7s    %7s %7s %7s\n", "loss", "p10", "p50", "p95", "p10", "p50", "p95");
  for (const double loss : {0.0, 0.05, 0.10, 0.15, 0.25, 0.50}) {
    std::printf("%4.0f %%", loss * 100);
    for (const bool on : {false, true}) {
      const std::vector<double> taken = measure(on, loss, calls);
      const auto at = [&](double part) {
        return taken[static_cast<size_t>(part * static_cast<double>(taken.size() - 1))];
      };
      std::printf("   %7.0f %7.0f %7.0f ", at(0.1), at(0.5), at(0.95));
    }
    std::printf("\n");
  }
}
