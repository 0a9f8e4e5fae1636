// A peer that goes on with another ICE agent of its own and the credentials that it had, as a browser does whose
// BUNDLE-tagged section stops.
#include <gtest/gtest.h>

#include "ice/check_message.h"
#include "stun/response.h"
#include "tests/ice/network.h"

namespace tincan::ice {
namespace {

using testing::introduce;
using testing::ip;
using testing::Network;
using testing::Node;
using testing::nominated;
using testing::role;

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

    const SocketAddress moved = testing::at("192.0.2.2:50000");
    net.tap = [&](const Transmit& t) {
      if (t.route.remote != moved) return false;
      stun::Message check;
      if (!stun::Message::parse(t.packet.view(), check) || check.messageClass() != stun::Class::kRequest) return true;
      const auto key = stun::IntegrityKey::shortTerm(b.agent->localCredentials().password);
      Bytes answer(200);
      answer.resize(stun::writeBindingSuccess(answer, check, t.route.local, &key));
      net.inject(a, moved, t.route.local, answer);
      return true;
    };
    CheckFields fields;
    const std::string username = a.agent->localCredentials().ufrag + ":" + b.agent->localCredentials().ufrag;
    fields.username = username;
    fields.priority = 1;
    fields.role = Role::kControlling;
    fields.tieBreaker = ~0ull;
    fields.useCandidate = true;
    Bytes check(300);
    check.resize(writeCheck(check, fields, stun::IntegrityKey::shortTerm(a.agent->localCredentials().password)));
    net.inject(a, moved, a.bound[0], check);
    net.run(Duration::millis(50));
    EXPECT_EQ(a.agent->selectedPair()->route.remote, expected ? moved : before);
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

    const SocketAddress moved = testing::at("192.0.2.2:50000");
    net.tap = [&](const Transmit& t) {
      stun::Message check;
      if (t.route.remote != moved) return t.route.remote == before;
      if (!stun::Message::parse(t.packet.view(), check) || check.messageClass() != stun::Class::kRequest) return true;
      const auto key = stun::IntegrityKey::shortTerm(b.agent->localCredentials().password);
      Bytes answer(200);
      answer.resize(stun::writeBindingSuccess(answer, check, t.route.local, &key));
      net.inject(a, moved, t.route.local, answer);
      return true;
    };
    CheckFields fields;
    const std::string username = a.agent->localCredentials().ufrag + ":" + b.agent->localCredentials().ufrag;
    fields.username = username;
    fields.priority = 1;
    fields.role = Role::kControlled;
    Bytes check(300);
    check.resize(writeCheck(check, fields, stun::IntegrityKey::shortTerm(a.agent->localCredentials().password)));
    net.inject(a, moved, a.bound[0], check);
    net.run(Duration::millis(400));
    EXPECT_EQ(a.agent->selectedPair()->route.remote, expected ? moved : before);
    net.run(Duration::millis(2200));
    EXPECT_EQ(a.agent->selectedPair()->route.remote, moved) << "in the end the silence is believed all the same";
  }
}

}  // namespace
}  // namespace tincan::ice
