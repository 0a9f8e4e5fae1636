// A peer that goes on with another ICE agent of its own and the credentials that it had, as a browser does whose
// BUNDLE-tagged section stops.
#include <gtest/gtest.h>

#include "ice/check_message.h"
#include "stun/response.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

/// The agent that `b` has moved to, as far as `a` meets it: it has b's credentials and another address.
const SocketAddress kMoved = testing::at("192.0.2.2:50000");

/// True for what was sent there; its checks are answered.
bool answersAsMoved(Network& net, Node& a, Node& b, const Transmit& t) {
  if (t.route.remote != kMoved) return false;
  stun::Message check;
  if (!stun::Message::parse(t.packet.view(), check) || check.messageClass() != stun::Class::kRequest) return true;
  const auto key = stun::IntegrityKey::shortTerm(b.agent->localCredentials().password);
  Bytes answer(200);
  answer.resize(stun::writeBindingSuccess(answer, check, t.route.local, &key));
  net.inject(a, kMoved, t.route.local, answer);
  return true;
}

void checkAsMoved(Network& net, Node& a, Node& b, CheckFields fields) {
  const std::string username = a.agent->localCredentials().ufrag + ":" + b.agent->localCredentials().ufrag;
  fields.username = username;
  fields.priority = 1;
  Bytes check(300);
  check.resize(writeCheck(check, fields, stun::IntegrityKey::shortTerm(a.agent->localCredentials().password)));
  net.inject(a, kMoved, a.bound[0], check);
}

// The pair that its new agent names is worse than the one in use: its check was faster than its candidate, so it is
// peer-reflexive. And it comes soon. Without a word from above, that is aggressive nomination, and the best pair counts.
TEST(Move, ThePairThatAMovedPeerNamesCountsThoughItBeWorse) {
  for (const bool expected : {false, true}) {
    Network net;
    net.delay = Duration::millis(1);
    Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlled));
    Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlling));
    introduce(net, a, b);
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
    const SocketAddress before = a.agent->selectedPair()->route.remote;
    if (expected) a.agent->expectMove();

    net.tap = [&](const Transmit& t) { return answersAsMoved(net, a, b, t); };
    CheckFields fields;
    fields.role = Role::kControlling;
    fields.tieBreaker = ~0ull;
    fields.useCandidate = true;
    checkAsMoved(net, a, b, fields);
    net.run(Duration::millis(50));
    EXPECT_EQ(a.agent->selectedPair()->route.remote, expected ? kMoved : before);
  }
}

// Here the agent that stays names the pair, and the pair in use is dead: its peer has left it and answers nothing over
// it. Where the move was expected, little silence is enough to believe that; else a path that stutters looks the same.
TEST(Move, AnAgentThatExpectsItLeavesTheDeadPairSoon) {
  for (const bool expected : {false, true}) {
    Network net;
    net.delay = Duration::millis(1);
    Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
    Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
    introduce(net, a, b);
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
    const SocketAddress before = a.agent->selectedPair()->route.remote;
    if (expected) a.agent->expectMove();

    net.tap = [&](const Transmit& t) { return t.route.remote == before || answersAsMoved(net, a, b, t); };
    CheckFields fields;
    fields.role = Role::kControlled;
    checkAsMoved(net, a, b, fields);
    net.run(Duration::millis(400));
    EXPECT_EQ(a.agent->selectedPair()->route.remote, expected ? kMoved : before);
    net.run(Duration::millis(2200));
    EXPECT_EQ(a.agent->selectedPair()->route.remote, kMoved) << "in the end the silence is believed all the same";
  }
}

// RFC 9429 §4.1.10.1: who answered for the time being was x, and y answers for good, with credentials of its own and ours as
// they were. Nothing is gathered anew; data goes on to x until there is a pair with y, and no check of x's is taken for one
// of y's.
TEST(Move, AnotherAgentTakesTheSameDescriptionOfOurs) {
  Network net;
  net.delay = Duration::millis(30);
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& x = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  Node& y = net.add({ip("192.0.2.3")}, role(Role::kControlled));
  introduce(net, a, x);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(x); }));
  const auto before = *a.agent->selectedPair();
  const Credentials ours = a.agent->localCredentials();

  introduce(net, a, y);
  EXPECT_TRUE(a.agent->hasPair()) << "x is still there";
  EXPECT_EQ(a.agent->selectedPair()->route, before.route);
  EXPECT_EQ(a.agent->localCredentials(), ours);
  for (const auto& local : a.agent->localCandidates()) y.agent->addRemoteCandidate(net.now, local.candidate);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(y); }));
  EXPECT_EQ(a.agent->selectedPair()->route.remote.ip, ip("192.0.2.3"));
  net.run(Duration::seconds(40));
  EXPECT_TRUE(up(a) && up(y)) << "x, to whom nobody listens any more, ends nothing";
  EXPECT_EQ(a.agent->selectedPair()->route.remote.ip, ip("192.0.2.3"));
}

// y checked before anybody said that it is there: the check is answered and kept, and is enough to find it by.
TEST(Move, ACheckOfAnAgentThatIsNotDescribedYetIsKept) {
  Network net;
  net.delay = Duration::millis(10);
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& x = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  Node& y = net.add({ip("192.0.2.3")}, role(Role::kControlled));
  introduce(net, a, x);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(x); }));
  y.agent->gather(net.now);
  y.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  for (const auto& local : a.agent->localCandidates()) y.agent->addRemoteCandidate(net.now, local.candidate);
  net.run(Duration::millis(300));
  EXPECT_EQ(a.agent->selectedPair()->route.remote.ip, ip("192.0.2.2"));
  EXPECT_EQ(a.agent->remoteCandidates().size(), 1u) << "no pair of x's is made of it";

  a.trickleTo = nullptr;
  a.agent->setRemoteCredentials(net.now, y.agent->localCredentials());
  ASSERT_TRUE(net.runUntilTrue(Duration::millis(200), [&] { return nominated(a) && nominated(y); }));
  EXPECT_EQ(a.agent->selectedPair()->route.remote.ip, ip("192.0.2.3"));
}

}  // namespace
}  // namespace tincan::inline v0::ice
