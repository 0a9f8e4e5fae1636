// Candidate lines, server URLs, priorities, the consent clock, gathering errors, a lite peer, aggressive nomination.
#include <gtest/gtest.h>

#include "ice/agent.h"
#include "ice/candidate_pair.h"
#include "ice/consent.h"
#include "tests/ice/naming_peer.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

// RFC 8839 §5.1.
TEST(Candidate, LinesOfBrowsers) {
  const auto chromium = Candidate::parse(
      "a=candidate:3885250869 1 udp 2122260223 10.88.0.1 54321 typ host generation 0 ufrag Ab+/ network-id 1 "
      "network-cost 10");
  ASSERT_TRUE(chromium);
  EXPECT_EQ(chromium->foundation, "3885250869");
  EXPECT_EQ(chromium->address, at("10.88.0.1:54321"));
  EXPECT_EQ(chromium->ufrag, "Ab+/");
  const auto firefox =
      Candidate::parse("candidate:0 1 UDP 2122187007 6a0f4c2e-1d3b-4e5f-8a9b-0c1d2e3f4a5b.local 40234 typ host");
  ASSERT_TRUE(firefox);
  EXPECT_EQ(firefox->hostname, "6a0f4c2e-1d3b-4e5f-8a9b-0c1d2e3f4a5b.local");
  EXPECT_FALSE(firefox->address.ip.isSpecified());
  const auto reflexive = Candidate::parse(
      "candidate:1 1 udp 1677729535 2001:db8::7 61665 typ srflx raddr 2001:db8::1 rport 54609 generation 0");
  ASSERT_TRUE(reflexive);
  EXPECT_EQ(reflexive->type, CandidateType::kServerReflexive);
  EXPECT_EQ(reflexive->related, at("[2001:db8::1]:54609"));
  const auto tcp = Candidate::parse("candidate:2 1 TCP 2105524479 192.0.2.1 9 typ host tcptype active");
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->protocol, Protocol::kTcp);
  EXPECT_EQ(tcp->tcpType, TcpType::kActive);
  for (const auto& c : {chromium, firefox, reflexive, tcp}) {
    const auto again = Candidate::parse(c->toString());
    ASSERT_TRUE(again) << c->toString();
    EXPECT_EQ(*again, *c);
  }
}

// RFC 8839 §5.1.
TEST(Candidate, BadLines) {
  const std::string good = "candidate:1 1 udp 1 192.0.2.1 9 typ host";
  ASSERT_TRUE(Candidate::parse(good));
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(Candidate::parse(good.substr(0, size))) << size;
  for (const std::string& bad :
       {std::string("candidate:1 0 udp 1 192.0.2.1 9 typ host"),
        std::string("candidate:1 256 udp 1 192.0.2.1 9 typ host"),
        std::string("candidate:1 -1 udp 1 192.0.2.1 9 typ host"),
        std::string("candidate:1 1 sctp 1 192.0.2.1 9 typ host"),
        std::string("candidate:1 1 udp 4294967296 192.0.2.1 9 typ host"),
        std::string("candidate:1 1 udp 1 192.0.2.1 65536 typ host"),
        std::string("candidate:1 1 udp 1 192.0.2.1 9 typ fish"),
        std::string("candidate:1 1 udp 1 192.0.2.1 9 type host"),
        std::string("candidate:1 1 udp 1 under_score 9 typ host"), good + " ufrag \r\na=x",
        good + " x " + std::string(1024, 'y'), "candidate:1 1 udp 1 " + std::string(256, 'a') + " 9 typ host"}) {
    EXPECT_FALSE(Candidate::parse(bad)) << bad;
  }
}

// What the call need not read exactly is left out: a candidate may be the peer's only one.
TEST(Candidate, WhatIsNotNeededIsForgiven) {
  const std::string good = "candidate:1 1 udp 1 192.0.2.1 9 typ host";
  const Candidate plain = Candidate::parse(good).value();
  for (const std::string tail : {" raddr", " raddr !", " rport x", " tcptype fast", " ufrag", " ufrag ?", " generation",
                                 " x", " x generation 0", " generation 0 x", " x network-id 1 y"}) {
    const auto c = Candidate::parse(good + tail);
    ASSERT_TRUE(c) << tail;
    EXPECT_EQ(c->toString(), plain.toString()) << tail;
  }
  const auto passive = Candidate::parse("candidate:1 1 tcp 1 192.0.2.1 9000 typ host x tcptype passive y ufrag abcd");
  ASSERT_TRUE(passive);
  EXPECT_EQ(passive->tcpType, TcpType::kPassive) << "an unknown extension without a value takes none of the next";
}

TEST(Candidate, AFoundationThatIsNoneIsReplaced) {
  const std::string rest = " 1 udp 2113932031 192.0.2.7 19305 typ host generation 0";
  std::string other;
  for (const std::string& foundation : {std::string(), std::string("?"), std::string(33, 'a')}) {
    const auto c = Candidate::parse("candidate:" + foundation + rest);
    ASSERT_TRUE(c) << foundation;
    EXPECT_EQ(c->address, at("192.0.2.7:19305"));
    EXPECT_EQ(c->component, 1);
    EXPECT_EQ(c->priority, 2113932031u);
    EXPECT_FALSE(c->foundation.empty());
    EXPECT_EQ(Candidate::parse(c->toString()).value(), *c);
    other = c->foundation;
  }
  EXPECT_NE(Candidate::parse("candidate: 1 udp 9 192.0.2.8 19305 typ host")->foundation, other);
}

TEST(Candidate, ZoneIdsAreDropped) {
  const auto c = Candidate::parse("candidate:1 1 udp 1 fe80::1%eth0 9 typ srflx raddr fe80::2%7 rport 8");
  ASSERT_TRUE(c);
  EXPECT_EQ(c->address, at("[fe80::1]:9"));
  EXPECT_EQ(c->related, at("[fe80::2]:8"));
  EXPECT_FALSE(Candidate::parse("candidate:1 1 udp 1 192.0.2.1%eth0 9 typ host"));
}

// RFC 8445 §5.1.2.1.
TEST(Candidate, PrioritiesOfRfc8445) {
  EXPECT_EQ(candidatePriority(CandidateType::kHost, 65535, 1), 2130706431u);  // §5.1.2.1's formula
  EXPECT_GT(candidatePriority(CandidateType::kPeerReflexive, 0, 1),
            candidatePriority(CandidateType::kServerReflexive, 65535, 1));
  EXPECT_EQ(pairPriority(3, 2), (uint64_t{2} << 32) + 7);
  EXPECT_EQ(pairPriority(2, 3), (uint64_t{2} << 32) + 6);
}

// RFC 7064 §3.1; RFC 7065 §3.1.
TEST(ServerUrl, GoodOnes) {
  const struct {
    const char *url, *host, *whole;
    uint16_t port;
    Protocol protocol;
  } cases[] = {
      {"stun:stun.example.org", "stun.example.org", "stun:stun.example.org:3478", 3478, Protocol::kUdp},
      {"STUN:192.0.2.1:19302", "192.0.2.1", "stun:192.0.2.1:19302", 19302, Protocol::kUdp},
      {"stun:[2001:db8::1]:3479", "2001:db8::1", "stun:[2001:db8::1]:3479", 3479, Protocol::kUdp},
      {"stuns:stun.example.org", "stun.example.org", "stuns:stun.example.org:5349", 5349, Protocol::kTls},
      {"turn:t?transport=tcp", "t", "turn:t:3478?transport=tcp", 3478, Protocol::kTcp},
      {"turn:t:1?transport=udp", "t", "turn:t:1?transport=udp", 1, Protocol::kUdp},
      {"turns:t:443?transport=tcp", "t", "turns:t:443?transport=tcp", 443, Protocol::kTls},
  };
  for (const auto& c : cases) {
    const auto url = ServerUrl::parse(c.url);
    ASSERT_TRUE(url) << c.url;
    EXPECT_EQ(url->host, c.host);
    EXPECT_EQ(url->port, c.port);
    EXPECT_EQ(url->protocol, c.protocol);
    EXPECT_EQ(url->toString(), c.whole);
    EXPECT_EQ(ServerUrl::parse(url->toString())->toString(), c.whole);
  }
}

// RFC 7064 §3.1; RFC 7065 §3.1.
TEST(ServerUrl, BadOnes) {
  for (const char* url : {"", "stun", "stun:", "http://x", "stun:x:0", "stun:x:65536", "stun:x:", "stun:x:1x",
                          "stun:[::1", "stun:[192.0.2.1]", "stun:[::1]1", "stun://x", "stun:x?transport=udp",
                          "turn:x?transport=sctp", "turn:x?", "turns:x?transport=udp", "stun:a b", "stun:x\r\n"}) {
    EXPECT_FALSE(ServerUrl::parse(url)) << url;
  }
}

// RFC 8839 §5.4.
TEST(Credentials, AreDrawnFromIceChars) {
  SeededRandom random(1);
  const auto a = Credentials::generate(random);
  const auto b = Credentials::generate(random);
  EXPECT_TRUE(a.valid());
  EXPECT_FALSE(a == b);
  EXPECT_FALSE((Credentials{"abc", a.password}).valid());
  EXPECT_FALSE((Credentials{a.ufrag, std::string(21, 'a')}).valid());
  EXPECT_FALSE((Credentials{"ab:d", a.password}).valid());
}

// RFC 7675 §5.1.
TEST(Consent, ExpiresThirtySecondsAfterTheLastAnswer) {
  SeededRandom random(1);
  const AgentConfig config;
  TimePoint now = TimePoint::fromMicros(1);
  Consent consent(now, config, random);
  const TimePoint end = now + Duration::seconds(30);
  TimePoint doubt = TimePoint::never();
  size_t sends = 0;
  while (consent.state(now) != Consent::State::kExpired) {
    if (consent.takeSend(now)) ++sends;
    if (consent.state(now) == Consent::State::kDoubtful && doubt.isNever()) doubt = now;
    ASSERT_GT(consent.nextTimeout(), now);
    now = consent.nextTimeout();
  }
  EXPECT_EQ(now, end);
  EXPECT_GE(sends, 40u);
  EXPECT_GE(doubt, TimePoint::fromMicros(1) + Duration::seconds(9));
  EXPECT_LE(doubt, TimePoint::fromMicros(1) + Duration::seconds(11));
  consent.onAnswer(now, now);
  EXPECT_EQ(consent.state(now), Consent::State::kExpired);
}

AgentConfig withServers(std::initializer_list<const char*> urls) {
  AgentConfig config;
  for (const char* url : urls) config.servers.push_back(ServerUrl::parse(url).value());
  return config;
}

TEST(Gathering, EveryServerThatFailsGivesOneErrorAndTheRestGoesOn) {
  Network net;
  AgentConfig config = withServers({"stuns:secure.example.org", "turn:turn.example.org", "stun:nowhere.example.org",
                                    "stun:198.51.100.9", "stun:198.51.100.1", "stun:[2001:db8::99]"});
  net.stunServers.insert(at("198.51.100.1:3478"));
  Node& a = net.add({ip("10.0.0.1"), ip("10.0.0.2")}, config);
  a.natAddress = ip("203.0.113.1");
  a.agent->gather(net.now);
  EXPECT_EQ(a.agent->gatheringState(), GatheringState::kGathering);
  net.run(Duration::seconds(5));
  EXPECT_EQ(a.candidates.size(), 4u);
  EXPECT_FALSE(a.gathered);
  net.run(Duration::seconds(6));
  EXPECT_TRUE(a.gathered);
  ASSERT_EQ(a.errors.size(), 5u);
  for (const auto& e : a.errors) {
    EXPECT_EQ(e.errorCode, 701) << e.url;
    EXPECT_FALSE(e.errorText.empty());
  }
  std::set<std::string> urls;
  for (const auto& e : a.errors) urls.insert(e.url);
  EXPECT_EQ(urls.size(), 5u);
  EXPECT_TRUE(urls.contains("stuns:secure.example.org:5349"));
  EXPECT_TRUE(urls.contains("turn:turn.example.org:3478?transport=udp"));
  EXPECT_EQ(a.errors.back().url, "stun:198.51.100.9:3478");
  EXPECT_EQ(a.agent->gatheringState(), GatheringState::kComplete);
  std::set<std::string> foundations;
  for (const auto& c : a.candidates) foundations.insert(c.foundation);
  EXPECT_EQ(foundations.size(), 4u);
}

// Some drivers give a sentence, with the name in it, and some the reason alone.
TEST(Gathering, ANameThatCannotBeResolvedIsNamedOnce) {
  Network net;
  net.names.emplace("a.example.org", Error(ErrorCode::kIo, "cannot resolve a.example.org: host not found"));
  net.names.emplace("b.example.org", Error(ErrorCode::kIo, "host not found"));
  Node& a = net.add({ip("10.0.0.1")}, withServers({"stun:a.example.org", "stun:b.example.org"}));
  a.agent->gather(net.now);
  net.run(Duration::millis(1));
  ASSERT_EQ(a.errors.size(), 2u);
  EXPECT_EQ(a.errors[0].errorText, "cannot resolve a.example.org: host not found");
  EXPECT_EQ(a.errors[1].errorText, "the name b.example.org could not be resolved: host not found");
}

TEST(Gathering, ServerThatRefuses) {
  Network net;
  Node& a = net.add({ip("10.0.0.1")}, withServers({"stun:198.51.100.1"}));
  net.tap = [&](const Transmit& t) {
    stun::Message m;
    EXPECT_TRUE(stun::Message::parse(t.packet.view(), m));
    Bytes out(200);
    stun::MessageWriter writer(out, stun::Class::kError, stun::Method::kBinding, m.transactionId());
    writer.errorCode(stun::ErrorNumber::kServerError, "Server Error");
    const Bytes reply = toBytes(writer.written());
    net.inject(a, at("198.51.100.2:3478"), a.bound[0], reply);  // not who was asked
    EXPECT_TRUE(a.errors.empty());
    net.inject(a, at("198.51.100.1:3478"), a.bound[0], reply);
    return true;
  };
  a.agent->gather(net.now);
  net.run(Duration::millis(1));
  ASSERT_EQ(a.errors.size(), 1u);
  EXPECT_EQ(a.errors[0].errorCode, 500);
  EXPECT_EQ(a.errors[0].errorText, "Server Error");
  EXPECT_EQ(a.errors[0].address, "10.0.0.1");
  EXPECT_TRUE(a.gathered);
}

TEST(Gathering, NoSocketsAtAllStillEnds) {
  Network net;
  Node& a = net.add({}, withServers({"stun:198.51.100.1"}));
  a.agent->gather(net.now);
  net.run(Duration::millis(1));
  EXPECT_TRUE(a.gathered);
  EXPECT_TRUE(a.candidates.empty());
  EXPECT_EQ(a.errors.size(), 1u);
}

TEST(Gathering, ServerKeepsItsBindingUntilAPairIsNominated) {
  Network net;
  Node& a = net.add({ip("10.0.0.1")}, withServers({"stun:198.51.100.1"}));
  net.stunServers.insert(at("198.51.100.1:3478"));
  a.natAddress = ip("203.0.113.1");
  a.agent->gather(net.now);
  net.run(Duration::seconds(1));
  size_t indications = 0;
  net.tap = [&](const Transmit& t) {
    stun::Message m;
    EXPECT_TRUE(stun::Message::parse(t.packet.view(), m));
    return indications += m.messageClass() == stun::Class::kIndication ? 1 : 0, false;
  };
  net.run(Duration::seconds(60));
  EXPECT_EQ(indications, 4u);
}

TEST(Gathering, OnlyTheAddressesThatWereAskedFor) {
  Network net;
  AgentConfig config;
  config.addresses = {ip("192.0.2.11")};
  Node& a = net.add({ip("192.0.2.1"), ip("192.0.2.11")}, config);
  a.agent->gather(net.now);
  net.run(Duration::millis(1));
  ASSERT_EQ(a.candidates.size(), 1u);
  EXPECT_EQ(a.candidates[0].address.ip, ip("192.0.2.11"));
}

// A lite agent: answers, sends no checks, never controls (RFC 8445 §2.5).
TEST(Agent, LitePeer) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlled));
  const Credentials lite{"lite", "abcdefghijklmnopqrstuv"};
  const auto key = stun::IntegrityKey::shortTerm(lite.password);
  bool named = false;
  net.tap = [&](const Transmit& t) {
    stun::Message m;
    EXPECT_TRUE(stun::Message::parse(t.packet.view(), m));
    if (m.messageClass() != stun::Class::kRequest) return true;
    named = named || m.has(stun::AttributeType::kUseCandidate);
    EXPECT_TRUE(m.has(stun::AttributeType::kIceControlling));
    Bytes out(200);
    out.resize(stun::writeBindingSuccess(out, m, t.route.local, &key));
    const Route route = t.route;
    net.inject(a, route.remote, route.local, out);
    return true;
  };
  a.agent->setRemoteLite(true);
  EXPECT_EQ(a.agent->role(), Role::kControlling);
  a.agent->gather(net.now);
  a.agent->setRemoteCredentials(net.now, lite);
  a.agent->addRemoteCandidate(net.now, Candidate::parse("1 1 udp 1 192.0.2.2 9 typ host").value());
  net.run(Duration::millis(100));
  EXPECT_TRUE(named);
  EXPECT_TRUE(up(a) && nominated(a));
}

// A controlling peer that names every pair in its first checks: the best of those that work counts, and later the last.
// RFC 5245 §8.1.1.2.
TEST(Agent, AggressiveNominationByThePeer) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlled));
  NamingPeer peer(net, a);
  EXPECT_EQ(peer.name("192.0.2.2:9"), "192.0.2.2:9");
  EXPECT_TRUE(nominated(a));
  EXPECT_EQ(peer.name("192.0.2.3:9"), "192.0.2.3:9");
  EXPECT_EQ(peer.name("192.0.2.2:9"), "192.0.2.3:9");
  net.run(Duration::seconds(3));
  EXPECT_EQ(peer.name("192.0.2.2:9"), "192.0.2.2:9");
  net.run(Duration::seconds(60));
  EXPECT_TRUE(up(a));
}

}  // namespace
}  // namespace tincan::inline v0::ice
