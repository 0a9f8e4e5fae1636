// ICE-lite as our role (RFC 8445 §2.5), renomination, NAT 1:1 mappings, names of our own.
#include <gtest/gtest.h>

#include "ice/mdns.h"
#include "ice/mdns_responder.h"
#include "tests/ice/naming_peer.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

AgentConfig lite() {
  AgentConfig config = role(Role::kControlling);  // asked for in vain
  config.lite = true;
  config.servers = {ServerUrl::parse("stun:203.0.113.5").value()};
  return config;
}

TEST(Lite, AnswersAndNeverAsks) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlled));
  Node& b = net.add({ip("192.0.2.2"), ip("2001:db8::2")}, lite());
  a.agent->setRemoteLite(true);
  size_t requests = 0;
  net.tap = [&](const Transmit& t) {
    stun::Message m;
    const bool fromLite = t.route.local.ip == ip("192.0.2.2") || t.route.local.ip == ip("2001:db8::2");
    if (fromLite && stun::Message::parse(t.packet.view(), m)) {
      requests += m.messageClass() == stun::Class::kRequest ? 1 : 0;
    }
    return false;
  };
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
  EXPECT_EQ(a.agent->role(), Role::kControlling);
  EXPECT_EQ(b.agent->role(), Role::kControlled);
  ASSERT_EQ(b.candidates.size(), 2u);
  for (const Candidate& c : b.candidates) EXPECT_EQ(c.type, CandidateType::kHost);
  EXPECT_TRUE(net.sendData(a, "\x80 to") && net.sendData(b, "\x80 fro"));
  net.run(Duration::seconds(120));
  EXPECT_EQ(b.data, std::vector<std::string>{"\x80 to"});
  EXPECT_EQ(a.data, std::vector<std::string>{"\x80 fro"});
  EXPECT_TRUE(up(a) && up(b));
  EXPECT_EQ(b.agent->state(), State::kCompleted);
  EXPECT_EQ(requests, 0u);
}

TEST(Lite, TwoOfThemFailAtOnce) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, lite());
  Node& b = net.add({ip("192.0.2.2")}, lite());
  introduce(net, a, b);
  EXPECT_NE(a.agent->state(), State::kFailed);
  a.agent->setRemoteLite(true);
  b.agent->setRemoteLite(true);
  net.run(Duration::seconds(1));
  EXPECT_EQ(a.agent->state(), State::kFailed);
  EXPECT_EQ(b.agent->state(), State::kFailed);
}

// The full peer's checks are a lite agent's only sign of life.
TEST(Lite, SilenceOfThePeerEndsIt) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, lite());
  a.agent->setRemoteLite(true);
  introduce(net, a, b);
  net.run(Duration::seconds(20));
  ASSERT_TRUE(up(b));
  net.tap = [](const Transmit&) { return true; };
  const TimePoint cut = net.now;
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(20), [&] { return b.agent->state() == State::kDisconnected; }));
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(30), [&] { return b.agent->state() == State::kFailed; }));
  EXPECT_LE(net.now - cut, Duration::seconds(30));
  EXPECT_FALSE(net.sendData(b, "\x80"));
  EXPECT_TRUE(b.agent->nextTimeout().isNever());
}

// A full peer that thinks itself controlled, too, is told otherwise and turns round.
TEST(Lite, NeverControls) {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    Network net(seed);
    for (uint64_t skip = 0; skip < seed; ++skip) net.add({});
    Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlled));
    Node& b = net.add({ip("192.0.2.2")}, lite());
    b.agent->setRole(Role::kControlling);
    introduce(net, a, b);  // nobody has told a that b is lite
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(3), [&] { return nominated(a) && nominated(b); })) << seed;
    EXPECT_EQ(b.agent->role(), Role::kControlled);
    EXPECT_EQ(a.agent->role(), Role::kControlling);
  }
}

TEST(Lite, FollowsTheRestartAndTheMoveOfThePeer) {
  Network net;
  Node& a = net.add({ip("192.0.2.1"), ip("198.51.100.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, lite());
  a.agent->setRemoteLite(true);
  introduce(net, a, b);
  net.run(Duration::seconds(10));
  a.agent->restart(net.now);
  b.agent->restart(net.now);
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  EXPECT_TRUE(net.sendData(b, "\x80 on the old pair"));
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
  const IpAddress used = a.agent->selectedPair()->route.local.ip;
  net.run(Duration::seconds(10));
  net.removeAddress(a, used);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(3),
                               [&] { return up(a) && up(b) && b.agent->selectedPair()->route.remote.ip != used; }));
}

// ---- Renomination ----

AgentConfig renominating(Role r) {
  AgentConfig config = role(r);
  config.renomination = true;
  return config;
}

// The better path comes up when the call has long had another: it is used with renomination on both sides, else not.
TEST(Renomination, MovesToABetterPathWhereBothHaveIt) {
  for (const bool theirs : {false, true}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1"), ip("2001:db8::1")}, renominating(Role::kControlling));
    Node& b = net.add({ip("192.0.2.2"), ip("2001:db8::2")}, renominating(Role::kControlled));
    a.agent->setRemoteRenomination(theirs);
    b.agent->setRemoteRenomination(theirs);
    size_t attributes = 0;
    bool broken = true;
    net.tap = [&](const Transmit& t) {
      stun::Message m;
      if (stun::Message::parse(t.packet.view(), m)) attributes += m.has(stun::AttributeType::kNomination) ? 1 : 0;
      return broken && t.route.remote.ip.isV6();
    };
    introduce(net, a, b);
    net.run(Duration::seconds(10));
    ASSERT_TRUE(nominated(a) && nominated(b));
    EXPECT_TRUE(a.agent->selectedPair()->route.local.ip.isV4());
    broken = false;
    size_t sent = 0;
    for (int i = 0; i < 1000; ++i, ++sent) {
      ASSERT_TRUE(net.sendData(a, "\x80x") && net.sendData(b, "\x80x"));
      net.run(Duration::millis(10));
    }
    net.run(Duration::millis(100));
    EXPECT_EQ(a.agent->selectedPair()->route.local.ip.isV6(), theirs);
    EXPECT_EQ(b.agent->selectedPair()->route.local.ip.isV6(), theirs);
    EXPECT_TRUE(nominated(a) && nominated(b));
    EXPECT_EQ(a.data.size(), sent);
    EXPECT_EQ(b.data.size(), sent);
    EXPECT_EQ(attributes > 0, theirs);
    net.run(Duration::seconds(60));
    EXPECT_TRUE(up(a) && up(b));
  }
}

TEST(Renomination, ANewInterfaceThatIsBetterTakesOver) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, renominating(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2"), ip("2001:db8::2")}, renominating(Role::kControlled));
  a.agent->setRemoteRenomination(true);
  b.agent->setRemoteRenomination(true);
  introduce(net, a, b);
  net.run(Duration::seconds(10));
  net.addAddress(a, ip("2001:db8::1"));
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] {
    return nominated(a) && nominated(b) && a.agent->selectedPair()->route.local.ip.isV6() &&
           b.agent->selectedPair()->route.remote.ip.isV6();
  }));
}

// The highest number counts, in whatever order they come, and however high the pair stands.
TEST(Renomination, TheHighestNumberCounts) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, renominating(Role::kControlled));
  a.agent->setRemoteRenomination(true);
  NamingPeer peer(net, a);
  EXPECT_EQ(peer.name("192.0.2.3:9", 1), "192.0.2.3:9");
  EXPECT_EQ(peer.name("192.0.2.2:9", 3), "192.0.2.2:9") << "though the other stands higher";
  EXPECT_EQ(peer.name("192.0.2.3:9", 2), "192.0.2.2:9") << "late";
  EXPECT_EQ(peer.name("192.0.2.3:9", 4), "192.0.2.3:9");
  EXPECT_EQ(peer.name("192.0.2.2:9", 0xffffffff), "192.0.2.2:9");
  EXPECT_EQ(peer.name("192.0.2.3:9", 0), "192.0.2.2:9");
}

// ---- NAT 1:1 ----

TEST(NatMapping, TellsTheOutsideAddress) {
  for (const bool reflexive : {false, true}) {
    Network net;
    AgentConfig config = role(Role::kControlling);
    config.natMappings = {{ip("10.0.0.1"), ip("203.0.113.1"), reflexive}};
    Node& a = net.add({ip("10.0.0.1")}, config);
    Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
    a.natAddress = ip("203.0.113.1");
    introduce(net, a, b);
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(3), [&] { return nominated(a) && nominated(b); }));
    ASSERT_EQ(a.candidates.size(), reflexive ? 2u : 1u);
    const Candidate& told = a.candidates[0];
    EXPECT_EQ(told.address, (SocketAddress{ip("203.0.113.1"), a.bound[0].port}));
    EXPECT_EQ(told.type, reflexive ? CandidateType::kServerReflexive : CandidateType::kHost);
    EXPECT_EQ(told.related.has_value(), reflexive);
    EXPECT_EQ(a.agent->selectedPair()->local.address, told.address);
    EXPECT_EQ(a.agent->selectedPair()->local.type, told.type);
    EXPECT_EQ(b.agent->selectedPair()->remote.address, told.address);
  }
}

// ---- Names of our own ----

// W3C §13.2.
TEST(MdnsNames, HideTheAddressAndAreAnsweredFor) {
  Network net;
  AgentConfig config = role(Role::kControlling);
  config.mdnsNames = true;
  config.servers = {ServerUrl::parse("stun:198.51.100.1").value()};
  net.stunServers.insert(at("198.51.100.1:3478"));
  Node& a = net.add({ip("192.0.2.1"), ip("2001:db8::1")}, config);
  config.role = Role::kControlled;
  Node& b = net.add({ip("192.0.2.2"), ip("2001:db8::2")}, config);
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(5), [&] { return nominated(a) && nominated(b); }));
  for (const Node* node : {&a, &b}) {
    ASSERT_GE(node->candidates.size(), 2u);
    EXPECT_NE(node->candidates[0].hostname, node->candidates[1].hostname);
    for (const Candidate& c : node->candidates) {
      const std::string line = c.toString();
      if (c.type == CandidateType::kHost) {
        EXPECT_TRUE(isMdnsCandidateName(c.hostname)) << line;
      }
      for (const IpAddress& hidden : node->addresses) EXPECT_EQ(line.find(hidden.toString()), line.npos) << line;
      EXPECT_TRUE(Candidate::parse(line)) << line;
    }
    EXPECT_EQ(node->candidates[0].hostname[14], '4') << "version 4";
  }
  net.run(Duration::seconds(10));
  EXPECT_LE(a.agent->stats().mdnsAnswersSent, 8u);
}

// draft-ietf-mmusic-mdns-ice-candidates §3.1.2.2. Not by its foundations either: made of the address, they could be
// undone by trying all that are private. With the same randomness every word that is told is the same, whatever the
// address.
TEST(MdnsNames, NothingThatIsToldDependsOnThePrivateAddress) {
  const auto told = [](std::vector<IpAddress> addresses) {
    Network net;
    AgentConfig config = role(Role::kControlling);
    config.mdnsNames = true;
    config.tcp = TcpCandidates::kAll;
    config.servers = {ServerUrl::parse("stun:198.51.100.1").value()};
    net.stunServers.insert(at("198.51.100.1:3478"));
    Node& node = net.add(std::move(addresses), config);
    node.natAddress = ip("203.0.113.7");
    node.agent->gather(net.now);
    net.run(Duration::seconds(2));
    std::string out;
    size_t reflexive = 0;
    for (const Candidate& c : node.candidates) {
      out += c.toString() + "\n";
      reflexive += c.type == CandidateType::kServerReflexive ? 1 : 0;
    }
    EXPECT_GT(reflexive, 0u) << out;
    EXPECT_GT(node.candidates.size(), reflexive) << out;
    return out;
  };
  const std::string one = told({ip("192.168.1.7"), ip("10.0.0.1")});
  EXPECT_EQ(one, told({ip("10.20.30.40"), ip("172.16.5.5")}));
  EXPECT_EQ(one, told({ip("10.0.0.1"), ip("192.168.1.7")}));
}

TEST(MdnsNames, OneAnswerASecondAndNoneForOthers) {
  SeededRandom random(1);
  PacketPool pool;
  Stats stats;
  MdnsResponder responder(random, pool, stats);
  const TimePoint now = TimePoint::fromMicros(5'000'000);
  Candidate c = Candidate::parse("1 1 udp 1 192.0.2.1 9 typ host").value();
  responder.hide(now, c);
  Transmit out;
  ASSERT_TRUE(responder.pollTransmit(out)) << "the announcement";
  EXPECT_EQ(out.route, mdnsRoute());
  auto records = parseMdnsResponse(out.packet.view());
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].name, c.hostname);
  EXPECT_EQ(records[0].ip, ip("192.0.2.1"));

  const Route from{Protocol::kUdp, mdnsRoute().local, at("192.0.2.7:5353")};
  const auto ask = [&](TimePoint when, std::string_view name, DnsType type) {
    Bytes packet(300);
    ByteWriter writer(packet);
    EXPECT_TRUE(writeMdnsQuery(writer, name, type));
    EXPECT_TRUE(responder.receive(when, from, writer.written()));
    return responder.pollTransmit(out);
  };
  EXPECT_TRUE(ask(now, c.hostname, DnsType::kA));
  EXPECT_FALSE(ask(now + Duration::millis(999), c.hostname, DnsType::kA));
  EXPECT_TRUE(ask(now + Duration::seconds(1), c.hostname, DnsType::kA));
  EXPECT_FALSE(ask(now + Duration::seconds(3), c.hostname, DnsType::kAaaa)) << "it has none";
  EXPECT_FALSE(ask(now + Duration::seconds(3), "a1b2c3d4-e5f6-4a7b-8c9d-000000000001.local", DnsType::kA));
  EXPECT_FALSE(responder.receive(now, {Protocol::kUdp, at("192.0.2.1:5353"), at("192.0.2.7:5353")}, Bytes(12)));
  responder.remove(ip("192.0.2.1"));
  EXPECT_FALSE(responder.receive(now, from, Bytes(12)));
  EXPECT_TRUE(responder.nextTimeout().isNever());
}

TEST(MdnsNames, QueriesCutAtEveryByte) {
  Bytes packet(300);
  ByteWriter writer(packet);
  ASSERT_TRUE(writeMdnsQuery(writer, "a1b2c3d4-e5f6-4a7b-8c9d-000000000001.local", DnsType::kAaaa));
  const Bytes whole = toBytes(writer.written());
  ASSERT_EQ(parseMdnsQuery(whole).size(), 1u);
  EXPECT_EQ(parseMdnsQuery(whole)[0].type, DnsType::kAaaa);
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_TRUE(parseMdnsQuery(ByteView(whole).first(size)).empty());
  Bytes response = whole;
  response[2] = 0x84;
  EXPECT_TRUE(parseMdnsQuery(response).empty());
  Bytes many = whole;
  many[4] = many[5] = 0xff;  // more questions than there are bytes
  EXPECT_TRUE(parseMdnsQuery(many).empty());
  Bytes any = whole;
  any[any.size() - 3] = 0xff;  // type ANY, and the bit that asks for unicast
  any[any.size() - 2] = 0x80;
  EXPECT_EQ(parseMdnsQuery(any).size(), 2u);
}

}  // namespace
}  // namespace tincan::inline v0::ice
