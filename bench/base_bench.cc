#include <cstring>
#include <memory>

#include <benchmark/benchmark.h>

#include "base/bytes.h"
#include "base/packet_buffer.h"

namespace tincan::inline v0 {
namespace {

// A packet from the pool and back, beside the allocator that it stands in for.
void pooledPacket(benchmark::State& state) {
  PacketPool pool;
  for (auto _ : state) {
    PacketBuffer packet = pool.allocate();
    benchmark::DoNotOptimize(packet.data());
  }
}
BENCHMARK(pooledPacket);

void allocatedPacket(benchmark::State& state) {
  for (auto _ : state) {
    std::unique_ptr<uint8_t[]> packet(new uint8_t[PacketBuffer::kCapacity]);
    benchmark::DoNotOptimize(packet.get());
  }
}
BENCHMARK(allocatedPacket);

// Twelve fields through the checked cursor, beside loads that trust the size.
void readerFields(benchmark::State& state) {
  uint8_t bytes[48];
  std::memset(bytes, 7, sizeof bytes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    ByteReader reader{ByteView(bytes)};
    uint32_t sum = 0;
    for (int i = 0; i < 12; ++i) sum += reader.u32();
    benchmark::DoNotOptimize(sum);
    benchmark::DoNotOptimize(reader.ok());
  }
}
BENCHMARK(readerFields);

void bareLoads(benchmark::State& state) {
  uint8_t bytes[48];
  std::memset(bytes, 7, sizeof bytes);
  for (auto _ : state) {
    benchmark::DoNotOptimize(bytes);
    uint32_t sum = 0;
    for (int i = 0; i < 12; ++i) sum += loadBe32(bytes + 4 * i);
    benchmark::DoNotOptimize(sum);
  }
}
BENCHMARK(bareLoads);

}  // namespace
}  // namespace tincan::inline v0
