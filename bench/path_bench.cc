// The whole path of a packet, header + SRTP + socket and back, beside bare loops that move the same bytes by raw system
// calls. CPU time of the thread, per packet.
#include <memory>

#include <benchmark/benchmark.h>

#include "apps/bench/paths.h"

namespace {

using namespace tincan::apps;
using Make = tincan::Result<std::unique_ptr<Path>> (*)(const PathSetup&);

void run(benchmark::State& state, Make make) {
  PathSetup setup;
  setup.peers = static_cast<size_t>(state.range(0));
  auto path = make(setup);
  if (!path) return state.SkipWithError(path.error().message().c_str());
  size_t packets = 0;
  for (auto _ : state) {
    const Turn turn = (*path)->turn();
    packets += turn.packets;
    state.SetIterationTime(static_cast<double>(turn.nanos) / 1e9);
  }
  state.SetItemsProcessed(static_cast<int64_t>(packets));
}

#define PATH(make) BENCHMARK_CAPTURE(run, make, make)->UseManualTime()->ArgName("peers")->Arg(1)->Arg(1000)
PATH(bareSend);
PATH(sendPath);
PATH(bareReceive);
PATH(receivePath);
#undef PATH

}  // namespace
