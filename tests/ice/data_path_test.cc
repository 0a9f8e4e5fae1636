// Which way data may come, and until when it may go (RFC 8445 §12, RFC 7675 §5.1).
#include <gtest/gtest.h>

#include "ice/check_message.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

const char* const kNamed = "203.0.113.7:7777";

// The peer's description names an address; anybody can send from there. Data is the peer's only over a pair that one of
// both has checked (RFC 8445 §12.2).
TEST(DataPath, ACandidateThatIsOnlyNamedCarriesNoData) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.drain();
  a.agent->addRemoteCandidate(net.now, Candidate::parse("7 1 udp 9 203.0.113.7 7777 typ host").value());
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a) && up(b); }));
  net.inject(a, at(kNamed), a.bound[0], asBytes("\x80 named"));
  EXPECT_TRUE(a.data.empty());
  EXPECT_EQ(a.agent->stats().strayData, 1u);

  // The peer checks that pair, with the password: from then on its data may come there.
  CheckFields fields;
  const std::string username = a.agent->localCredentials().ufrag + ":" + b.agent->localCredentials().ufrag;
  fields.username = username;
  fields.priority = 1;
  fields.role = Role::kControlled;
  Bytes check(300);
  check.resize(writeCheck(check, fields, stun::IntegrityKey::shortTerm(a.agent->localCredentials().password)));
  net.inject(a, at(kNamed), a.bound[0], check);
  net.inject(a, at(kNamed), a.bound[0], asBytes("\x80 named"));
  EXPECT_EQ(a.data.size(), 1u);
  EXPECT_EQ(a.agent->stats().strayData, 1u);
}

struct Connected {
  Connected() {
    introduce(net, a, b);
    EXPECT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a) && up(b); }));
    net.run(Duration::seconds(1));
  }
  bool send(TimePoint now) {
    Transmit out;
    return a.agent->send(now, net.pool.copy(asBytes("\x80 data")), out);
  }

  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
};

// RFC 7675 §5.1. The clock alone decides: a driver whose timer is late must not buy a packet more.
TEST(DataPath, NothingIsSentAfterConsentRanOutThoughNoTimerHasFired) {
  Connected net;
  EXPECT_TRUE(net.send(net.net.now));
  EXPECT_TRUE(net.send(net.net.now + Duration::seconds(20)));
  EXPECT_EQ(net.a.agent->stats().sendsRefused, 0u);
  EXPECT_FALSE(net.send(net.net.now + Duration::seconds(31)));
  EXPECT_EQ(net.a.agent->stats().sendsRefused, 1u);
}

TEST(DataPath, NothingIsTakenAfterConsentRanOut) {
  Connected net;
  net.net.tap = [](const Transmit&) { return true; };
  net.net.run(Duration::seconds(40));
  ASSERT_EQ(net.a.agent->state(), State::kFailed);
  net.net.inject(net.a, net.b.bound[0], net.a.bound[0], asBytes("\x80 late"));
  EXPECT_TRUE(net.a.data.empty());
  EXPECT_FALSE(net.send(net.net.now));
}

// RFC 7675 §5.1: a session whose consent ran out does not come back by a check of the peer's: it is not even answered.
TEST(DataPath, ADeadSessionAnswersNoCheck) {
  Connected net;
  Bytes check;
  net.net.tap = [&](const Transmit& t) {
    stun::Message m;
    if (t.route.local == net.b.bound[0] && stun::Message::parse(t.packet.view(), m) &&
        m.messageClass() == stun::Class::kRequest) {
      check = toBytes(t.packet.view());
    }
    return true;
  };
  net.net.run(Duration::seconds(40));
  ASSERT_EQ(net.a.agent->state(), State::kFailed);
  ASSERT_FALSE(check.empty());
  const auto answered = net.a.agent->stats().responsesSent, received = net.a.agent->stats().checksReceived;
  net.net.inject(net.a, net.b.bound[0], net.a.bound[0], check);
  net.net.run(Duration::seconds(1));
  EXPECT_EQ(net.a.agent->stats().responsesSent, answered);
  EXPECT_EQ(net.a.agent->stats().checksReceived, received);
  EXPECT_EQ(net.a.agent->state(), State::kFailed);
}

// RFC 7675 §5.1: only the lack of a good answer for 30 s takes consent away; an error response, though signed, is no
// answer and no failure of the pair.
TEST(DataPath, AnErrorToAConsentCheckDoesNotFailThePair) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2"), ip("192.0.2.12")}, role(Role::kControlled));
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a) && up(b); }));
  net.run(Duration::seconds(1));
  const SocketAddress best = a.agent->selectedPair()->route.remote;
  ASSERT_EQ(best, b.bound[0]);
  const auto key = stun::IntegrityKey::shortTerm(b.agent->localCredentials().password);
  size_t refused = 0;
  net.tap = [&](const Transmit& t) {
    stun::Message m;
    if (t.route.local != a.bound[0] || refused > 0 || !stun::Message::parse(t.packet.view(), m) ||
        m.messageClass() != stun::Class::kRequest) {
      return false;
    }
    Bytes out(200);
    out.resize(stun::writeError(out, m, stun::ErrorNumber::kServerError, &key));
    ++refused;
    net.inject(a, b.bound[0], a.bound[0], out);
    return true;
  };
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(10), [&] { return refused > 0; }));
  // Another pair comes up, and the choice is made anew: the pair in use still counts as one that works.
  CheckFields fields;
  const std::string username = a.agent->localCredentials().ufrag + ":" + b.agent->localCredentials().ufrag;
  fields.username = username;
  fields.priority = 1;
  fields.role = Role::kControlled;
  Bytes check(300);
  check.resize(writeCheck(check, fields, stun::IntegrityKey::shortTerm(a.agent->localCredentials().password)));
  net.inject(a, b.bound[1], a.bound[0], check);
  net.run(Duration::seconds(60));
  EXPECT_EQ(a.agent->selectedPair()->route.remote, best);
  EXPECT_EQ(a.agent->state(), State::kCompleted);
  EXPECT_EQ(std::count(a.states.begin(), a.states.end(), State::kDisconnected), 0);
}

}  // namespace
}  // namespace tincan::inline v0::ice
