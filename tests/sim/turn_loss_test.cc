// Allocations that their server has forgotten: it was restarted, or says 437 (RFC 8656 §7.4, §19).
#include <gtest/gtest.h>

#include "tests/sim/peer.h"
#include "tests/sim/world/ice_endpoint.h"
#include "tests/sim/world/turn_server.h"

namespace tincan::inline v0::sim {
namespace {

using ice::CandidateType;
using stun::Method;

constexpr const char* kTransports[] = {"turn:203.0.113.9", "turn:203.0.113.9?transport=tcp", "turns:turn.example.org"};

struct TurnLoss : testing::Test {
  World world{42};
  Host& alice = world.addHost("alice", "203.0.113.1");
  Host& bob = world.addHost("bob", "203.0.113.2");
  Host& turnHost = world.addHost("turn", "203.0.113.9");
  std::unique_ptr<TurnServer> turn;
  std::unique_ptr<IceEndpoint> a, b;

  void SetUp() override {
    world.addName("turn.example.org", {"203.0.113.9"});
    world.setCertificate(turnHost, {"turn.example.org"});
    startServer();
  }
  void TearDown() override {
    a.reset();
    b.reset();
    world.detach(*turn);
  }
  void startServer(TurnServerConfig config = {}) {
    turn = std::make_unique<TurnServer>(world.pool(), world.newRandom(), std::move(config));
    world.attach(turnHost, *turn);
  }
  /// Every allocation is lost, and the server is back at once.
  void restartServer(TurnServerConfig config = {}) {
    world.detach(*turn);
    startServer(std::move(config));
  }
  ice::AgentConfig relayOnly(const char* url = kTransports[0]) {
    ice::AgentConfig config;
    config.servers = {ice::ServerUrl::parse(url).value()};
    config.servers[0].username = "user";
    config.servers[0].credential = "pass";
    config.relayOnly = true;
    return config;
  }
  /// Alice through the relay, Bob as he is.
  void call(const char* url = kTransports[0]) {
    ice::AgentConfig theirs;
    theirs.role = ice::Role::kControlled;
    a = std::make_unique<IceEndpoint>(world, alice, relayOnly(url));
    b = std::make_unique<IceEndpoint>(world, bob, theirs);
    a->connectTo(*b);
    b->connectTo(*a);
    ASSERT_TRUE(world.runUntil([&] { return up(); }, Duration::seconds(20)));
    world.runFor(Duration::seconds(1));
  }
  bool up() const {
    return a->agent.state() == ice::State::kCompleted && b->agent.state() == ice::State::kCompleted &&
           a->agent.selectedPair() && b->agent.selectedPair();
  }
  bool dataPasses() {
    const size_t there = b->texts.size(), back = a->texts.size();
    a->sendText("there");
    b->sendText("and back");
    world.runFor(Duration::seconds(1));
    return b->texts.size() == there + 1 && a->texts.size() == back + 1;
  }
  void restartIce() {
    a->candidates.clear();
    a->agent.restart(world.now());
    b->agent.restart(world.now());
    a->agent.setRemoteCredentials(world.now(), b->agent.localCredentials());
    b->agent.setRemoteCredentials(world.now(), a->agent.localCredentials());
    a->wake();
    b->wake();
  }
};

TEST_F(TurnLoss, IceRestartRightAfterTheServersRestartGathersAnew) {
  for (const char* url : kTransports) {
    SCOPED_TRACE(url);
    call(url);
    const SocketAddress old = a->candidates.at(0).address;
    restartServer();
    restartIce();
    ASSERT_TRUE(
        world.runUntil([&] { return up() && a->agent.selectedPair()->local.address != old; }, Duration::seconds(3)));
    ASSERT_EQ(a->candidates.size(), 1u) << "what the server does not know any more is not told";
    EXPECT_NE(a->candidates[0].address, old);
    EXPECT_EQ(a->agent.selectedPair()->local.address, a->candidates[0].address);
    EXPECT_EQ(turn->allocations(), 1u);
    EXPECT_TRUE(a->errors.empty());
    EXPECT_TRUE(dataPasses());
    a.reset();
    b.reset();
  }
}

TEST_F(TurnLoss, SilenceOnTheRelayedPairAsksTheServerWhichGivesAnother) {
  call();
  const SocketAddress old = a->candidates.at(0).address;
  restartServer();
  const TimePoint lost = world.now();
  ASSERT_TRUE(world.runUntil([&] { return a->agent.selectedPair() && a->agent.selectedPair()->local.address != old; },
                             Duration::seconds(20)));
  EXPECT_LE(world.now() - lost, Duration::seconds(12)) << "doubt comes 5 s after an answer is missed";
  EXPECT_EQ(a->candidates.size(), 2u) << "the new one is told, without an ICE restart";
  world.runFor(Duration::seconds(2));
  EXPECT_TRUE(dataPasses());
}

TEST_F(TurnLoss, ARestartKeepsWhatTheServerStillKnowsAndTellsItOnceTheServerHasSaidSo) {
  call();
  const SocketAddress old = a->candidates.at(0).address;
  const size_t refreshes = turn->stats.refreshes;
  restartIce();
  EXPECT_TRUE(a->candidates.empty());
  ASSERT_TRUE(world.runUntil([&] { return a->gathered(); }, Duration::seconds(2)));
  EXPECT_EQ(turn->stats.refreshes, refreshes + 1);
  ASSERT_EQ(a->candidates.size(), 1u);
  EXPECT_EQ(a->candidates[0].address, old);
  EXPECT_EQ(turn->stats.mostAllocations, 1u);
}

TEST_F(TurnLoss, AServerThatIsSilentDuringTheRestartHoldsGatheringUpNoLongerThanItsTimeOut) {
  call();
  const SocketAddress old = a->candidates.at(0).address;
  turn->config.silent = true;
  restartIce();
  const TimePoint start = world.now();
  ASSERT_TRUE(world.runUntil([&] { return a->gathered(); }, Duration::seconds(20)));
  EXPECT_LE(world.now() - start, Duration::millis(9600));
  EXPECT_TRUE(a->candidates.empty());
  ASSERT_EQ(a->errors.size(), 1u);
  EXPECT_EQ(a->errors[0].errorCode, 701);
  // It speaks again before the allocation has expired.
  turn->config.silent = false;
  ASSERT_TRUE(world.runUntil([&] { return up(); }, Duration::seconds(20)));
  ASSERT_EQ(a->candidates.size(), 1u);
  EXPECT_EQ(a->candidates[0].address, old);
  EXPECT_TRUE(dataPasses());
}

TEST_F(TurnLoss, A437ToEachRequestGivesTheAllocationUpAndMakesAnother) {
  for (const Method method : {Method::kRefresh, Method::kCreatePermission, Method::kChannelBind}) {
    for (const char* url : kTransports) {
      SCOPED_TRACE(std::string(url) + " " + std::to_string(static_cast<int>(method)));
      call(url);
      const SocketAddress old = a->candidates.at(0).address;
      const size_t allocates = turn->stats.allocates;
      turn->config.forgets = {method};
      // The next one that is due by itself: permissions every 4 minutes, channels and the allocation every 9.
      ASSERT_TRUE(world.runUntil([&] { return turn->stats.allocates > allocates; }, Duration::seconds(600)));
      turn->config.forgets.clear();
      ASSERT_TRUE(
          world.runUntil([&] { return a->agent.selectedPair() && a->agent.selectedPair()->local.address != old; },
                         Duration::seconds(5)));
      world.runFor(Duration::seconds(4));  // Bob follows at once, or when he has doubts of the old pair
      EXPECT_EQ(turn->stats.allocates, allocates + 1);
      EXPECT_EQ(turn->allocations(), 1u);
      EXPECT_TRUE(a->errors.empty());
      EXPECT_TRUE(dataPasses());
      a->close();
      world.runFor(Duration::seconds(1));
      a.reset();
      b.reset();
    }
  }
}

TEST_F(TurnLoss, A437ForEverEndsWithAnErrorThatSaysWhy) {
  for (const char* url : kTransports) {
    SCOPED_TRACE(url);
    call(url);
    const size_t allocates = turn->stats.allocates;
    const size_t permissions = turn->stats.allocators.size();
    turn->config.forgets = {Method::kCreatePermission, Method::kChannelBind, Method::kRefresh};
    world.runFor(Duration::seconds(900));
    EXPECT_EQ(turn->stats.allocates, allocates + 3) << "three more, each granted and lost at once";
    EXPECT_LE(turn->stats.allocators.size(), permissions + 3);
    ASSERT_EQ(a->errors.size(), 1u);
    EXPECT_EQ(a->errors[0].errorCode, 437);
    EXPECT_NE(a->errors[0].errorText.find("4 allocations in a row"), std::string::npos) << a->errors[0].errorText;
    EXPECT_FALSE(a->agent.selectedPair());
    // Nothing is asked any more, until an ICE restart.
    turn->config.forgets.clear();
    world.runFor(Duration::seconds(900));
    EXPECT_EQ(turn->stats.allocates, allocates + 3);
    restartIce();
    EXPECT_TRUE(world.runUntil([&] { return up(); }, Duration::seconds(20)));
    EXPECT_TRUE(dataPasses());
    a->close();
    world.runFor(Duration::seconds(1));
    a.reset();
    b.reset();
  }
}

TEST_F(TurnLoss, A437ToAllocateIsTriedFromThreePortsAndThenSaysSo) {
  turn->config.refuse = 437;
  for (const char* url : kTransports) {
    SCOPED_TRACE(url);
    const size_t before = turn->stats.allocators.size();
    a = std::make_unique<IceEndpoint>(world, alice, relayOnly(url));
    a->agent.gather(world.now());
    a->wake();
    ASSERT_TRUE(world.runUntil([&] { return a->gathered(); }, Duration::seconds(20)));
    EXPECT_EQ(turn->stats.allocators.size(), before + 3) << "RFC 8656 §7.4: three transport addresses";
    ASSERT_EQ(a->errors.size(), 1u);
    EXPECT_EQ(a->errors[0].errorCode, 437);
    EXPECT_NE(a->errors[0].errorText.find("in use for another client"), std::string::npos) << a->errors[0].errorText;
    world.runFor(Duration::seconds(300));
    EXPECT_EQ(turn->stats.allocators.size(), before + 3);
    a.reset();
  }
}

// A process before this one had an allocation from the same port: it is left alone, and a port of our own is taken.
TEST_F(TurnLoss, AnotherPortIsTakenWhereTheServerHasOursInUse) {
  call();
  a->errors.clear();
  turn->config.forgets = {Method::kRefresh};
  turn->config.refuse = 437;
  restartIce();
  ASSERT_TRUE(world.runUntil([&] { return !a->errors.empty(); }, Duration::seconds(20)));
  EXPECT_EQ(turn->stats.allocators.size(), 3u);
  turn->config = {};
  restartIce();
  ASSERT_TRUE(world.runUntil([&] { return up(); }, Duration::seconds(20)));
  EXPECT_EQ(turn->stats.allocators.size(), 3u) << "the sockets that there are serve again";
  EXPECT_TRUE(dataPasses());
}

TEST_F(TurnLoss, TwoServersAtOneAddressEachGetAPortOfTheirOwn) {
  ice::AgentConfig config = relayOnly();
  for (int i = 0; i < 3; ++i) config.servers.push_back(config.servers[0]);
  a = std::make_unique<IceEndpoint>(world, alice, config);
  a->agent.gather(world.now());
  a->wake();
  ASSERT_TRUE(world.runUntil([&] { return a->gathered(); }, Duration::seconds(20)));
  EXPECT_EQ(a->candidates.size(), 3u);
  EXPECT_EQ(turn->allocations(), 3u);
  ASSERT_EQ(a->errors.size(), 1u) << "the fourth";
  EXPECT_NE(a->errors[0].errorText.find("no port left"), std::string::npos) << a->errors[0].errorText;
}

// ---- whole connections ----

struct Restarted {
  Duration back = Duration::infinite();
  int restarts = 0;
};

TEST_F(TurnLoss, ACallComesBackAfterItsServersRestart) {
  for (const char* url : kTransports) {
    SCOPED_TRACE(url);
    stack::RTCConfiguration relay;
    relay.iceServers = {{{url}, "user", "pass"}};
    relay.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
    Peer x(world, alice, relay), y(world, bob);
    trickle(x, y);
    trickle(y, x);
    (void)x.pc->createDataChannel("x");
    signal(x, y);
    ASSERT_TRUE(world.runUntil([&] { return connected(x) && connected(y); }, Duration::seconds(20)));
    world.runFor(Duration::seconds(1));
    const TimePoint start = world.now();
    Restarted seen;
    x.pc->onconnectionstatechange = [&] {
      if (x.pc->connectionState() == stack::RTCPeerConnectionState::kFailed) {
        ++seen.restarts;
        x.pc->restartIce();
      }
      if (connected(x)) seen.back = world.now() - start;
    };
    x.pc->onnegotiationneeded = [&] { signal(x, y); };
    restartServer();
    world.runFor(Duration::seconds(120));
    EXPECT_TRUE(connected(x) && connected(y));
    EXPECT_LE(seen.back, Duration::seconds(40));
    EXPECT_LE(seen.restarts, 1);
    EXPECT_EQ(turn->allocations(), 1u);
  }
}

TEST_F(TurnLoss, RestartIceOfTheApplicationIsEnoughAtOnce) {
  stack::RTCConfiguration relay;
  relay.iceServers = {{{kTransports[0]}, "user", "pass"}};
  relay.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
  Peer x(world, alice, relay), y(world, bob, relay);
  trickle(x, y);
  trickle(y, x);
  const auto channel = x.pc->createDataChannel("x").value();
  int echoes = 0;
  channel->onmessage = [&](stack::MessageEvent) { ++echoes; };
  signal(x, y);
  ASSERT_TRUE(world.runUntil([&] { return y.echo != nullptr; }, Duration::seconds(20)));
  world.runFor(Duration::seconds(1));
  restartServer();
  x.pc->onnegotiationneeded = [&] { signal(x, y); };
  x.pc->restartIce();
  world.runFor(Duration::seconds(3));
  EXPECT_TRUE(connected(x) && connected(y));
  ASSERT_TRUE(channel->send("still there?").ok());
  world.runFor(Duration::seconds(3));
  EXPECT_EQ(echoes, 1);
}

}  // namespace
}  // namespace tincan::inline v0::sim
