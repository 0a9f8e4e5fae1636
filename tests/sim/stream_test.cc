// TCP and TLS in the virtual network.
#include <gtest/gtest.h>

#include "tests/sim/world/udp_endpoint.h"
#include "tests/sim/world/world.h"

namespace tincan::inline v0::sim {
namespace {

SocketAddress address(std::string_view text) {
  return *SocketAddress::parse(text);
}

struct Streams : testing::Test {
  World world{3};
  Host& alice = world.addHost("alice", "203.0.113.1", {.delay = Duration::millis(10)});
  Host& bob = world.addHost("bob", "203.0.113.2", {.delay = Duration::millis(15)});
  UdpEndpoint a{world.pool()};
  UdpEndpoint b{world.pool()};

  void listen() {
    world.attach(bob, b);
    b.ask(ListenTcp{2, {{}, 443}});
    world.runFor(Duration::millis(1));
  }
  Result<Route> open(Host& host, OpenStream request = {7, Protocol::kTcp, address("203.0.113.2:443"), ""}) {
    world.attach(host, a);
    a.ask(std::move(request));
    world.runFor(Duration::seconds(20));
    return std::get<StreamOpened>(a.answers.back()).route;
  }
  Route accepted() const { return std::get<StreamAccepted>(b.answers.back()).route; }
  static Bytes all(const UdpEndpoint& endpoint) {
    Bytes out;
    for (const auto& arrival : endpoint.arrivals) out.insert(out.end(), arrival.bytes.begin(), arrival.bytes.end());
    return out;
  }
};

TEST_F(Streams, ListeningTellsTheAddresses) {
  listen();
  const auto& listening = std::get<TcpListening>(b.answers.back());
  ASSERT_EQ(listening.locals.size(), 1u);
  EXPECT_EQ(listening.locals[0], address("203.0.113.2:443"));
  b.ask(ListenTcp{3, {{}, 443}});
  world.runFor(Duration::millis(1));
  EXPECT_TRUE(std::get<TcpListening>(b.answers.back()).locals.empty()) << "the port is taken";
}

TEST_F(Streams, BytesComeWholeInOrderAndInAnyChunks) {
  listen();
  const Result<Route> route = open(alice);
  ASSERT_TRUE(route);
  EXPECT_EQ(route->protocol, Protocol::kTcp);
  EXPECT_EQ(accepted().remote, route->local);
  EXPECT_EQ(accepted().local, route->remote);
  alice.up.config.loss = 0.2;
  alice.up.config.jitter = Duration::millis(40);
  alice.up.config.reorder = 0.1;
  Bytes sent;
  for (int i = 0; i < 200; ++i) {
    const Bytes bytes(static_cast<size_t>(1 + i * 7), static_cast<uint8_t>(i));
    sent.insert(sent.end(), bytes.begin(), bytes.end());
    a.sendOn(*route, bytes);
  }
  world.runFor(Duration::seconds(30));
  EXPECT_EQ(all(b), sent);
  EXPECT_NE(b.arrivals.size(), 200u) << "chunks are not writes";
  b.sendOn(accepted(), asBytes("back"));
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(asText(all(a)), "back");
}

TEST_F(Streams, ARoundTripOpensTcpAndTwoOpenTls) {
  listen();
  world.setCertificate(bob, {"turn.example.org"});
  world.attach(alice, a);
  for (const auto& [protocol, millis] : {std::pair(Protocol::kTcp, 50), std::pair(Protocol::kTls, 100)}) {
    const size_t before = a.answers.size();
    a.ask(OpenStream{7, protocol, address("203.0.113.2:443"), "turn.example.org"});
    const TimePoint asked = world.now();
    ASSERT_TRUE(world.runUntil([&] { return a.answers.size() > before && a.answers.back().index() == 3; }));
    EXPECT_EQ(world.now() - asked, Duration::millis(millis));
  }
}

TEST_F(Streams, RefusedTimedOutAndBadCertificate) {
  listen();
  EXPECT_EQ(open(alice, {1, Protocol::kTcp, address("203.0.113.2:80"), ""}).error().code(), ErrorCode::kNetworkError);
  a.ask(OpenStream{2, Protocol::kTcp, address("203.0.113.99:443"), ""});
  world.runFor(Duration::seconds(20));
  EXPECT_EQ(std::get<StreamOpened>(a.answers.back()).route.error().code(), ErrorCode::kTimeout);
  a.ask(OpenStream{3, Protocol::kTls, address("203.0.113.2:443"), "turn.example.org"});
  world.runFor(Duration::seconds(20));
  EXPECT_EQ(std::get<StreamOpened>(a.answers.back()).route.error().code(), ErrorCode::kUnauthenticated);
}

TEST_F(Streams, ClosingTellsTheOtherSideAfterTheData) {
  listen();
  const Result<Route> route = open(alice);
  ASSERT_TRUE(route);
  a.sendOn(*route, asBytes("last words"));
  a.ask(CloseStream{*route});
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(asText(all(b)), "last words");
  EXPECT_TRUE(std::holds_alternative<StreamClosed>(b.answers.back()));
  EXPECT_FALSE(std::holds_alternative<StreamClosed>(a.answers.back())) << "who closes is told nothing";
  const uint64_t before = world.stats().unroutable;
  a.sendOn(*route, asBytes("x"));
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(world.stats().unroutable, before + 1);
}

TEST_F(Streams, CloseSocketsAndDetachCloseStreamsAndListeners) {
  listen();
  ASSERT_TRUE(open(alice));
  b.ask(CloseSockets{});
  world.runFor(Duration::seconds(1));
  EXPECT_TRUE(std::holds_alternative<StreamClosed>(a.answers.back()));
  a.ask(OpenStream{9, Protocol::kTcp, address("203.0.113.2:443"), ""});
  world.runFor(Duration::seconds(1));
  EXPECT_FALSE(std::get<StreamOpened>(a.answers.back()).route.ok());
  b.ask(ListenTcp{2, {{}, 443}});
  world.runFor(Duration::seconds(1));
  a.ask(OpenStream{10, Protocol::kTcp, address("203.0.113.2:443"), ""});
  world.runFor(Duration::seconds(1));
  EXPECT_TRUE(std::holds_alternative<StreamAccepted>(b.answers.back()));
  world.detach(a);
  world.runFor(Duration::seconds(1));
  EXPECT_TRUE(std::holds_alternative<StreamClosed>(b.answers.back()));
}

TEST_F(Streams, AWireThatStaysCutBreaksThem) {
  listen();
  const Result<Route> route = open(alice);
  ASSERT_TRUE(route);
  alice.up.config.down = true;
  a.sendOn(*route, asBytes("x"));
  world.runFor(Duration::seconds(20));
  EXPECT_TRUE(std::holds_alternative<StreamClosed>(a.answers.back()));
  EXPECT_TRUE(std::holds_alternative<StreamClosed>(b.answers.back()));
}

TEST_F(Streams, GoOutThroughANatAndNotIn) {
  NatBox& home = world.addNat("home", "198.51.100.1", NatConfig::symmetric());
  Host& carol = world.addHost("carol", "192.168.1.2", home);
  listen();
  home.up.config.blocksUdp = true;
  ASSERT_TRUE(open(carol)) << "a firewall that blocks UDP lets it through";
  EXPECT_EQ(accepted().remote.ip, *IpAddress::parse("198.51.100.1"));
  a.sendTo(address("203.0.113.2:443"), asBytes("x"));
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(world.stats().filtered, 1u);
  a.ask(ListenTcp{5, {{}, 443}});
  b.ask(OpenStream{6, Protocol::kTcp, address("198.51.100.1:443"), ""});
  world.runFor(Duration::seconds(20));
  EXPECT_EQ(std::get<StreamOpened>(b.answers.back()).route.error().code(), ErrorCode::kTimeout);
}

}  // namespace
}  // namespace tincan::inline v0::sim
