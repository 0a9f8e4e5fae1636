#include <algorithm>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "sdp/parser.h"
#include "sdp/writer.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::stack {
namespace {

std::shared_ptr<const crypto::Identity> identity() {
  static const auto made = [] {
    SeededRandom random(1);
    return std::make_shared<const crypto::Identity>(
        crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000).value());
  }();
  return made;
}

std::unique_ptr<PeerConnection> make(RandomSource& random, PacketPool& pool, int64_t sections) {
  RTCConfiguration configuration;
  configuration.certificates = {identity()};
  auto pc = PeerConnection::create(std::move(configuration), {random, pool, 1'700'000'000'000'000}).value();
  for (int64_t i = 0; i < sections; ++i) (void)pc->addTransceiver(i % 2 ? MediaKind::kVideo : MediaKind::kAudio).ok();
  return pc;
}

/// By the number of m-lines: linear, up to as many as a description may have (sdp::kMaxMediaSections).
void createOffer(benchmark::State& state) {
  SeededRandom random(1);
  PacketPool pool;
  const auto pc = make(random, pool, state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(pc->createOffer());
  state.SetComplexityN(state.range(0));
}
BENCHMARK(createOffer)->RangeMultiplier(2)->Range(2, 128)->Unit(benchmark::kMicrosecond)->Complexity(benchmark::oN);

/// Both sides: offer, answer, and both applied on both.
void negotiate(benchmark::State& state) {
  SeededRandom random(1);
  PacketPool pool;
  for (auto _ : state) {
    state.PauseTiming();
    const auto a = make(random, pool, state.range(0)), b = make(random, pool, 0);
    state.ResumeTiming();
    const bool done = a->setLocalDescription() && b->setRemoteDescription(*a->localDescription()) &&
                      b->setLocalDescription() && a->setRemoteDescription(*b->localDescription());
    if (!done) state.SkipWithError("a description was refused");
  }
  state.SetComplexityN(state.range(0));
}
BENCHMARK(negotiate)->RangeMultiplier(2)->Range(2, 128)->Unit(benchmark::kMicrosecond)->Complexity(benchmark::oN);

std::string ourOffer(int64_t sections) {
  SeededRandom random(1);
  PacketPool pool;
  return make(random, pool, sections)->createOffer().value().sdp;
}

void parseOurOffer(benchmark::State& state) {
  const std::string text = ourOffer(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(sdp::parse(text));
  state.counters["lines"] = static_cast<double>(std::count(text.begin(), text.end(), '\n'));
}
BENCHMARK(parseOurOffer)->Arg(2)->Arg(16)->Arg(128)->Unit(benchmark::kMicrosecond);

void writeOurOffer(benchmark::State& state) {
  const std::string text = ourOffer(state.range(0));
  const auto session = sdp::parse(text);
  for (auto _ : state) benchmark::DoNotOptimize(sdp::write(*session));
  state.counters["lines"] = static_cast<double>(std::count(text.begin(), text.end(), '\n'));
}
BENCHMARK(writeOurOffer)->Arg(2)->Arg(16)->Arg(128)->Unit(benchmark::kMicrosecond);

/// Of a call that was negotiated for so many streams each way.
void getStats(benchmark::State& state) {
  SeededRandom random(1);
  PacketPool pool;
  const auto a = make(random, pool, state.range(0)), b = make(random, pool, 0);
  (void)(a->setLocalDescription() && b->setRemoteDescription(*a->localDescription()) && b->setLocalDescription() &&
         a->setRemoteDescription(*b->localDescription()));
  a->handleTimeout(TimePoint() + Duration::millis(1));
  for (auto _ : state) benchmark::DoNotOptimize(a->getStats());
}
BENCHMARK(getStats)->Arg(2)->Arg(50)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tincan::inline v0::stack
