#include <benchmark/benchmark.h>

#include "sctp/crc32c.h"
#include "sctp/data_channels.h"

namespace tincan::inline v0 {
namespace {

/// Two DataChannels in memory, no delay, no loss: what the stack costs, both ends on one core.
void channelThroughput(benchmark::State& state) {
  const size_t messageSize = static_cast<size_t>(state.range(0));
  SeededRandom random(1);
  PacketPool pool;
  sctp::DataChannels a({.dtlsClient = true}, random, pool), b({.dtlsClient = false}, random, pool);
  TimePoint now = TimePoint::fromMicros(1);
  const uint16_t id = *a.open(now, {.label = "bulk"});
  a.start(now);
  b.start(now);
  const Bytes message(messageSize, 7);
  size_t received = 0;
  const auto pass = [&] {
    PacketBuffer packet;
    while (a.pollTransmit(now, packet)) b.receive(now, packet.view());
    while (b.pollTransmit(now, packet)) a.receive(now, packet.view());
    while (std::optional<sctp::Event> event = b.pollEvent())
      if (const auto* got = std::get_if<sctp::Message>(&*event)) received += got->data.size();
    while (a.pollEvent()) {
    }
    now = now + Duration::micros(100);
    if (a.nextTimeout() <= now) a.handleTimeout(now);
    if (b.nextTimeout() <= now) b.handleTimeout(now);
  };
  while (!a.connected() || !b.connected()) pass();
  for (auto _ : state) {
    const size_t target = received + 1'000'000;
    while (received < target) {
      while (a.bufferedAmount(id) < 262'144) (void)a.send(now, id, message, true);
      pass();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(received));
  state.counters["packets/MB"] = static_cast<double>(a.stats().packetsSent) / (static_cast<double>(received) / 1e6);
}
BENCHMARK(channelThroughput)->Arg(100)->Arg(1000)->Arg(16'384)->Arg(262'144)->Unit(benchmark::kMillisecond);

void checksum(benchmark::State& state) {
  const Bytes packet(1150, 3);
  for (auto _ : state) benchmark::DoNotOptimize(sctp::crc32c(packet));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * 1150);
}
BENCHMARK(checksum);

void openAndClose(benchmark::State& state) {
  PacketPool pool;
  uint64_t seed = 0;
  for (auto _ : state) {
    SeededRandom random(++seed);
    sctp::DataChannels a({.dtlsClient = true}, random, pool), b({.dtlsClient = false}, random, pool);
    const TimePoint now = TimePoint::fromMicros(1);
    a.start(now);
    b.start(now);
    PacketBuffer packet;
    while (!a.connected() || !b.connected()) {
      while (a.pollTransmit(now, packet)) b.receive(now, packet.view());
      while (b.pollTransmit(now, packet)) a.receive(now, packet.view());
    }
  }
}
BENCHMARK(openAndClose)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tincan::inline v0
