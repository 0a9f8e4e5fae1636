// The rows A01, A02, A06, A09 and A12 of the hostile inputs, and the bounds that go with them.
#include <gtest/gtest.h>

#include "ice/agent.h"
#include "ice/check_message.h"
#include "tests/ice/network.h"
#include "tests/sanitized.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

// The rows say 100,000; instrumented builds get a tenth of it, which the bounds feel as well.
constexpr uint32_t kFlood = kSanitized ? 10'000 : 100'000;

// What a's peer, or somebody who says so, would send to a.
Bytes check(const std::string& username, const std::string& password, uint64_t n, bool useCandidate = false) {
  CheckFields fields;
  storeBe64(fields.id.data(), n);
  fields.username = username;
  fields.priority = 1;
  fields.role = Role::kControlled;
  fields.useCandidate = useCandidate;
  Bytes out(300);
  out.resize(writeCheck(out, fields, stun::IntegrityKey::shortTerm(password)));
  return out;
}

struct Rig {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  std::vector<Bytes> toStranger;  ///< what a sends to an address that is not b's

  Rig() {
    net.tap = [this](const Transmit& t) {
      if (t.route.remote.ip == ip("203.0.113.66")) toStranger.push_back(toBytes(t.packet.view()));
      return false;
    };
    introduce(net, a, b);
    net.run(Duration::seconds(1));
  }
  std::string username() const { return a.agent->localCredentials().ufrag + ":" + b.agent->localCredentials().ufrag; }
  std::string password() const { return a.agent->localCredentials().password; }
  /// The error that one packet gets; 0 for none.
  int errorFor(ByteView packet) {
    toStranger.clear();
    net.inject(a, at("203.0.113.66:6666"), a.bound[0], packet);
    net.drain();
    if (toStranger.empty()) return 0;
    EXPECT_EQ(toStranger.size(), 1u);
    EXPECT_LE(toStranger[0].size(), packet.size());
    stun::Message m;
    EXPECT_TRUE(stun::Message::parse(toStranger[0], m));
    return m.errorCode() ? m.errorCode()->number : -1;
  }
};

// RFC 8489 §9.1.3.
TEST(Hostile, A01ChecksWithoutOrWithAWrongMac) {
  Rig rig;
  Bytes bare(300);
  stun::MessageWriter writer(bare, stun::Class::kRequest, stun::Method::kBinding, stun::TransactionId{});
  writer.text(stun::AttributeType::kUsername, rig.username()).u32(stun::AttributeType::kPriority, 1).fingerprint();
  bare.resize(writer.size());
  EXPECT_EQ(rig.errorFor(bare), 400);
  EXPECT_EQ(rig.errorFor(check(rig.username(), "wrongwrongwrongwrongwrong", 1)), 401);
  Bytes tampered = check(rig.username(), rig.password(), 2);
  tampered.resize(tampered.size() - 8);  // without FINGERPRINT, so that the MAC alone must hold
  storeBe16(tampered.data() + 2, static_cast<uint16_t>(tampered.size() - 20));
  tampered[tampered.size() - 1] ^= 1;
  EXPECT_EQ(rig.errorFor(tampered), 401);
  rig.toStranger.clear();
  rig.net.run(Duration::seconds(30));
  EXPECT_TRUE(rig.toStranger.empty());  // no pair, no peer-reflexive candidate
  EXPECT_TRUE(up(rig.a));
  EXPECT_EQ(rig.a.agent->stats().unauthenticated, 3u);
}

TEST(Hostile, A02RightMacWrongUfrag) {
  Rig rig;
  EXPECT_EQ(rig.errorFor(check("zzzz:" + rig.b.agent->localCredentials().ufrag, rig.password(), 1)), 401);
  EXPECT_EQ(rig.errorFor(check(":", rig.password(), 1)), 401);
  EXPECT_EQ(rig.errorFor(check("nocolon", rig.password(), 1)), 401);
  rig.toStranger.clear();
  rig.net.run(Duration::seconds(30));
  EXPECT_TRUE(rig.toStranger.empty());
}

// RFC 8489 §6.3.1.
TEST(Hostile, RequiredAttributeThatNobodyKnowsGets420) {
  Rig rig;
  Bytes out(300);
  stun::MessageWriter writer(out, stun::Class::kRequest, stun::Method::kBinding, stun::TransactionId{});
  writer.text(stun::AttributeType::kUsername, rig.username())
      .u32(stun::AttributeType::kPriority, 1)
      .bytes(static_cast<stun::AttributeType>(0x7abc), Bytes(60))
      .integrity(stun::IntegrityKey::shortTerm(rig.password()))
      .fingerprint();
  EXPECT_EQ(rig.errorFor(writer.written()), 420);
}

// What Chromium puts into its checks (0xC057 network cost, 0xC058 and others of GOOG) is passed over.
// RFC 8489 §14.
TEST(Hostile, OptionalAttributesThatNobodyKnowsArePassedOver) {
  Rig rig;
  Bytes out(300);
  stun::MessageWriter writer(out, stun::Class::kRequest, stun::Method::kBinding, stun::TransactionId{});
  writer.text(stun::AttributeType::kUsername, rig.username())
      .u32(static_cast<stun::AttributeType>(0xC057), 10)
      .u64(stun::AttributeType::kIceControlled, 1)
      .u32(static_cast<stun::AttributeType>(0xC070), 10)
      .u32(stun::AttributeType::kPriority, 1)
      .integrity(stun::IntegrityKey::shortTerm(rig.password()))
      .fingerprint();
  rig.net.inject(rig.a, at("203.0.113.66:6666"), rig.a.bound[0], writer.written());
  rig.net.drain();
  ASSERT_GE(rig.toStranger.size(), 1u);
  stun::Message m;
  ASSERT_TRUE(stun::Message::parse(rig.toStranger[0], m));
  EXPECT_EQ(m.messageClass(), stun::Class::kSuccess);
  EXPECT_EQ(m.mappedAddress(), at("203.0.113.66:6666"));
}

TEST(Hostile, A06SpoofedSourceGetsOneCheckAnRtoAndNoMedia) {
  Rig rig;
  size_t checks = 0;
  bool media = false;
  std::vector<TimePoint> times;
  rig.net.tap = [&](const Transmit& t) {
    if (t.route.remote.ip != ip("203.0.113.66")) return false;
    stun::Message m;
    if (!stun::Message::parse(t.packet.view(), m)) {
      media = true;
    } else if (m.messageClass() == stun::Class::kRequest) {
      ++checks;
      times.push_back(rig.net.now);
    }
    return false;
  };
  for (uint64_t i = 0; i < 5000; ++i) {
    rig.net.inject(rig.a, at("203.0.113.66:6666"), rig.a.bound[0], check(rig.username(), rig.password(), i));
    if (i % 10 == 0) rig.net.sendData(rig.a, "\x80media");
    rig.net.run(Duration::millis(2));
  }
  EXPECT_FALSE(media);
  EXPECT_GE(checks, 1u);
  EXPECT_LE(checks, 21u);  // 10 s at one an RTO of 500 ms
  for (size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], Duration::millis(499));
  EXPECT_TRUE(up(rig.a));
}

// LIMITS B02: so many candidates and pairs.
TEST(Hostile, A09FloodOfCandidates) {
  Network net;
  Node& a = net.add({ip("192.0.2.1"), ip("192.0.2.3"), ip("2001:db8::1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  Candidate junk;
  junk.foundation = "j";
  junk.priority = 0x7fffffff;
  for (uint32_t i = 0; i < kFlood; ++i) {
    junk.address = {
        IpAddress::v4(203, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i)), 9};
    a.agent->addRemoteCandidate(net.now, junk);
  }
  const TimePoint start = net.now;
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return up(a) && up(b); }));
  EXPECT_LE(net.now - start, Duration::seconds(2));
  EXPECT_GE(a.agent->stats().candidatesRefused, kFlood - 64u);
  EXPECT_GT(a.agent->stats().pairsEvicted, 0u);
}

TEST(Hostile, A09FloodOfAuthenticatedPeerReflexiveSources) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  const std::string username = a.agent->localCredentials().ufrag + ":" + b.agent->localCredentials().ufrag;
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  net.drain();
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  std::set<SocketAddress> reached;
  net.tap = [&](const Transmit& t) {
    stun::Message m;
    if (t.route.local == a.bound[0] && stun::Message::parse(t.packet.view(), m) &&
        m.messageClass() == stun::Class::kRequest) {
      reached.insert(t.route.remote);
    }
    return false;
  };
  const auto flood = [&](uint32_t from, uint32_t to) {
    for (uint32_t i = from; i < to; ++i) {
      const IpAddress source =
          IpAddress::v4(203, static_cast<uint8_t>(i >> 16), static_cast<uint8_t>(i >> 8), static_cast<uint8_t>(i));
      net.inject(a, {source, 9}, a.bound[0], check(username, a.agent->localCredentials().password, i));
      if (i % 64 == 0) net.drain();
    }
  };
  flood(0, kFlood / 2);
  const TimePoint start = net.now;
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  a.agent->addRemoteCandidate(net.now, b.candidates.at(0));
  flood(kFlood / 2, kFlood);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
  EXPECT_LE(net.now - start, Duration::seconds(2));
  EXPECT_EQ(a.agent->selectedPair()->route.remote, b.bound[0]);
  EXPECT_LE(reached.size(), 17u);
  EXPECT_GE(a.agent->stats().peerReflexiveRefused, kFlood - 16u);
}

TEST(Hostile, FloodOfChecksBeforeTheCredentialsIsBounded) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  a.agent->gather(net.now);
  net.drain();
  for (uint16_t i = 1; i <= 1000; ++i) {
    net.inject(a, {ip("203.0.113.1"), i}, a.bound[0],
               check(a.agent->localCredentials().ufrag + ":x", a.agent->localCredentials().password, i));
  }
  EXPECT_GE(a.agent->stats().transmitsDropped, 800u);  // the queue of answers has its bound, too
  EXPECT_EQ(a.agent->stats().checksSent, 0u);
  EXPECT_EQ(a.agent->stats().peerReflexiveRefused, 1000u - 16u);
}

std::string uuid(uint32_t n) {
  std::string digits = std::to_string(n);
  return "a1b2c3d4-e5f6-4a7b-8c9d-" + std::string(12 - digits.size(), '0') + digits + ".local";
}

Candidate hidden(const std::string& name, uint16_t port) {
  Candidate c;
  c.foundation = "1";
  c.priority = 2122260223;
  c.hostname = name;
  c.address.port = port;
  return c;
}

// draft-ietf-mmusic-mdns-ice-candidates §3.2.
TEST(Mdns, HiddenCandidateIsFound) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  net.mdnsNames.emplace(uuid(1), ip("192.0.2.2"));
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  net.drain();
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  a.agent->addRemoteCandidate(net.now, hidden(uuid(1), b.bound[0].port));
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
  EXPECT_EQ(a.agent->selectedPair()->remote.hostname, uuid(1));
}

// LIMITS B03
TEST(Mdns, A12AtMostEightAtOnceAndThenSilence) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  std::map<TimePoint, std::set<Bytes>> asked;
  std::set<Bytes> all;
  net.tap = [&](const Transmit& t) {
    EXPECT_EQ(t.route, mdnsRoute());
    asked[net.now].insert(toBytes(t.packet.view()));
    all.insert(toBytes(t.packet.view()));
    return true;
  };
  a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
  for (uint32_t i = 0; i < 1000; ++i) a.agent->addRemoteCandidate(net.now, hidden(uuid(i), 9));
  net.run(Duration::seconds(120));
  for (const auto& [time, packets] : asked) EXPECT_LE(packets.size(), 16u);  // A and AAAA for each of eight
  EXPECT_EQ(all.size(), 128u);
  EXPECT_EQ(a.agent->stats().candidatesRefused, 1000u - 64u);
  EXPECT_TRUE(a.agent->nextTimeout().isNever());
}

// draft-ietf-mmusic-mdns-ice-candidates §3.2.
TEST(Mdns, A12NamesThatAreNoUuidAreNeverAskedFor) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  size_t packets = 0;
  net.tap = [&](const Transmit&) { return ++packets, true; };
  a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
  for (const std::string& name :
       {std::string("printer.local"), std::string("example.org"), std::string("a.b.local"), uuid(1) + ".",
        uuid(1).substr(1), "x" + uuid(1).substr(1), uuid(1).substr(0, 36) + ".lokal", std::string("localhost")}) {
    a.agent->addRemoteCandidate(net.now, hidden(name, 9));
  }
  net.run(Duration::seconds(10));
  EXPECT_EQ(packets, 0u);
  EXPECT_EQ(a.agent->stats().candidatesRefused, 8u);
}

TEST(Mdns, A12ForgedAnswersAreIgnored) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  std::set<SocketAddress> reached;
  net.tap = [&](const Transmit& t) { return reached.insert(t.route.remote), true; };
  a.agent->gather(net.now);
  net.drain();
  a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
  a.agent->addRemoteCandidate(net.now, hidden(uuid(1), 9));
  const SocketAddress socket = mdnsRoute().local;
  const auto answer = [&](std::string_view name, std::string_view address) {
    return Network::mdnsAnswer(name, ip(address));
  };
  // Not from port 5353; a name that was not asked for; addresses that are no host's; a question.
  net.inject(a, at("192.0.2.66:5354"), socket, answer(uuid(1), "203.0.113.66"));
  net.inject(a, at("192.0.2.66:5353"), socket, answer(uuid(2), "203.0.113.66"));
  net.inject(a, at("192.0.2.66:5353"), socket, answer(uuid(1), "224.0.0.1"));
  net.inject(a, at("192.0.2.66:5353"), socket, answer(uuid(1), "255.255.255.255"));
  net.inject(a, at("192.0.2.66:5353"), socket, answer(uuid(1), "0.0.0.0"));
  Bytes question = answer(uuid(1), "203.0.113.66");
  question[2] = 0;
  net.inject(a, at("192.0.2.66:5353"), socket, question);
  // The right answer, but not to the mDNS socket.
  net.inject(a, at("192.0.2.66:5353"), a.bound[0], answer(uuid(1), "203.0.113.66"));
  // Every truncation of the right one.
  const Bytes right = answer(uuid(1), "192.0.2.2");
  for (size_t size = 0; size < right.size(); ++size) {
    net.inject(a, at("192.0.2.66:5353"), socket, ByteView(right).first(size));
  }
  net.run(Duration::millis(100));
  EXPECT_EQ(reached, std::set<SocketAddress>{mdnsRoute().remote});
  EXPECT_GE(a.agent->stats().mdnsIgnored, 6u);
  net.inject(a, at("192.0.2.66:5353"), socket, right);
  net.run(Duration::millis(100));
  EXPECT_TRUE(reached.count(at("192.0.2.2:9")));
}

// A name stands for another machine: an answer that says it is this one is somebody's who wants us to check our own
// ports. Not even where we offer loopback candidates ourselves.
TEST(Mdns, A12AnswersOfThisMachinesOwnAddressAreNotBelieved) {
  for (const char* ours : {"192.0.2.1", "127.0.0.1"}) {
    Network net;
    Node& a = net.add({ip(ours), ip("2001:db8::1")}, role(Role::kControlling));
    std::set<SocketAddress> reached;
    net.tap = [&](const Transmit& t) { return reached.insert(t.route.remote), true; };
    a.agent->gather(net.now);
    net.drain();
    a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
    a.agent->addRemoteCandidate(net.now, hidden(uuid(1), 9));
    for (const char* loopback : {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"}) {
      net.inject(a, at("192.0.2.66:5353"), mdnsRoute().local, Network::mdnsAnswer(uuid(1), ip(loopback)));
    }
    net.run(Duration::millis(500));
    EXPECT_EQ(reached, std::set<SocketAddress>{mdnsRoute().remote}) << ours;
    EXPECT_EQ(a.agent->stats().mdnsIgnored, 5u);
    // The look-up is still on.
    net.inject(a, at("192.0.2.66:5353"), mdnsRoute().local, Network::mdnsAnswer(uuid(1), ip("2001:db8::2")));
    net.run(Duration::millis(500));
    EXPECT_EQ(reached.size(), 2u) << ours;
  }
}

TEST(Mdns, NamesThatPointInCirclesAreRefused) {
  Bytes loop = {0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4};
  EXPECT_TRUE(parseMdnsResponse(loop).empty());
  loop[13] = 20;
  EXPECT_TRUE(parseMdnsResponse(loop).empty());
}

TEST(Hostile, UnusableCandidatesAreRefused) {
  Network net;
  Node& a = net.add({ip("192.0.2.1"), ip("2001:db8::1")}, role(Role::kControlling));
  a.agent->gather(net.now);
  net.drain();
  a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
  for (const char* line :
       {"1 1 tcp 1 192.0.2.2 9 typ host tcptype active", "1 1 tcp 1 192.0.2.2 9 typ host",
        "1 2 udp 1 192.0.2.2 9 typ host", "1 1 udp 1 192.0.2.2 0 typ host", "1 1 udp 1 0.0.0.0 9 typ host",
        "1 1 udp 1 :: 9 typ host", "1 1 udp 1 224.0.0.251 9 typ host", "1 1 udp 1 ff02::fb 9 typ host",
        "1 1 udp 1 255.255.255.255 9 typ host", "1 1 udp 1 192.0.2.2 9 typ host ufrag other"}) {
    a.agent->addRemoteCandidate(net.now, Candidate::parse(line).value());
  }
  net.run(Duration::seconds(1));
  EXPECT_EQ(a.agent->stats().candidatesRefused, 10u);
  EXPECT_EQ(a.agent->stats().checksSent, 0u);
}

TEST(Hostile, AnswersThatDoNotBelong) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  const Credentials peer{"abcd", "abcdefghijklmnopqrstuv"};
  const auto key = stun::IntegrityKey::shortTerm(peer.password);
  std::vector<Bytes> checks;
  net.tap = [&](const Transmit& t) { return checks.push_back(toBytes(t.packet.view())), true; };
  a.agent->gather(net.now);
  net.drain();
  a.agent->setRemoteCredentials(net.now, peer);
  a.agent->addRemoteCandidate(net.now, Candidate::parse("1 1 udp 1 192.0.2.2 9 typ host").value());
  net.drain();
  ASSERT_EQ(checks.size(), 1u);
  stun::Message request;
  ASSERT_TRUE(stun::Message::parse(checks[0], request));
  const auto answer = [&](const stun::IntegrityKey* k) {
    Bytes out(200);
    out.resize(stun::writeBindingSuccess(out, request, a.bound[0], k));
    return out;
  };
  const auto wrong = stun::IntegrityKey::shortTerm("wrongwrongwrongwrongwrong");
  const SocketAddress remote = at("192.0.2.2:9");
  net.inject(a, remote, a.bound[0], answer(nullptr));
  net.inject(a, remote, a.bound[0], answer(&wrong));
  Bytes error(200);
  error.resize(stun::writeError(error, request, stun::ErrorNumber::kRoleConflict, &wrong));
  net.inject(a, remote, a.bound[0], error);
  EXPECT_EQ(a.agent->stats().unauthenticated, 3u);
  EXPECT_EQ(a.agent->role(), Role::kControlling);
  EXPECT_EQ(a.agent->state(), State::kChecking);
  // RFC 8445 §7.2.5.2.1: the right answer from another address fails the pair.
  net.inject(a, at("192.0.2.3:9"), a.bound[0], answer(&key));
  EXPECT_EQ(a.agent->state(), State::kChecking);
  net.run(Duration::seconds(31));
  EXPECT_EQ(a.agent->state(), State::kFailed);
  EXPECT_EQ(checks.size(), 1u);
  // And again, whole, to a session that has failed: nothing was waiting for it.
  net.inject(a, remote, a.bound[0], answer(&key));
  EXPECT_EQ(a.agent->stats().unmatched, 1u);
}

// RFC 8445 §7.2.5.1: checks that were on their way when the role changed were sent in the old one. Their 487s say what
// is done already; whoever obeyed each would end where it began.
TEST(Hostile, A08_SeveralRefusalsOfOneRoleSwitchItOnce) {
  for (const size_t count : {2u, 3u, 4u}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
    const Credentials peer{"abcd", "abcdefghijklmnopqrstuv"};
    const auto key = stun::IntegrityKey::shortTerm(peer.password);
    std::vector<std::pair<SocketAddress, Bytes>> checks;
    net.tap = [&](const Transmit& t) { return checks.emplace_back(t.route.remote, toBytes(t.packet.view())), true; };
    a.agent->gather(net.now);
    net.drain();
    a.agent->setRemoteCredentials(net.now, peer);
    for (size_t i = 0; i < count; ++i) {
      const std::string n = std::to_string(i + 1);
      const std::string line = n + " 1 udp " + n + " 192.0.2.2 " + std::to_string(i + 9) + " typ host";
      a.agent->addRemoteCandidate(net.now, Candidate::parse(line).value());
    }
    net.run(Duration::millis(300));
    ASSERT_EQ(checks.size(), count);
    for (const auto& [remote, bytes] : std::vector(checks)) {
      stun::Message request;
      ASSERT_TRUE(stun::Message::parse(bytes, request));
      Bytes error(200);
      error.resize(stun::writeError(error, request, stun::ErrorNumber::kRoleConflict, &key));
      net.inject(a, remote, a.bound[0], error);
      EXPECT_EQ(a.agent->role(), Role::kControlled);
    }
    EXPECT_EQ(a.agent->stats().roleConflicts, 1u);
    // All are asked again, in the new role.
    checks.clear();
    net.run(Duration::millis(300));
    EXPECT_GE(checks.size(), count);
    for (const auto& [remote, bytes] : checks) {
      stun::Message request;
      ASSERT_TRUE(stun::Message::parse(bytes, request));
      EXPECT_TRUE(request.has(stun::AttributeType::kIceControlled));
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::ice
