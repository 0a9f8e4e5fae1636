// The whole path of a packet, header + SRTP + socket and back, beside bare loops that move the same bytes by raw system
// calls, alone and with the raw cipher over them, which is the physical limit. CPU time of the thread, per packet.
#include <memory>

#include <benchmark/benchmark.h>

#include "apps/bench/paths.h"

namespace {

using namespace tincan::apps;

template <class Make>
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

#define PATH(name, make) BENCHMARK_CAPTURE(run, name, make)->UseManualTime()->ArgName("peers")->Arg(1)->Arg(1000)
PATH(bareSend, [](const PathSetup& setup) { return bareSend(setup); });
PATH(bareSendAndRawCipher, [](const PathSetup& setup) { return bareSend(setup, Bare::kCipher); });
PATH(sendPath, sendPath);
PATH(bareReceive, [](const PathSetup& setup) { return bareReceive(setup); });
PATH(bareReceiveAncillary, [](const PathSetup& setup) { return bareReceive(setup, Bare::kAncillary); });
PATH(bareReceiveAndRawCipher, [](const PathSetup& setup) { return bareReceive(setup, Bare::kCipher); });
PATH(receivePath, receivePath);
#undef PATH

}  // namespace
