#include "tests/sim/world/world.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "tests/sim/world/mdns.h"
#include "tests/sim/world/stun_server.h"
#include "tests/sim/world/udp_endpoint.h"

namespace tincan::inline v0::sim {
namespace {

SocketAddress address(std::string_view text) {
  return *SocketAddress::parse(text);
}

/// Sends back what it gets.
class Echo final : public UdpEndpoint {
 public:
  using UdpEndpoint::UdpEndpoint;

 private:
  void onPacket(TimePoint, const Route& route, ByteView bytes) override { sendTo(route.local, route.remote, bytes); }
};

/// Sends a numbered packet every `interval`.
class Pinger final : public UdpEndpoint {
 public:
  Pinger(PacketPool& pool, SocketAddress remote, Duration interval, size_t size = 100)
      : UdpEndpoint(pool), remote_(remote), interval_(interval), size_(size) {}
  void handleTimeout(TimePoint now) override {
    while (next_ <= now) {
      Bytes bytes(size_);
      storeBe32(bytes.data(), sent++);
      sendTo(remote_, bytes);
      next_ = next_ + interval_;
    }
  }
  TimePoint nextTimeout() const override { return locals.empty() ? TimePoint::never() : next_; }
  void handleIoResult(TimePoint now, IoResult result) override {
    UdpEndpoint::handleIoResult(now, std::move(result));
    next_ = now;
  }
  uint32_t sent = 0;

 private:
  SocketAddress remote_;
  Duration interval_;
  size_t size_;
  TimePoint next_ = TimePoint::never();
};

TEST(World, APacketTakesBothWiresTheirTime) {
  World world(1);
  Host& alice = world.addHost("alice", "203.0.113.1", {.delay = Duration::millis(10)});
  Host& bob = world.addHost("bob", "203.0.113.2", {.delay = Duration::millis(30)});
  UdpEndpoint a(world.pool());
  Echo b(world.pool(), 7);
  world.attach(alice, a);
  world.attach(bob, b);
  world.runFor(Duration::millis(1));
  ASSERT_EQ(a.locals.size(), 1u);
  EXPECT_EQ(b.locals[0], address("203.0.113.2:7"));
  const TimePoint start = world.now();
  a.sendTo(address("203.0.113.2:7"), asBytes("hello"));
  world.runFor(Duration::seconds(1));
  ASSERT_EQ(b.arrivals.size(), 1u);
  EXPECT_EQ(b.arrivals[0].time, start + Duration::millis(40));
  EXPECT_EQ(b.arrivals[0].route.remote, a.locals[0]);
  ASSERT_EQ(a.arrivals.size(), 1u);
  EXPECT_EQ(a.arrivals[0].time, start + Duration::millis(80));
  EXPECT_EQ(asText(a.arrivals[0].bytes), "hello");
  EXPECT_EQ(world.now(), start + Duration::seconds(1));
}

TEST(World, LossOnEachWireCounts) {
  World world(2);
  Host& alice = world.addHost("alice", "203.0.113.1", {.loss = 0.1});
  Host& bob = world.addHost("bob", "2001:db8::2");
  alice.addAddress(*IpAddress::parse("2001:db8::1"));
  Echo echo(world.pool(), 7);
  Pinger pinger(world.pool(), address("[2001:db8::2]:7"), Duration::millis(10));
  world.attach(bob, echo);
  world.attach(alice, pinger);
  world.runFor(Duration::millis(1));
  std::swap(pinger.locals[0], pinger.locals[1]);
  world.runFor(Duration::seconds(100));
  EXPECT_NEAR(static_cast<double>(echo.arrivals.size()), 9000, 150);
  EXPECT_NEAR(static_cast<double>(pinger.arrivals.size()), 8100, 200);
  EXPECT_NEAR(pinger.sent, 10'000, 5);
}

uint64_t chatter(uint64_t seed, LinkConfig link) {
  World world(seed);
  NatBox& home = world.addNat("home", "203.0.113.1", NatConfig::portRestricted(), link);
  Host& alice = world.addHost("alice", "192.168.1.2", home, link);
  Host& bob = world.addHost("bob", "203.0.113.2", link);
  Echo echo(world.pool(), 7);
  Pinger pinger(world.pool(), address("203.0.113.2:7"), Duration::millis(20));
  world.attach(bob, echo);
  world.attach(alice, pinger);
  world.runFor(Duration::seconds(10));
  EXPECT_GT(pinger.arrivals.size(), 100u);
  return world.wireHash();
}

TEST(World, TheSameSeedGivesTheSameBytes) {
  const LinkConfig link{.jitter = Duration::millis(10), .loss = 0.05, .reorder = 0.02, .duplicate = 0.01};
  const uint64_t first = chatter(1, link);
  EXPECT_EQ(first, chatter(1, link));
  EXPECT_NE(first, chatter(2, link));
}

TEST(World, BehindANatOneIsSeenFromOutsideAndOnlyAnswersComeIn) {
  World world(1);
  NatBox& home = world.addNat("home", "203.0.113.1", NatConfig::portRestricted());
  Host& alice = world.addHost("alice", "192.168.1.2", home);
  Host& bob = world.addHost("bob", "203.0.113.2");
  UdpEndpoint a(world.pool());
  Echo b(world.pool(), 7);
  UdpEndpoint stranger(world.pool(), 8);
  world.attach(alice, a);
  world.attach(bob, b);
  world.attach(bob, stranger);
  world.runFor(Duration::millis(1));
  a.sendTo(address("203.0.113.2:7"), asBytes("x"));
  world.runFor(Duration::seconds(1));
  ASSERT_EQ(b.arrivals.size(), 1u);
  EXPECT_EQ(b.arrivals[0].route.remote.ip, *IpAddress::parse("203.0.113.1"));
  EXPECT_EQ(a.arrivals.size(), 1u);
  stranger.sendTo(b.arrivals[0].route.remote, asBytes("let me in"));
  stranger.sendTo(a.locals[0], asBytes("private"));
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(a.arrivals.size(), 1u);
  EXPECT_EQ(world.stats().filtered, 1u);
  EXPECT_EQ(world.stats().unroutable, 1u);
}

TEST(World, NeighboursBehindOneNatReachEachOtherDirectlyAndByHairpin) {
  for (const bool hairpinning : {true, false}) {
    World world(1);
    NatConfig config = NatConfig::fullCone();
    config.hairpinning = hairpinning;
    NatBox& home = world.addNat("home", "203.0.113.1", config);
    Host& one = world.addHost("one", "192.168.1.2", home);
    Host& two = world.addHost("two", "192.168.1.3", home);
    Host& server = world.addHost("server", "203.0.113.9");
    UdpEndpoint a(world.pool()), b(world.pool(), 7);
    Echo reflector(world.pool(), 7);
    world.attach(one, a);
    world.attach(two, b);
    world.attach(server, reflector);
    world.runFor(Duration::millis(1));
    a.sendTo(address("192.168.1.3:7"), asBytes("direct"));
    b.sendTo(address("203.0.113.9:7"), asBytes("open"));
    world.runFor(Duration::seconds(1));
    ASSERT_EQ(b.arrivals.size(), 2u);
    EXPECT_EQ(b.arrivals[0].route.remote, a.locals[0]);
    a.sendTo(reflector.arrivals[0].route.remote, asBytes("hairpin"));
    world.runFor(Duration::seconds(1));
    ASSERT_EQ(b.arrivals.size(), hairpinning ? 3u : 2u);
    if (hairpinning) {
      EXPECT_EQ(b.arrivals[2].route.remote.ip, home.nat.outside());
    }
  }
}

TEST(World, NatsNest) {
  World world(1);
  NatBox& carrier = world.addNat("carrier", "203.0.113.1", NatConfig::symmetric());
  NatBox& home = world.addNat("home", "100.64.0.2", carrier, NatConfig::fullCone());
  Host& alice = world.addHost("alice", "192.168.1.2", home);
  Host& bob = world.addHost("bob", "203.0.113.2");
  UdpEndpoint a(world.pool());
  Echo b(world.pool(), 7);
  world.attach(alice, a);
  world.attach(bob, b);
  world.runFor(Duration::millis(1));
  a.sendTo(address("203.0.113.2:7"), asBytes("x"));
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(b.arrivals.at(0).route.remote.ip, *IpAddress::parse("203.0.113.1"));
  EXPECT_EQ(a.arrivals.size(), 1u);
}

TEST(World, QuestionsAreAnswered) {
  World world(1);
  Host& alice = world.addHost("alice", "203.0.113.1");
  alice.addAddress(*IpAddress::parse("2001:db8::1"));
  world.addName("stun.example.org", {"203.0.113.9", "2001:db8::9"});
  UdpEndpoint a(world.pool());
  world.attach(alice, a);
  world.runFor(Duration::millis(1));
  EXPECT_EQ(a.locals.size(), 2u);
  EXPECT_NE(a.locals[0].port, 0);
  a.ask(ResolveHost{2, "stun.example.org"});
  a.ask(ResolveHost{3, "nowhere.example.org"});
  a.ask(ResolveHost{4, "192.0.2.7"});
  a.ask(OpenUdp{5, {*IpAddress::parse("198.51.100.1"), 0}});
  a.ask(OpenStream{6, Protocol::kTls, address("203.0.113.9:443"), "x"});
  world.runFor(Duration::seconds(10));
  ASSERT_EQ(a.answers.size(), 6u);
  EXPECT_TRUE(std::get<UdpOpened>(a.answers[1]).locals.empty()) << "not an address of this host";
  EXPECT_EQ(std::get<HostResolved>(a.answers[2]).addresses.value().size(), 2u);
  EXPECT_EQ(std::get<HostResolved>(a.answers[3]).addresses.error().code(), ErrorCode::kNotFoundError);
  EXPECT_EQ(std::get<HostResolved>(a.answers[4]).addresses.value()[0], *IpAddress::parse("192.0.2.7"));
  EXPECT_FALSE(std::get<StreamOpened>(a.answers[5]).route.ok());
}

TEST(World, ClosedSocketsAndGoneInterfacesHearNothing) {
  World world(1);
  Host& alice = world.addHost("alice", "203.0.113.1");
  Host& bob = world.addHost("bob", "203.0.113.2");
  UdpEndpoint a(world.pool());
  UdpEndpoint b(world.pool(), 7);
  world.attach(alice, a);
  world.attach(bob, b);
  const auto ping = [&] {
    a.sendTo(address("203.0.113.2:7"), asBytes("x"));
    world.runFor(Duration::seconds(1));
    return b.arrivals.size();
  };
  world.runFor(Duration::millis(1));
  EXPECT_EQ(ping(), 1u);
  bob.down.config.down = true;
  EXPECT_EQ(ping(), 1u);
  bob.down.config.down = false;
  EXPECT_EQ(ping(), 2u);
  alice.removeAddress(*IpAddress::parse("203.0.113.1"));
  EXPECT_EQ(ping(), 2u);
  alice.addAddress(*IpAddress::parse("203.0.113.1"));
  EXPECT_EQ(ping(), 3u);
  b.ask(CloseSockets{});
  EXPECT_EQ(ping(), 3u);
  EXPECT_EQ(world.stats().unheard, 1u);
  world.detach(b);
  EXPECT_EQ(ping(), 3u);
}

TEST(World, PacketsThatAreTooLargeAreDropped) {
  World world(1);
  Host& alice = world.addHost("alice", "203.0.113.1", {.mtu = 1280});
  Host& bob = world.addHost("bob", "203.0.113.2");
  UdpEndpoint a(world.pool()), b(world.pool(), 7);
  world.attach(alice, a);
  world.attach(bob, b);
  world.runFor(Duration::millis(1));
  a.sendTo(address("203.0.113.2:7"), Bytes(1252));
  a.sendTo(address("203.0.113.2:7"), Bytes(1253));
  world.runFor(Duration::seconds(1));
  EXPECT_EQ(b.arrivals.size(), 1u);
  EXPECT_EQ(alice.up.stats().tooLarge, 1u);
}

TEST(World, TheScriptRunsAtItsTimesAndUntilLooks) {
  World world(1);
  const TimePoint start = world.now();
  std::vector<int64_t> times;
  world.after(Duration::seconds(2), [&] { times.push_back((world.now() - start).millis()); });
  world.after(Duration::seconds(1), [&] {
    times.push_back((world.now() - start).millis());
    world.after(Duration::millis(500), [&] { times.push_back((world.now() - start).millis()); });
  });
  EXPECT_TRUE(world.runUntil([&] { return times.size() == 2; }));
  EXPECT_EQ(world.now(), start + Duration::millis(1500));
  EXPECT_FALSE(world.runUntil([&] { return times.size() == 4; }, Duration::seconds(5)));
  EXPECT_EQ(times, (std::vector<int64_t>{1000, 1500, 2000}));
  EXPECT_EQ(world.now(), start + Duration::millis(6500));
}

/// Wants to be woken now, for ever; or always has something to say.
class Restless final : public UdpEndpoint {
 public:
  Restless(PacketPool& pool, bool talks) : UdpEndpoint(pool), talks_(talks) {}
  TimePoint nextTimeout() const override { return talks_ ? TimePoint::never() : TimePoint::fromMicros(0); }
  bool dispatchEvents(TimePoint) override { return talks_; }

 private:
  bool talks_;
};

TEST(World, EndpointsThatNeverRestFailTheTest) {
  for (const bool talks : {false, true}) {
    testing::TestPartResultArray results;
    {
      testing::ScopedFakeTestPartResultReporter reporter(
          testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &results);
      World world(77);
      Host& alice = world.addHost("alice", "203.0.113.1");
      Restless restless(world.pool(), talks);
      world.attach(alice, restless);
      world.runFor(Duration::seconds(1));
    }
    ASSERT_EQ(results.size(), 1);
    EXPECT_NE(std::string(results.GetTestPartResult(0).message()).find("World seed 77"), std::string::npos)
        << "a failure names the seed";
  }
}

TEST(World, AStunServerTellsWhatTheNatMakesOfUs) {
  World world(1);
  NatBox& home = world.addNat("home", "203.0.113.1", NatConfig::symmetric());
  Host& alice = world.addHost("alice", "192.168.1.2", home);
  Host& server = world.addHost("stun", "203.0.113.9");
  UdpEndpoint a(world.pool());
  StunServer stun(world.pool());
  world.attach(alice, a);
  world.attach(server, stun);
  world.runFor(Duration::millis(1));
  std::array<uint8_t, 64> request;
  stun::MessageWriter writer(request, stun::Class::kRequest, stun::Method::kBinding, stun::TransactionId{1, 2, 3});
  a.sendTo(address("203.0.113.9:3478"), writer.written());
  a.sendTo(address("203.0.113.9:3478"), asBytes("not STUN"));
  world.runFor(Duration::seconds(1));
  ASSERT_EQ(a.arrivals.size(), 1u);
  EXPECT_EQ(stun.requests(), 1u);
  stun::Message answer;
  ASSERT_TRUE(stun::Message::parse(a.arrivals[0].bytes, answer));
  EXPECT_EQ(answer.mappedAddress(), stun.arrivals[0].route.remote);
  EXPECT_EQ(answer.mappedAddress()->ip, home.nat.outside());
}

TEST(World, MdnsNamesAreAnsweredInTheSameRealm) {
  World world(1);
  NatBox& home = world.addNat("home", "203.0.113.1");
  Host& alice = world.addHost("alice", "192.168.1.2", home);
  Host& bob = world.addHost("bob", "192.168.1.3", home);
  Host& carol = world.addHost("carol", "203.0.113.3");
  world.addMdnsName(bob, "abc.local");
  UdpEndpoint a(world.pool()), c(world.pool());
  world.attach(alice, a);
  world.attach(carol, c);
  ByteBuilder query;
  query.u16(0).u16(0).u16(1).u16(0).u16(0).u16(0).u8(3).bytes(asBytes("abc")).u8(5).bytes(asBytes("local")).u8(0);
  query.u16(1).u16(1);
  for (UdpEndpoint* each : {&a, &c}) each->sendTo(address("0.0.0.0:5353"), address("224.0.0.251:5353"), query.view());
  world.runFor(Duration::seconds(1));
  ASSERT_EQ(a.arrivals.size(), 1u);
  EXPECT_EQ(a.arrivals[0].route.local, address("0.0.0.0:5353"));
  EXPECT_EQ(a.arrivals[0].route.remote, address("192.168.1.3:5353"));
  const Bytes& response = a.arrivals[0].bytes;
  EXPECT_TRUE(equalBytes(ByteView(response).last(4), bob.addresses()[0].bytes()));
  EXPECT_TRUE(c.arrivals.empty());
  EXPECT_FALSE(mdnsResponse(query.view(), "other.local", bob.addresses()[0]));
  for (size_t size = 0; size < query.size(); ++size) {
    EXPECT_FALSE(mdnsResponse(query.view().first(size), "abc.local", bob.addresses()[0])) << size;
  }
}

}  // namespace
}  // namespace tincan::inline v0::sim
