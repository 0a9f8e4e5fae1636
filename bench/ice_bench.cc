#include <deque>
#include <optional>

#include <benchmark/benchmark.h>

#include "ice/agent.h"

namespace {

using namespace tincan;

/// Two agents with a wire that takes no time.
struct Duo {
  PacketPool pool;
  SeededRandom random{1};
  TimePoint now = TimePoint::fromMicros(1);
  ice::Agent a, b;
  SocketAddress addressA{IpAddress::v4(192, 0, 2, 1), 5000}, addressB{IpAddress::v4(192, 0, 2, 2), 5000};

  static ice::AgentConfig as(ice::Role role) {
    ice::AgentConfig config;
    config.role = role;
    return config;
  }
  Duo() : a(as(ice::Role::kControlling), random, pool), b(as(ice::Role::kControlled), random, pool) {}

  void drain(ice::Agent& from, ice::Agent& to, const SocketAddress& base) {
    Transmit out;
    while (from.pollTransmit(now, out)) {
      benchmark::DoNotOptimize(
          to.receive(now, {Protocol::kUdp, out.route.remote, out.route.local}, std::move(out.packet)));
    }
    IoRequest request;
    while (from.pollIoRequest(request)) {
      if (const auto* open = std::get_if<OpenUdp>(&request)) from.handleIoResult(now, UdpOpened{open->id, {base}});
    }
    while (auto event = from.pollEvent()) {
      if (const auto* c = std::get_if<ice::CandidateGathered>(&*event)) to.addRemoteCandidate(now, c->candidate);
    }
  }
  bool connect() {
    a.gather(now);
    b.gather(now);
    a.setRemoteCredentials(now, b.localCredentials());
    b.setRemoteCredentials(now, a.localCredentials());
    for (int i = 0; i < 20; ++i) {
      drain(a, b, addressA);
      drain(b, a, addressB);
      const auto pairA = a.selectedPair(), pairB = b.selectedPair();
      if (pairA && pairB && pairA->nominated && pairB->nominated) return true;
    }
    return false;
  }
};

// From two fresh agents to a nominated pair on both sides.
void ConnectTwoAgents(benchmark::State& state) {
  for (auto _ : state) {
    Duo duo;
    if (!duo.connect()) state.SkipWithError("did not connect");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ConnectTwoAgents);

// A media packet through send() and receive().
void DataPacket(benchmark::State& state) {
  Duo duo;
  if (!duo.connect()) state.SkipWithError("did not connect");
  PacketBuffer packet = duo.pool.copy(Bytes(1200, 0x80));
  for (auto _ : state) {
    Transmit out;
    if (!duo.a.send(duo.now, std::move(packet), out)) state.SkipWithError("not sent");
    packet = duo.b.receive(duo.now, {Protocol::kUdp, duo.addressB, duo.addressA}, std::move(out.packet));
    if (!packet) state.SkipWithError("not received");
  }
}
BENCHMARK(DataPacket);

// A second of an agent with 100 pairs that nobody answers for: 20 new checks and all the retransmissions.
void HundredPairsOneSecond(benchmark::State& state) {
  PacketPool pool;
  SeededRandom random(1);
  std::optional<ice::Agent> agent;
  TimePoint now;
  const auto begin = [&] {
    agent.emplace(Duo::as(ice::Role::kControlling), random, pool);
    now = TimePoint::fromMicros(1);
    agent->gather(now);
    IoRequest request;
    while (agent->pollIoRequest(request)) {
      UdpOpened opened{std::get<OpenUdp>(request).id, {}};
      for (uint8_t i = 1; i <= 2; ++i) opened.locals.push_back({IpAddress::v4(192, 0, 2, i), 5000});
      agent->handleIoResult(now, opened);
    }
    agent->setRemoteCredentials(now, {"abcd", "abcdefghijklmnopqrstuv"});
    ice::Candidate c;
    c.foundation = "1";
    for (uint8_t i = 1; i <= 50; ++i) {
      c.foundation = std::to_string(i);
      c.priority = i;
      c.address = {IpAddress::v4(203, 0, 113, i), 9};
      agent->addRemoteCandidate(now, c);
    }
  };
  begin();
  for (auto _ : state) {
    if (now > TimePoint::fromMicros(20'000'000)) {
      state.PauseTiming();
      begin();
      state.ResumeTiming();
    }
    const TimePoint end = now + Duration::seconds(1);
    while (agent->nextTimeout() <= end) {
      now = std::max(now, agent->nextTimeout());
      agent->handleTimeout(now);
      Transmit out;
      while (agent->pollTransmit(now, out)) benchmark::DoNotOptimize(out.packet.data());
    }
    now = end;
  }
}
BENCHMARK(HundredPairsOneSecond);

}  // namespace
