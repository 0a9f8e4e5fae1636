#include "ice/agent.h"

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

// RFC 8445 §7, §8.1.
TEST(Agent, TwoHostsConnectInTwoRoundTrips) {
  Network net;
  net.delay = Duration::millis(1);
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  const TimePoint start = net.now;
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a) && up(b); }));
  EXPECT_LE(net.now - start, Duration::millis(3));
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
  EXPECT_LE(net.now - start, Duration::millis(6));
  EXPECT_EQ(a.agent->state(), State::kCompleted);
  EXPECT_EQ(b.agent->state(), State::kCompleted);
  const auto pair = a.agent->selectedPair();
  EXPECT_EQ(pair->route.local, a.bound[0]);
  EXPECT_EQ(pair->route.remote, b.bound[0]);
  EXPECT_EQ(pair->rtt, Duration::millis(2));
  EXPECT_EQ(pair->local.type, CandidateType::kHost);
}

// Each end's first check is answered when the other end's has triggered another one: the transaction tells which is which.
TEST(Agent, TheRoundTripIsKnownAtBothEndsWhenTheyConnect) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  for (Node* each : {&a, &b}) {
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(*each); }));
    EXPECT_EQ(each->agent->selectedPair()->rtt, net.delay * 2);
  }
}

// RFC 8489 §6.2.1: an answer to a check that was repeated tells no round trip. It is asked for at once, not with the first
// question of consent, 4 to 6 s later; and again until there is an answer.
TEST(Agent, ARepeatedCheckHasItsRoundTripAskedFor) {
  for (const int lostQuestions : {0, 3}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
    Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
    const TimePoint start = net.now;
    int left = lostQuestions;
    net.tap = [&](const Transmit& out) {
      if (out.packet.view()[0] != 0 || out.packet.view()[1] != 1) return false;  // no Binding request
      // b's first check is lost. a asks nothing that could make b ask anew.
      if (out.route.local == a.bound[0] || net.now < start + Duration::millis(400)) return true;
      return up(b) && left-- > 0;
    };
    introduce(net, a, b);
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return up(b); }));
    const auto known = [&] { return b.agent->selectedPair()->rtt == net.delay * 2; };
    EXPECT_FALSE(known());
    EXPECT_TRUE(net.runUntilTrue(net.delay * 2 + Duration::millis(500) * lostQuestions, known)) << lostQuestions;
    EXPECT_EQ(b.agent->stats().consentChecksSent, 1u + static_cast<unsigned>(lostQuestions));
    net.run(Duration::seconds(20));
    EXPECT_TRUE(up(b));
  }
}

TEST(Agent, DataGoesBothWaysAndNothingElseDoes) {
  Network net;
  Node& a = net.add({ip("127.0.0.1")}, role(Role::kControlling));
  Node& b = net.add({ip("127.0.0.2")}, role(Role::kControlled));
  EXPECT_FALSE(net.sendData(a, "too early"));
  EXPECT_EQ(a.agent->stats().sendsRefused, 1u);
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a) && up(b); }));
  EXPECT_TRUE(net.sendData(a, "\x80 hello"));
  EXPECT_TRUE(net.sendData(b, "\x80 hi"));
  net.run(Duration::millis(50));
  EXPECT_EQ(b.data, std::vector<std::string>{"\x80 hello"});
  EXPECT_EQ(a.data, std::vector<std::string>{"\x80 hi"});
  net.inject(a, at("203.0.113.9:9"), a.bound[0], asBytes("\x80 stranger"));
  EXPECT_EQ(a.data.size(), 1u);
  EXPECT_EQ(a.agent->stats().strayData, 1u);
}

// DTLS may outrun the peer's description. Only over a way that an authenticated check has come is it kept for that.
TEST(Agent, B20DtlsBeforeTheCredentialsIsKeptUpToTheCap) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  b.trickleTo = &a;
  a.trickleTo = &b;
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  net.drain();
  const auto inject = [&](std::string_view text, const SocketAddress& from) {
    net.inject(a, from, a.bound[0], asBytes(text));
  };
  inject("\x16 before any check", b.bound[0]);
  EXPECT_EQ(a.agent->stats().strayData, 1u);
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(b); }));

  inject("\x16 from elsewhere", at("203.0.113.9:9"));
  inject("\x80 media", b.bound[0]);
  EXPECT_EQ(a.agent->stats().strayData, 3u);
  EXPECT_EQ(a.agent->stats().earlyData, 0u);
  for (const char* text : {"\x16 1", "\x16 2", "\x16 3", "\x16 4"}) inject(text, b.bound[0]);
  EXPECT_EQ(a.agent->stats().earlyData, 4u);
  EXPECT_EQ(a.agent->stats().strayData, 3u);
  inject("\x16 one too many", b.bound[0]);
  EXPECT_EQ(a.agent->stats().earlyData, 4u);
  EXPECT_EQ(a.agent->stats().strayData, 4u);

  PacketBuffer packet;
  EXPECT_FALSE(a.agent->pollReceived(packet)) << "the peer is not known yet";
  EXPECT_TRUE(a.data.empty());
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  std::vector<std::string> kept;
  while (a.agent->pollReceived(packet)) kept.emplace_back(asText(packet.view()));
  EXPECT_EQ(kept, (std::vector<std::string>{"\x16 1", "\x16 2", "\x16 3", "\x16 4"}));
  EXPECT_EQ(a.agent->stats().packetsReceived, 4u);
}

// What was kept belongs to the credentials that the check was made with.
TEST(Agent, B20EarlyDtlsGoesWithARestart) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  a.trickleTo = &b;
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  net.drain();
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(b); }));
  net.inject(a, b.bound[0], a.bound[0], asBytes("\x16 hello"));
  ASSERT_EQ(a.agent->stats().earlyData, 1u);
  a.agent->restart(net.now);
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  PacketBuffer packet;
  EXPECT_FALSE(a.agent->pollReceived(packet));
}

// RFC 8421 §4.
TEST(Agent, PrefersIpv6AndTheFirstInterface) {
  Network net;
  Node& a = net.add({ip("192.0.2.1"), ip("192.0.2.11"), ip("2001:db8::1"), ip("127.0.0.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2"), ip("2001:db8::2")}, role(Role::kControlled));
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
  EXPECT_EQ(a.agent->selectedPair()->route.remote.ip, ip("2001:db8::2"));
  EXPECT_EQ(b.agent->selectedPair()->route.remote.ip, ip("2001:db8::1"));
  ASSERT_EQ(a.candidates.size(), 4u);
  EXPECT_GT(a.candidates[2].priority, a.candidates[0].priority);
  EXPECT_GT(a.candidates[0].priority, a.candidates[1].priority);
  EXPECT_GT(a.candidates[1].priority, a.candidates[3].priority);
}

// The best pair does not work: the next best one is nominated after a short wait.
TEST(Agent, GoesRoundADeadFamily) {
  Network net;
  Node& a = net.add({ip("192.0.2.1"), ip("2001:db8::1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2"), ip("2001:db8::2")}, role(Role::kControlled));
  net.tap = [](const Transmit& t) { return t.route.remote.ip.isV6(); };
  const TimePoint start = net.now;
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
  EXPECT_LE(net.now - start, Duration::millis(300));
  EXPECT_TRUE(a.agent->selectedPair()->route.remote.ip.isV4());
}

// RFC 8445 §5.1.1.2.
TEST(Agent, BothBehindNatsFindEachOtherThroughStun) {
  Network net;
  AgentConfig config;
  config.servers = {ServerUrl::parse("stun:stun.example.org").value()};
  net.names.insert_or_assign("stun.example.org", std::vector<IpAddress>{ip("198.51.100.1")});
  net.stunServers.insert(at("198.51.100.1:3478"));
  config.role = Role::kControlling;
  Node& a = net.add({ip("10.0.0.1")}, config);
  config.role = Role::kControlled;
  Node& b = net.add({ip("10.0.1.1")}, config);
  a.natAddress = ip("203.0.113.1");
  b.natAddress = ip("203.0.113.2");
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(5), [&] { return nominated(a) && nominated(b); }));
  ASSERT_EQ(a.candidates.size(), 2u);
  EXPECT_EQ(a.candidates[1].type, CandidateType::kServerReflexive);
  EXPECT_EQ(a.candidates[1].address.ip, ip("203.0.113.1"));
  EXPECT_EQ(*a.candidates[1].related, a.bound[0]);
  EXPECT_EQ(a.agent->selectedPair()->local.type, CandidateType::kServerReflexive);
  EXPECT_EQ(a.agent->selectedPair()->remote.address.ip, ip("203.0.113.2"));
  EXPECT_EQ(a.agent->state(), State::kCompleted);
  // Nothing keeps the way to the server open once a pair is nominated.
  bool toServer = false;
  net.tap = [&](const Transmit& t) { return toServer = toServer || t.route.remote.port == 3478, false; };
  net.run(Duration::seconds(60));
  EXPECT_FALSE(toServer);
}

// RFC 8445 §7.3.1.3.
TEST(Agent, PeerReflexiveWhenThePeerTellsNoCandidates) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  b.trickleTo = &a;  // a's candidates never reach b
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
  EXPECT_EQ(b.agent->selectedPair()->remote.type, CandidateType::kPeerReflexive);
  EXPECT_EQ(b.agent->selectedPair()->remote.address, a.bound[0]);
  // The candidate comes late: the pair knows its real type from then on.
  b.agent->addRemoteCandidate(net.now, a.candidates[0]);
  EXPECT_EQ(b.agent->selectedPair()->remote.type, CandidateType::kHost);
}

// The answer with the peer's credentials comes after the peer's checks.
// RFC 8445 §7.3.1.4.
TEST(Agent, ChecksBeforeTheCredentialsAreAnsweredAndTriggered) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  a.trickleTo = &b;
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  net.run(Duration::millis(100));
  EXPECT_TRUE(up(b));
  EXPECT_EQ(a.agent->state(), State::kNew);
  EXPECT_EQ(a.agent->stats().checksSent, 0u);
  const TimePoint start = net.now;
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a); }));
  EXPECT_LE(net.now - start, Duration::millis(21));
}

TEST(Agent, CandidatesBeforeTheCredentials) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  a.trickleTo = &b;
  b.trickleTo = &a;
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  net.run(Duration::seconds(3));
  EXPECT_EQ(a.agent->stats().checksSent, 0u);
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  ASSERT_TRUE(net.runUntilTrue(Duration::millis(200), [&] { return nominated(a) && nominated(b); }));
}

// RFC 8445 §7.3.1.1.
TEST(Agent, RoleConflictsConverge) {
  for (const Role both : {Role::kControlling, Role::kControlled}) {
    for (uint64_t seed = 1; seed <= 8; ++seed) {
      Network net(seed);
      for (uint64_t skip = 0; skip < seed; ++skip) net.add({});  // other seeds for the tie-breakers
      Node& a = net.add({ip("192.0.2.1")}, role(both));
      Node& b = net.add({ip("192.0.2.2")}, role(both));
      introduce(net, a, b);
      ASSERT_TRUE(net.runUntilTrue(Duration::seconds(5), [&] { return nominated(a) && nominated(b); })) << seed;
      EXPECT_NE(a.agent->role(), b.agent->role());
      EXPECT_GT(a.agent->stats().roleConflicts + b.agent->stats().roleConflicts, 0u);
    }
  }
}

/// The first thing that an agent draws is its tie-breaker.
class SameFirst final : public RandomSource {
 public:
  explicit SameFirst(uint64_t seed) : rest_(seed) {}
  void fill(MutableByteView out) override {
    if (!std::exchange(first_, false)) return rest_.fill(out);
    std::fill(out.begin(), out.end(), uint8_t{0x55});
  }

 private:
  bool first_ = true;
  SeededRandom rest_;
};

// RFC 8445 §7.3.1.1: with equal tie-breakers each refuses the other with 487, and each obeys; §7.2.5.1: with a new one.
TEST(Agent, A08_EqualTieBreakersConvergeAndDuplicate487sChangeNothing) {
  for (const Role both : {Role::kControlling, Role::kControlled}) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      SCOPED_TRACE(seed);
      Network net(seed);
      SameFirst ours(seed), theirs(seed + 1000);
      Node& a = net.add({ip("192.0.2.1")});
      Node& b = net.add({ip("192.0.2.2")});
      a.agent = std::make_unique<Agent>(role(both), ours, net.pool);
      b.agent = std::make_unique<Agent>(role(both), theirs, net.pool);
      std::set<uint64_t> tieBreakers;
      std::vector<std::pair<Route, Bytes>> refusals;
      std::array<size_t, 2> switches{};
      std::array last = {both, both};
      net.tap = [&](const Transmit& t) {
        for (const size_t i : {0u, 1u}) {
          const Role now = (i == 0 ? a : b).agent->role();
          switches[i] += std::exchange(last[i], now) != now ? 1 : 0;
        }
        stun::Message m;
        if (!stun::Message::parse(t.packet.view(), m)) return false;
        for (const auto type : {stun::AttributeType::kIceControlling, stun::AttributeType::kIceControlled}) {
          if (const auto tieBreaker = m.u64(type)) tieBreakers.insert(*tieBreaker);
        }
        if (m.errorCode() && m.errorCode()->number == 487) refusals.emplace_back(t.route, toBytes(t.packet.view()));
        return false;
      };
      introduce(net, a, b);
      ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
      EXPECT_NE(a.agent->role(), b.agent->role());
      EXPECT_TRUE(tieBreakers.contains(0x5555555555555555));
      EXPECT_GT(tieBreakers.size(), 1u) << "a new one came after the 487";
      EXPECT_FALSE(refusals.empty());
      // Two that are controlled begin with one more: each takes itself for the one who should control.
      const size_t most = both == Role::kControlling ? 2 : 3;
      EXPECT_LE(switches[0], most);
      EXPECT_LE(switches[1], most);

      const std::array roles = {a.agent->role(), b.agent->role()};
      for (const auto& [route, bytes] : refusals) {
        Node& to = route.remote.ip == ip("192.0.2.1") ? a : b;
        for (int i = 0; i < 3; ++i) net.inject(to, route.local, route.remote, bytes);
      }
      net.run(Duration::seconds(20));
      EXPECT_EQ(a.agent->role(), roles[0]);
      EXPECT_EQ(b.agent->role(), roles[1]);
      EXPECT_TRUE(nominated(a) && nominated(b));
    }
  }
}

TEST(Agent, LossyLinksConnect) {
  size_t slow = 0;
  for (const double loss : {0.05, 0.2, 0.4}) {
    for (uint64_t seed = 1; seed <= 40; ++seed) {
      Network net(seed);
      net.loss = loss;
      net.delay = Duration::millis(50);
      Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
      Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
      const TimePoint start = net.now;
      introduce(net, a, b);
      ASSERT_TRUE(net.runUntilTrue(Duration::seconds(30), [&] { return nominated(a) && nominated(b); }))
          << loss << " " << seed;
      slow += net.now - start > Duration::seconds(5) ? 1 : 0;
    }
  }
  EXPECT_LE(slow, 25u);
}

TEST(Agent, TenPercentLossNeverLooksLikeADisconnection) {
  Network net(5);
  net.loss = 0.1;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(600));
  for (Node* n : {&a, &b}) {
    EXPECT_EQ(n->agent->state(), State::kCompleted);
    EXPECT_EQ(std::count(n->states.begin(), n->states.end(), State::kDisconnected), 0);
  }
}

TEST(Agent, ConsentIsAskedForAboutEveryFiveSeconds) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(1000));
  // RFC 7675 §5.1: 5 s times 0.8 to 1.2, from the answer on.
  EXPECT_NEAR(static_cast<double>(a.agent->stats().consentChecksSent), 200, 10);
  EXPECT_LT(a.agent->stats().checksSent - a.agent->stats().consentChecksSent, 4u);
}

// A07
// RFC 7675 §5.1.
TEST(Hostile, ConsentExpiresWhileMediaFlowsAndALateAnswerDoesNotReviveIt) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(10));
  ASSERT_EQ(a.agent->state(), State::kCompleted);

  // b's answers stop, everything else of b's goes on. The last answer is kept.
  Bytes late;
  TimePoint lastSent;
  net.tap = [&](const Transmit& t) {
    if (t.route.local == a.bound[0]) lastSent = net.now;
    stun::Message m;
    if (t.route.local != b.bound[0] || !stun::Message::parse(t.packet.view(), m)) return false;
    if (m.messageClass() == stun::Class::kRequest) return true;
    late = toBytes(t.packet.view());
    return true;
  };
  const TimePoint cut = net.now;
  bool sawDisconnected = false;
  TimePoint refusedAt = TimePoint::never();
  for (int i = 0; i < 2000; ++i) {
    net.run(Duration::millis(20));
    sawDisconnected = sawDisconnected || a.agent->state() == State::kDisconnected;
    if (!net.sendData(a, "\x80media") && refusedAt.isNever()) refusedAt = net.now;
    if (b.agent->state() != State::kFailed) net.sendData(b, "\x80media");
  }
  EXPECT_TRUE(sawDisconnected);
  EXPECT_LE(refusedAt - cut, Duration::seconds(31));
  EXPECT_GE(refusedAt - cut, Duration::seconds(23));
  EXPECT_LE(lastSent, refusedAt);
  EXPECT_EQ(a.agent->state(), State::kFailed);
  net.tap = nullptr;
  net.inject(a, b.bound[0], a.bound[0], late);
  net.run(Duration::seconds(5));
  EXPECT_FALSE(net.sendData(a, "\x80media"));
  EXPECT_EQ(a.agent->state(), State::kFailed);
}

TEST(Agent, DisconnectsAfterFiveSecondsOfSilenceAndRecovers) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(2));
  net.tap = [](const Transmit&) { return true; };
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(12), [&] {
    return a.agent->state() == State::kDisconnected && b.agent->state() == State::kDisconnected;
  }));
  net.tap = nullptr;
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(3), [&] { return up(a) && up(b); }));
  EXPECT_TRUE(nominated(a) && nominated(b));
  net.run(Duration::seconds(60));
  EXPECT_TRUE(up(a) && up(b));
}

TEST(Agent, MovesToAnotherPairWhenTheSelectedOneDies) {
  for (const Role first : {Role::kControlling, Role::kControlled}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1"), ip("192.0.2.11")}, role(first));
    Node& b = net.add({ip("192.0.2.2")}, role(first == Role::kControlling ? Role::kControlled : Role::kControlling));
    introduce(net, a, b);
    net.run(Duration::seconds(2));
    ASSERT_TRUE(nominated(a) && nominated(b));
    const SocketAddress old = a.agent->selectedPair()->route.local;
    net.tap = [&](const Transmit& t) { return t.route.local == old || t.route.remote == old; };
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(25), [&] {
      return up(a) && up(b) && nominated(a) && nominated(b) && a.agent->selectedPair()->route.local != old;
    }));
    EXPECT_TRUE(net.sendData(a, "\x80on") && net.sendData(b, "\x80on"));
    net.run(Duration::seconds(60));
    EXPECT_TRUE(up(a) && up(b));
    EXPECT_EQ(b.data, std::vector<std::string>{"\x80on"});
  }
}

// RFC 8445 §8.1.2.
TEST(Agent, FailsWhenNothingAnswers) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  net.tap = [](const Transmit&) { return true; };
  introduce(net, a, b);
  net.run(Duration::seconds(29));
  EXPECT_EQ(a.agent->state(), State::kChecking);
  net.run(Duration::seconds(3));
  EXPECT_EQ(a.agent->state(), State::kFailed);
  EXPECT_EQ(b.agent->state(), State::kFailed);
  EXPECT_TRUE(a.agent->nextTimeout().isNever());
  // A new generation starts afresh.
  net.tap = nullptr;
  a.agent->restart(net.now);
  b.agent->restart(net.now);
  EXPECT_EQ(a.agent->state(), State::kChecking);
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
}

// RFC 8863 §4.
TEST(Agent, FailsWithoutAnyCandidates) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  a.agent->gather(net.now);
  a.agent->setRemoteCredentials(net.now, {"abcd", "abcdefghijklmnopqrstuv"});
  net.run(Duration::seconds(60));
  EXPECT_EQ(a.agent->state(), State::kNew);  // trickle: more may come
  a.agent->endOfRemoteCandidates(net.now);
  net.run(Duration::seconds(1));
  EXPECT_EQ(a.agent->state(), State::kFailed);
}

// RFC 8445 §9.
TEST(Agent, RestartKeepsDataFlowing) {
  Network net;
  net.delay = Duration::millis(30);
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(2));
  for (int round = 0; round < 20; ++round) {
    a.data.clear();
    b.data.clear();
    const Credentials old = a.agent->localCredentials();
    int sent = 0;
    const auto talk = [&](Duration time) {
      for (const TimePoint end = net.now + time; net.now < end; ++sent) {
        ASSERT_TRUE(net.sendData(a, "\x80x")) << round << " " << sent;
        ASSERT_TRUE(net.sendData(b, "\x80x")) << round << " " << sent;
        net.run(Duration::millis(5));
      }
    };
    a.agent->restart(net.now);
    EXPECT_FALSE(a.agent->localCredentials() == old);
    EXPECT_EQ(a.agent->state(), State::kConnected);
    talk(Duration::millis(300));  // the offer is on its way
    b.agent->restart(net.now);
    b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
    for (const Candidate& c : a.candidates) b.agent->addRemoteCandidate(net.now, c);
    talk(Duration::millis(300));
    a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
    talk(Duration::seconds(1));
    net.run(Duration::millis(100));
    EXPECT_TRUE(nominated(a) && nominated(b)) << round;
    EXPECT_EQ(a.data.size(), static_cast<size_t>(sent)) << round;
    EXPECT_EQ(b.data.size(), static_cast<size_t>(sent)) << round;
  }
  net.run(Duration::seconds(60));
  EXPECT_TRUE(up(a) && up(b));
  EXPECT_EQ(net.pool.outstanding(), 0u);
}

// Restarted, but the other side never answers: the old pair carries on.
// RFC 8445 §9.
TEST(Agent, UnansweredRestartLeavesTheOldPair) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(2));
  a.agent->restart(net.now);
  net.run(Duration::seconds(120));
  EXPECT_EQ(a.agent->state(), State::kConnected);
  EXPECT_TRUE(up(b));
  EXPECT_TRUE(net.sendData(a, "\x80still"));
  net.run(Duration::millis(100));
  EXPECT_EQ(b.data, std::vector<std::string>{"\x80still"});
}

/// Both talk every 10 ms for `time`, and nothing of it is lost.
void talkUnbroken(Network& net, Node& a, Node& b, Duration time) {
  a.data.clear();
  b.data.clear();
  size_t sent = 0;
  for (const TimePoint end = net.now + time; net.now < end; ++sent) {
    EXPECT_TRUE(net.sendData(a, "\x80x") && net.sendData(b, "\x80x"));
    EXPECT_TRUE(up(a) && up(b));
    net.run(Duration::millis(10));
  }
  net.run(Duration::millis(100));
  EXPECT_EQ(a.data.size(), sent);
  EXPECT_EQ(b.data.size(), sent);
}

// The generation in force goes on as if nothing had been, and has what was found meanwhile.
// RFC 9429 §4.1.10.2.
TEST(Agent, ARestartThatIsTakenBackChangesNothing) {
  for (const Role first : {Role::kControlling, Role::kControlled}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1")}, role(first));
    Node& b = net.add({ip("192.0.2.2")}, role(first == Role::kControlling ? Role::kControlled : Role::kControlling));
    introduce(net, a, b);
    net.run(Duration::seconds(2));
    const Credentials inForce = a.agent->localCredentials();
    const auto route = a.agent->selectedPair()->route;
    const size_t own = a.agent->localCandidates().size();
    a.agent->takeBackRestart(net.now);  // there is none
    EXPECT_EQ(a.agent->localCredentials(), inForce);
    for (int round = 0; round < 3; ++round) {
      a.agent->restart(net.now);
      a.agent->restart(net.now);  // another offer in the place of that one
      talkUnbroken(net, a, b, Duration::seconds(2));
      EXPECT_FALSE(a.agent->localCredentials() == inForce);
      if (round == 1) net.addAddress(a, ip("192.0.2.77"));
      net.run(Duration::millis(50));
      a.candidates.clear();
      a.agent->takeBackRestart(net.now);
      talkUnbroken(net, a, b, Duration::seconds(40));  // longer than consent lasts (RFC 7675 §5.1)
      EXPECT_EQ(a.agent->localCredentials(), inForce);
      EXPECT_EQ(a.agent->ufrags()[0], inForce.ufrag);
      EXPECT_EQ(a.agent->ufrags()[1], "");
      EXPECT_EQ(a.agent->selectedPair()->route, route);
      ASSERT_EQ(a.candidates.size(), round == 1 ? 1u : 0u) << "what was told before is not told again";
      if (round == 1) {
        EXPECT_EQ(a.candidates[0].address.ip, ip("192.0.2.77"));
        EXPECT_EQ(a.candidates[0].ufrag, inForce.ufrag);
      }
      EXPECT_EQ(a.agent->localCandidates().size(), own + (round == 0 ? 0 : 1));
    }
    net.removeAddress(a, ip("192.0.2.1"));
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a); })) << "the new one is in use";
    net.run(Duration::seconds(4));
    a.agent->restart(net.now);
    b.agent->restart(net.now);
    b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
    a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
    net.run(Duration::millis(200));
    talkUnbroken(net, a, b, Duration::seconds(8));
    EXPECT_TRUE(nominated(a) && nominated(b));
    EXPECT_FALSE(a.agent->localCredentials() == inForce);
    EXPECT_EQ(a.agent->ufrags()[1], "") << "the generation before is gone";
  }
}

// Nor where there is no pair yet: checks go on, and so do the peer's candidates.
TEST(Agent, ChecksGoOnBesideARestartThatIsOffered) {
  for (const bool takenBack : {false, true}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
    Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
    a.agent->gather(net.now);
    a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
    b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
    const Credentials inForce = a.agent->localCredentials();
    a.agent->restart(net.now);
    net.run(Duration::millis(20));
    b.trickleTo = &a;
    b.agent->gather(net.now);  // of the generation in force
    if (takenBack) a.agent->takeBackRestart(net.now);
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return up(a) && up(b); })) << takenBack;
    EXPECT_EQ(a.agent->localCredentials() == inForce, takenBack);
    talkUnbroken(net, a, b, Duration::seconds(1));
    if (takenBack) continue;
    b.agent->restart(net.now);
    b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
    a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
    talkUnbroken(net, a, b, Duration::seconds(8));
  }
}

TEST(Agent, CloseIsFinal) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(2));
  a.agent->close();
  a.agent->close();
  net.drain();
  EXPECT_TRUE(a.bound.empty());
  EXPECT_EQ(a.agent->state(), State::kClosed);
  EXPECT_FALSE(net.sendData(a, "\x80"));
  a.agent->restart(net.now);
  a.agent->gather(net.now);
  a.agent->addRemoteCandidate(net.now, b.candidates[0]);
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  a.agent->handleTimeout(net.now);
  net.inject(a, at("192.0.2.2:1"), at("192.0.2.1:40000"), asBytes("\x80"));
  EXPECT_TRUE(a.agent->nextTimeout().isNever());
  EXPECT_TRUE(a.data.empty());
  EXPECT_EQ(a.states.back(), State::kClosed);
}

TEST(Agent, SameSeedSamePackets) {
  std::vector<Bytes> runs[2];
  for (auto& log : runs) {
    Network net(9);
    net.loss = 0.2;
    Node& a = net.add({ip("192.0.2.1"), ip("2001:db8::1")}, role(Role::kControlling));
    Node& b = net.add({ip("192.0.2.2"), ip("2001:db8::2")}, role(Role::kControlled));
    net.tap = [&](const Transmit& t) { return log.push_back(toBytes(t.packet.view())), false; };
    introduce(net, a, b);
    net.run(Duration::seconds(60));
  }
  EXPECT_GT(runs[0].size(), 20u);
  EXPECT_EQ(runs[0], runs[1]);
}

}  // namespace
}  // namespace tincan::inline v0::ice
