// What waiting in the pacer costs a packet, beside a plain ring of handles in the same run.
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "base/packet_buffer.h"
#include "base/ring.h"
#include "base/time.h"
#include "rtp/pacer.h"

namespace {

using namespace tincan;
using rtp::Pacer;

constexpr size_t kPicture = 20;  // packets: 24 KB

std::vector<PacketBuffer> picture(PacketPool& pool) {
  std::vector<PacketBuffer> out;
  for (size_t i = 0; i < kPicture; ++i) {
    out.push_back(pool.allocate());
    static_cast<void>(out.back().resize(1200));
  }
  return out;
}

void plainRing(benchmark::State& state) {
  PacketPool pool;
  auto packets = picture(pool);
  Ring<PacketBuffer> ring;
  for (auto _ : state) {
    for (PacketBuffer& packet : packets) ring.pushBack(std::move(packet));
    for (PacketBuffer& packet : packets) ring.take(packet);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kPicture));
}
BENCHMARK(plainRing)->Name("pacer/plain ring, push and pop");

/// Pictures of `lanes` streams in turns, each at the rate's mean: most of it waits for the gate, as in a call.
void paced(benchmark::State& state) {
  PacketPool pool;
  auto packets = picture(pool);
  Pacer pacer{{}};
  pacer.setPacingRate(10'000'000);
  std::vector<Pacer::Lane> lanes;
  for (int64_t i = 0; i < state.range(0); ++i) lanes.push_back(pacer.open(Pacer::Priority::kVideo));
  TimePoint now = TimePoint::fromMicros(1'000'000);
  size_t turn = 0;
  Pacer::Leaving leaving;
  for (auto _ : state) {
    for (PacketBuffer& packet : packets) pacer.push(now, lanes[turn++ % lanes.size()], std::move(packet));
    size_t left = 0;
    while (left < kPicture) {
      while (pacer.poll(now, leaving)) packets[left++] = std::move(leaving.packet);
      if (left < kPicture) now = pacer.nextTimeout();
    }
    now += Duration::millis(33);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kPicture));
}
BENCHMARK(paced)->Name("pacer/paced")->ArgName("streams")->Arg(1)->Arg(20);

void off(benchmark::State& state) {
  PacketPool pool;
  auto packets = picture(pool);
  Pacer pacer{{.enabled = false}};
  const Pacer::Lane lane = pacer.open(Pacer::Priority::kVideo);
  const TimePoint now = TimePoint::fromMicros(1'000'000);
  Pacer::Leaving leaving;
  for (auto _ : state) {
    for (PacketBuffer& packet : packets) pacer.push(now, lane, std::move(packet));
    for (size_t left = 0; pacer.poll(now, leaving);) packets[left++] = std::move(leaving.packet);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kPicture));
}
BENCHMARK(off)->Name("pacer/off");

}  // namespace
