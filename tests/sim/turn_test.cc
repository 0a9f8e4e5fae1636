// Relayed candidates from a TURN server of the virtual network, over UDP, TCP and TLS.
#include <gtest/gtest.h>

#include "tests/sim/peer.h"
#include "tests/sim/world/ice_endpoint.h"
#include "tests/sim/world/stun_server.h"
#include "tests/sim/world/turn_server.h"

namespace tincan::inline v0::sim {
namespace {

using ice::CandidateType;

ice::ServerUrl server(std::string_view url, std::string user = "user", std::string password = "pass") {
  ice::ServerUrl out = ice::ServerUrl::parse(url).value();
  out.username = std::move(user);
  out.credential = std::move(password);
  return out;
}

struct Turn : testing::Test {
  World world{11};
  Host& alice = world.addHost("alice", "203.0.113.1");
  Host& bob = world.addHost("bob", "203.0.113.2");
  Host& turnHost = world.addHost("turn", "203.0.113.9");
  TurnServer turn{world.pool(), world.newRandom()};
  std::unique_ptr<IceEndpoint> a, b;

  void SetUp() override {
    world.addName("turn.example.org", {"203.0.113.9"});
    world.setCertificate(turnHost, {"turn.example.org"});
    world.attach(turnHost, turn);
  }
  ice::AgentConfig relayOnly(std::vector<ice::ServerUrl> servers) {
    ice::AgentConfig config;
    config.servers = std::move(servers);
    config.relayOnly = true;
    return config;
  }
  /// Alice through the relay, Bob as he is.
  void call(ice::AgentConfig ours, ice::AgentConfig theirs = {}) {
    theirs.role = ice::Role::kControlled;
    a = std::make_unique<IceEndpoint>(world, alice, std::move(ours));
    b = std::make_unique<IceEndpoint>(world, bob, std::move(theirs));
    a->connectTo(*b);
    b->connectTo(*a);
  }
  bool connects(Duration limit = Duration::seconds(20)) {
    return world.runUntil([&] { return a->agent.selectedPair() && b->agent.selectedPair(); }, limit);
  }
  void expectData() {
    const size_t before = b->texts.size(), back = a->texts.size();
    a->sendText("there");
    b->sendText("and back");
    world.runFor(Duration::seconds(1));
    ASSERT_EQ(b->texts.size(), before + 1);
    EXPECT_EQ(b->texts.back(), "there");
    ASSERT_EQ(a->texts.size(), back + 1);
    EXPECT_EQ(a->texts.back(), "and back");
  }
  /// Gathers alone, and gives the one error.
  ice::CandidateError failing(ice::ServerUrl url, Duration limit = Duration::seconds(20)) {
    ice::AgentConfig config;
    config.servers = {std::move(url)};
    a = std::make_unique<IceEndpoint>(world, alice, config);
    a->agent.gather(world.now());
    a->wake();
    EXPECT_TRUE(world.runUntil([&] { return a->gathered(); }, limit));
    EXPECT_EQ(a->errors.size(), 1u);
    return a->errors.empty() ? ice::CandidateError{} : a->errors[0];
  }
};

TEST_F(Turn, RelaysOverUdpTcpAndTls) {
  const std::vector<std::pair<std::string, Protocol>> kinds = {{"turn:turn.example.org", Protocol::kUdp},
                                                               {"turn:203.0.113.9?transport=tcp", Protocol::kTcp},
                                                               {"turns:turn.example.org", Protocol::kTls}};
  for (const auto& [url, protocol] : kinds) {
    SCOPED_TRACE(url);
    call(relayOnly({server(url)}));
    ASSERT_TRUE(connects());
    ASSERT_EQ(a->candidates.size(), 1u) << "relayed candidates only";
    const ice::Candidate& relay = a->candidates[0];
    EXPECT_EQ(relay.type, CandidateType::kRelay);
    EXPECT_EQ(relay.protocol, Protocol::kUdp) << "the peer sends UDP to it";
    EXPECT_EQ(relay.address.ip, turnHost.addresses()[0]);
    EXPECT_EQ(relay.priority >> 24, 0u) << "RFC 8445 §5.1.2.2: type preference 0";
    EXPECT_EQ(relay.related->toString(), "0.0.0.0:0");
    EXPECT_EQ(a->agent.selectedPair()->local.type, CandidateType::kRelay);
    EXPECT_EQ(b->agent.selectedPair()->remote.address, relay.address);
    EXPECT_TRUE(turn.stats.protocols.contains(protocol));
    expectData();
    world.runFor(Duration::seconds(2));
    const size_t before = turn.stats.sendIndications, channel = turn.stats.channelIn;
    expectData();
    EXPECT_EQ(turn.stats.sendIndications, before) << "a channel is bound by now";
    EXPECT_GT(turn.stats.channelIn, channel);
    EXPECT_TRUE(a->errors.empty());
    a->close();
    b->close();
    world.runFor(Duration::seconds(1));
    EXPECT_EQ(turn.allocations(), 0u) << "given back";
    a.reset();
    b.reset();
  }
  EXPECT_EQ(turn.stats.releases, 3u);
}

TEST_F(Turn, BothSidesRelayed) {
  call(relayOnly({server("turn:turn.example.org")}), relayOnly({server("turns:turn.example.org")}));
  ASSERT_TRUE(connects());
  EXPECT_EQ(a->agent.selectedPair()->local.type, CandidateType::kRelay);
  EXPECT_EQ(b->agent.selectedPair()->local.type, CandidateType::kRelay);
  expectData();
}

TEST_F(Turn, AllCandidatesAtOnceAndTheDirectPairWins) {
  ice::AgentConfig config;
  config.servers = {server("turn:turn.example.org"), server("turn:turn.example.org?transport=tcp"),
                    server("turns:turn.example.org"), server("stuns:turn.example.org")};
  call(config);
  ASSERT_TRUE(world.runUntil([&] { return a->gathered() && b->gathered(); }));
  ASSERT_TRUE(connects());
  std::vector<uint32_t> priorities;
  for (const auto& c : a->candidates) {
    if (c.type == CandidateType::kRelay) priorities.push_back(c.priority);
  }
  ASSERT_EQ(priorities.size(), 3u);
  EXPECT_GT(priorities[0], priorities[1]) << "UDP before TCP";
  EXPECT_GT(priorities[1], priorities[2]) << "TCP before TLS";
  EXPECT_EQ(turn.stats.bindings, 1u) << "stuns: was asked";
  EXPECT_TRUE(a->errors.empty());
  EXPECT_EQ(a->agent.selectedPair()->local.type, CandidateType::kHost);
  expectData();
}

TEST_F(Turn, TheServerTellsTheReflexiveAddressToo) {
  NatBox& home = world.addNat("home", "198.51.100.1", NatConfig::portRestricted());
  Host& carol = world.addHost("carol", "192.168.1.2", home);
  ice::AgentConfig config;
  config.servers = {server("turn:turn.example.org")};
  IceEndpoint c(world, carol, config);
  c.agent.gather(world.now());
  ASSERT_TRUE(world.runUntil([&] { return c.gathered(); }));
  const ice::Candidate* srflx = c.candidate(CandidateType::kServerReflexive);
  const ice::Candidate* relay = c.candidate(CandidateType::kRelay);
  ASSERT_TRUE(srflx && relay);
  EXPECT_EQ(srflx->address.ip, *IpAddress::parse("198.51.100.1"));
  EXPECT_EQ(relay->related, srflx->address) << "RFC 8839 §5.1";
}

TEST_F(Turn, AnHourOfRefreshesWithNoncesThatExpire) {
  turn.config.algorithms = true;
  turn.config.userhash = true;
  turn.config.nonceLifetime = Duration::seconds(400);
  call(relayOnly({server("turn:turn.example.org")}));
  ASSERT_TRUE(connects());
  for (int minute = 0; minute < 60; ++minute) {
    world.runFor(Duration::seconds(60));
    expectData();
  }
  EXPECT_GT(turn.stats.stale, 3u);
  EXPECT_GE(turn.stats.refreshes, 6u);
  EXPECT_GE(turn.stats.binds, 6u);
  EXPECT_GE(turn.stats.permissions, 12u);
  EXPECT_EQ(turn.allocations(), 1u);
  EXPECT_EQ(turn.stats.noPermission, 0u);
}

TEST_F(Turn, EveryAlgorithmAuthenticates) {
  for (const int kind : {0, 1, 2, 3, 4}) {
    SCOPED_TRACE(kind);
    turn.config.algorithms = kind >= 1 && kind <= 3;
    turn.config.onlyMd5 = kind == 2;
    turn.config.userhash = kind == 3;
    turn.config.auth = kind != 4;
    call(relayOnly({server("turn:turn.example.org")}));
    ASSERT_TRUE(connects());
    expectData();
    a.reset();
    b.reset();
  }
}

TEST_F(Turn, BidDownIsNoticed) {
  turn.config.algorithms = turn.config.stripAlgorithms = true;
  EXPECT_EQ(failing(server("turn:turn.example.org")).errorCode, 401);
}

TEST_F(Turn, Ipv6) {
  turnHost.addAddress(*IpAddress::parse("2001:db8::9"));
  alice.addAddress(*IpAddress::parse("2001:db8::1"));
  bob.addAddress(*IpAddress::parse("2001:db8::2"));
  world.addName("turn6.example.org", {"2001:db8::9"});
  // The server was there before it had the address: another one for its second interface.
  world.detach(turn);
  TurnServer both(world.pool(), world.newRandom());
  world.attach(turnHost, both);
  call(relayOnly({server("turn:turn6.example.org")}));
  ASSERT_TRUE(connects());
  EXPECT_TRUE(a->candidates[0].address.ip.isV6());
  expectData();
  a.reset();
  b.reset();
  // Over IPv4 alone both families are asked for.
  call(relayOnly({server("turn:203.0.113.9")}));
  ASSERT_TRUE(connects());
  ASSERT_EQ(a->candidates.size(), 2u);
  EXPECT_NE(a->candidates[0].address.ip.family(), a->candidates[1].address.ip.family());
  expectData();
  a.reset();
  world.detach(both);
}

TEST_F(Turn, AlternateServer) {
  Host& second = world.addHost("second", "203.0.113.10");
  world.setCertificate(second, {"turn.example.org"});
  TurnServer other(world.pool(), world.newRandom());
  world.attach(second, other);
  turn.config.auth = false;
  for (const auto& [url, port] :
       {std::pair("turn:turn.example.org", 3478), std::pair("turns:turn.example.org", 5349)}) {
    SCOPED_TRACE(url);
    turn.config.alternate = SocketAddress{second.addresses()[0], static_cast<uint16_t>(port)};
    call(relayOnly({server(url)}));
    ASSERT_TRUE(connects());
    EXPECT_EQ(a->candidates[0].address.ip, second.addresses()[0]);
    expectData();
    a.reset();
    b.reset();
  }
  // A loop ends.
  other.config.auth = false;
  turn.config.alternate = SocketAddress{second.addresses()[0], 3478};
  other.config.alternate = SocketAddress{turnHost.addresses()[0], 3478};
  const size_t before = turn.stats.allocates + other.stats.allocates;
  EXPECT_EQ(failing(server("turn:turn.example.org")).errorCode, 300);
  EXPECT_EQ(turn.stats.allocates + other.stats.allocates, before + 2);
  a.reset();
  world.detach(other);
}

// W3C §4.8.3.
TEST_F(Turn, ErrorsAreToldWithUrlCodeAndText) {
  auto error = failing(server("turn:turn.example.org", "user", "wrong"));
  EXPECT_EQ(error.errorCode, 401);
  EXPECT_EQ(error.errorText, "Unauthenticated");
  EXPECT_EQ(error.url, "turn:turn.example.org:3478?transport=udp");
  EXPECT_EQ(error.address, "203.0.113.1");
  EXPECT_NE(error.port, 0);

  for (const uint16_t code : {403, 441, 442, 486, 508}) {
    turn.config.refuse = code;
    error = failing(server("turn:turn.example.org"));
    EXPECT_EQ(error.errorCode, code);
    EXPECT_FALSE(error.errorText.empty());
  }
  turn.config.refuse = 0;
  turn.config.quota = 0;
  EXPECT_EQ(failing(server("turns:turn.example.org")).errorCode, 486);
  turn.config.quota = 10;

  error = failing(server("turn:nowhere.example.org"));
  EXPECT_EQ(error.errorCode, 701);
  EXPECT_NE(error.errorText.find("could not be resolved"), std::string::npos);
  error = failing(server("turn:turn.example.org:81?transport=tcp"));
  EXPECT_EQ(error.errorCode, 701);
  EXPECT_NE(error.errorText.find("refused"), std::string::npos);
  error = failing(server("turns:203.0.113.9"));
  EXPECT_EQ(error.errorCode, 701);
  EXPECT_NE(error.errorText.find("certificate"), std::string::npos);
  error = failing(server("stuns:203.0.113.9"));
  EXPECT_EQ(error.errorCode, 701);
  EXPECT_NE(error.errorText.find("certificate"), std::string::npos);
  turn.config.silent = true;
  for (const char* url : {"turn:turn.example.org", "turns:turn.example.org", "stuns:turn.example.org"}) {
    error = failing(server(url));
    EXPECT_EQ(error.errorCode, 701) << url;
    EXPECT_NE(error.errorText.find("did not answer"), std::string::npos) << url;
  }
}

TEST_F(Turn, StaleNoncesForEverAreThreeRetries) {  // A10
  turn.config.alwaysStale = true;
  EXPECT_EQ(failing(server("turn:turn.example.org")).errorCode, 438);
  EXPECT_EQ(turn.stats.challenges, 1u);
  EXPECT_EQ(turn.stats.stale, 4u) << "the request, and three more";
}

TEST_F(Turn, ForgedDataIsDropped) {  // A10
  call(relayOnly({server("turn:turn.example.org")}));
  ASSERT_TRUE(connects());
  world.runFor(Duration::seconds(2));
  const Route client = turn.clients().at(0);
  std::array<uint8_t, 300> space;
  const auto indication = [&](const SocketAddress& peer) {
    stun::MessageWriter writer(space, stun::Class::kIndication, stun::Method::kData, stun::TransactionId{});
    writer.xorAddress(stun::AttributeType::kXorPeerAddress, peer);
    writer.bytes(stun::AttributeType::kData, asBytes("forged"));
    turn.sendTo(client, writer.written());
  };
  indication({IpAddress::v4(192, 0, 2, 66), 5000});
  const std::array<uint8_t, 8> unknownChannel = {0x4F, 0xFF, 0, 4, 1, 2, 3, 4};
  turn.sendTo(client, unknownChannel);
  const std::array<uint8_t, 8> lyingLength = {0x40, 0x00, 0, 5, 1, 2, 3, 4};
  turn.sendTo(client, lyingLength);
  world.runFor(Duration::seconds(1));
  EXPECT_TRUE(a->texts.empty());
  const stun::TurnStats& stats = a->agent.stats().turn;
  EXPECT_EQ(stats.noPermission, 1u);
  EXPECT_EQ(stats.unknownChannel, 1u);
  EXPECT_EQ(stats.malformed, 1u);
  expectData();
}

TEST_F(Turn, APeerThatIsForbiddenAndAServerThatDies) {
  turn.config.forbidden.insert(bob.addresses()[0]);
  call(relayOnly({server("turn:turn.example.org")}));
  EXPECT_FALSE(connects());
  EXPECT_LE(turn.stats.permissions, 2u) << "403 is not asked again";
  EXPECT_EQ(turn.stats.sendIndications, 0u) << "nothing is sent before the permission is there";
  a.reset();
  b.reset();

  turn.config.forbidden.clear();
  ice::AgentConfig config = relayOnly({server("turn:turn.example.org?transport=tcp")});
  call(config);
  ASSERT_TRUE(connects());
  world.detach(turn);
  world.runFor(Duration::seconds(2));
  EXPECT_FALSE(a->agent.selectedPair()) << "the connection was closed, and the allocation with it";
  a.reset();
  b.reset();
}

TEST_F(Turn, RestartKeepsTheAllocation) {
  call(relayOnly({server("turn:turn.example.org")}));
  ASSERT_TRUE(connects());
  a->candidates.clear();
  a->agent.restart(world.now());
  b->agent.restart(world.now());
  a->agent.setRemoteCredentials(world.now(), b->agent.localCredentials());
  b->agent.setRemoteCredentials(world.now(), a->agent.localCredentials());
  ASSERT_TRUE(world.runUntil([&] { return a->gathered() && a->agent.state() == ice::State::kCompleted; }));
  EXPECT_EQ(a->candidates.size(), 1u);
  EXPECT_EQ(turn.stats.mostAllocations, 1u);
  expectData();
}

// ---- whole connections ----

TEST_F(Turn, CallsOfPeerConnectionsOverEachTransport) {
  for (const char* url : {"turn:turn.example.org", "turn:turn.example.org?transport=tcp", "turns:turn.example.org"}) {
    SCOPED_TRACE(url);
    stack::RTCConfiguration configuration;
    configuration.iceServers = {{{url}, "user", "pass"}};
    configuration.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
    Peer x(world, alice, configuration);
    Peer y(world, bob, configuration);
    trickle(x, y);
    trickle(y, x);
    x.addCameraMic();
    y.addCameraMic();
    const auto channel = x.pc->createDataChannel("chat").value();
    std::string echoed;
    channel->onopen = [&] { EXPECT_TRUE(channel->send("hello").ok()); };
    channel->onmessage = [&](stack::MessageEvent message) { echoed = std::get<std::string>(message.data); };
    signal(x, y);
    ASSERT_TRUE(world.runUntil([&] { return connected(x) && connected(y); }));
    world.runFor(Duration::seconds(3));
    EXPECT_EQ(echoed, "hello");
    EXPECT_GT(x.pictures, 15u);
    EXPECT_GT(y.pictures, 15u);
    EXPECT_GT(x.loudSounds + y.loudSounds, 50u);
    EXPECT_GT(turn.stats.channelIn, 100u);
    x.pc->close();
    y.pc->close();
    world.runFor(Duration::seconds(1));
    EXPECT_EQ(turn.allocations(), 0u) << "close() gives them back";
  }
}

// W3C §4.8.2: the event says which server a candidate came from, and the candidate what lies below it.
TEST_F(Turn, TheCandidateEventNamesTheServer) {
  const std::string url = "turn:turn.example.org:3478?transport=tcp";
  stack::RTCConfiguration configuration;
  configuration.iceServers = {{{url}, "user", "pass"}};
  Peer x(world, alice, configuration);
  std::vector<stack::RTCPeerConnectionIceEvent> events;
  x.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) { events.push_back(std::move(event)); };
  (void)x.pc->createDataChannel("chat");
  ASSERT_TRUE(x.pc->setLocalDescription().ok());
  ASSERT_TRUE(world.runUntil([&] { return !events.empty() && !events.back().candidate; }));
  int relayed = 0;
  for (const auto& event : events) {
    if (!event.candidate || event.candidate->type() != stack::RTCIceCandidateType::kRelay) {
      EXPECT_FALSE(event.url) << "of no server";
      continue;
    }
    ++relayed;
    EXPECT_EQ(event.url, url);
    EXPECT_EQ(event.candidate->url, url);
    EXPECT_EQ(event.candidate->relayProtocol, stack::RTCIceServerTransportProtocol::kTcp);
  }
  EXPECT_EQ(relayed, 1);
}

}  // namespace
}  // namespace tincan::inline v0::sim
