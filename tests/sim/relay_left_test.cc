// Two hosts behind cone NATs have a direct way and a relayed one. Which of them is proven first is a matter of timing;
// which one the call is on soon after is not.
#include <gtest/gtest.h>

#include "tests/sim/world/ice_endpoint.h"
#include "tests/sim/world/turn_server.h"

namespace tincan::inline v0::sim {
namespace {

using ice::CandidateType;

/// How long everything takes between the two.
struct Timing {
  Duration there, back;  ///< signalling, each way
  Duration upA, upB;     ///< from a host's NAT into the net, one way
  Dependence filterA = Dependence::kAddressAndPortDependent, filterB = Dependence::kAddressAndPortDependent;
};

struct Outcome {
  bool connected = false, relayedFirst = false, nominatedRelay = false, relayedLast = false, dataPasses = false;
};

bool relayed(const ice::PairInfo& pair) {
  return pair.local.type == CandidateType::kRelay || pair.remote.type == CandidateType::kRelay;
}

Outcome call(const Timing& timing, uint64_t seed) {
  World world(seed);
  Host& serverHost = world.addHost("server", "192.0.2.9");
  TurnServer server(world.pool(), world.newRandom());
  world.attach(serverHost, server);
  const auto inside = [&](const char* outside, const char* address, Duration up, Dependence filter) -> Host& {
    NatConfig nat;
    nat.filtering = filter;
    nat.hairpinning = false;
    LinkConfig link;
    link.delay = up;
    return world.addHost("inside", address, world.addNat("nat", outside, nat, link));
  };
  ice::AgentConfig config;
  for (const char* url : {"stun:192.0.2.9", "turn:192.0.2.9"}) {
    config.servers.push_back(ice::ServerUrl::parse(url).value());
    config.servers.back().username = "user";
    config.servers.back().credential = "pass";
  }
  IceEndpoint a(world, inside("203.0.113.1", "192.168.1.2", timing.upA, timing.filterA), config);
  config.role = ice::Role::kControlled;
  IceEndpoint b(world, inside("198.51.100.1", "10.0.0.2", timing.upB, timing.filterB), config);
  a.signalling = timing.there;
  b.signalling = timing.back;
  a.connectTo(b);
  b.connectTo(a);
  Outcome out;
  const auto both = [&] { return a.agent.selectedPair() && b.agent.selectedPair(); };
  out.connected = world.runUntil(both, Duration::seconds(20));
  if (!out.connected) return out;
  out.relayedFirst = relayed(*a.agent.selectedPair());
  const TimePoint end = world.now() + Duration::seconds(10);
  (void)world.runUntil(
      [&] {
        const auto pair = a.agent.selectedPair();
        out.nominatedRelay = out.nominatedRelay || (pair && pair->nominated && relayed(*pair));
        return world.now() >= end;
      },
      Duration::seconds(10));
  out.relayedLast = relayed(*a.agent.selectedPair()) || relayed(*b.agent.selectedPair());
  a.sendText("there");
  b.sendText("back");
  world.runFor(Duration::seconds(1));
  out.dataPasses = a.texts.size() == 1 && b.texts.size() == 1;
  world.detach(server);
  return out;
}

TEST(RelayIsLeft, SixtyTimingsOfTwoConeNatsAreAllDirectInTheEnd) {
  int relayedFirst = 0, moved = 0;
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE(i);
    Timing timing;
    timing.there = Duration::millis(1 + i % 6 * 150);
    timing.back = Duration::millis(1 + i / 6 * 160);
    timing.upA = Duration::millis(2 + i % 7 * 15);
    timing.upB = Duration::millis(2 + i % 11 * 10);
    if (i % 3 == 1) timing.filterA = Dependence::kAddressDependent;
    if (i % 4 == 1) timing.filterB = Dependence::kEndpointIndependent;
    const Outcome seen = call(timing, static_cast<uint64_t>(i + 1));
    EXPECT_TRUE(seen.connected);
    EXPECT_FALSE(seen.relayedLast);
    EXPECT_TRUE(seen.dataPasses);
    relayedFirst += seen.relayedFirst;
    moved += seen.nominatedRelay;
  }
  std::printf("%d of 60 were relayed at first, %d had a relayed pair named\n", relayedFirst, moved);
  EXPECT_GT(moved, 0) << "or this tests nothing";
}

}  // namespace
}  // namespace tincan::inline v0::sim
