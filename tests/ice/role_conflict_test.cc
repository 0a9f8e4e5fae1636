#include <gtest/gtest.h>

#include "ice/check_message.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

const Credentials kPeer{"peer", "abcdefghijklmnopqrstuv"};

struct Check {
  stun::TransactionId id{};
  Route route;
  Bytes bytes;
  std::optional<uint64_t> controlling, controlled;
};

/// An agent whose checks are caught, so that the test can answer each as it likes.
struct Rig {
  Rig() {
    net.tap = [this](const Transmit& t) {
      stun::Message m;
      EXPECT_TRUE(stun::Message::parse(t.packet.view(), m));
      checks.push_back({m.transactionId(), t.route, toBytes(t.packet.view()),
                        m.u64(stun::AttributeType::kIceControlling), m.u64(stun::AttributeType::kIceControlled)});
      return true;
    };
    a.agent->gather(net.now);
    net.drain();
    a.agent->setRemoteCredentials(net.now, kPeer);
    for (const char* line : {"1 1 udp 9 192.0.2.2 9000 typ host", "2 1 udp 8 192.0.2.3 9000 typ host"}) {
      a.agent->addRemoteCandidate(net.now, Candidate::parse(line).value());
    }
  }
  void refuse(const Check& check) {
    stun::Message request;
    ASSERT_TRUE(stun::Message::parse(check.bytes, request));
    const auto key = stun::IntegrityKey::shortTerm(kPeer.password);
    Bytes out(200);
    out.resize(stun::writeError(out, request, stun::ErrorNumber::kRoleConflict, &key));
    net.inject(a, check.route.remote, check.route.local, out);
    net.drain();
  }

  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  std::vector<Check> checks;
};

// RFC 8445 §7.2.5.1: a 487 speaks of the role in its request. Two checks of one role, both refused, are one conflict: a
// second switch, or a second tie-breaker, would undo what the first has settled.
TEST(RoleConflict, TwoRefusalsOfOneRoleSwitchItOnce) {
  Rig rig;
  rig.net.run(Duration::millis(200));
  ASSERT_EQ(rig.checks.size(), 2u);
  const std::vector<Check> first = rig.checks;
  ASSERT_TRUE(first[0].controlling && first[1].controlling);
  ASSERT_EQ(first[0].controlling, first[1].controlling);

  rig.checks.clear();
  rig.refuse(first[0]);
  rig.net.run(Duration::millis(100));
  EXPECT_EQ(rig.a.agent->role(), Role::kControlled);
  ASSERT_EQ(rig.checks.size(), 1u);
  const auto tieBreaker = rig.checks[0].controlled;
  ASSERT_TRUE(tieBreaker);
  EXPECT_NE(tieBreaker, first[0].controlling);

  rig.checks.clear();
  rig.refuse(first[1]);
  rig.net.run(Duration::millis(100));
  EXPECT_EQ(rig.a.agent->role(), Role::kControlled);
  EXPECT_EQ(rig.a.agent->stats().roleConflicts, 1u);
  ASSERT_EQ(rig.checks.size(), 1u);
  EXPECT_EQ(rig.checks[0].controlled, tieBreaker);
}

// RFC 8445 §7.3.1.1: who wins the conflict answers with 487 and does nothing else: no success beside it, no pair, no
// check in turn.
TEST(RoleConflict, TheWinnersRefusalIsItsOnlyAnswer) {
  Rig rig;
  rig.net.run(Duration::millis(200));
  rig.checks.clear();
  std::vector<Bytes> answers;
  rig.net.tap = [&](const Transmit& t) {
    if (t.route.remote == testing::at("203.0.113.66:6666")) answers.push_back(toBytes(t.packet.view()));
    return true;
  };
  const std::string username = rig.a.agent->localCredentials().ufrag + ":peer";
  CheckFields fields;
  fields.username = username;
  fields.priority = 1;
  fields.role = Role::kControlling;  // as we are
  fields.tieBreaker = 0;             // and smaller than ours
  fields.useCandidate = true;
  Bytes check(300);
  check.resize(writeCheck(check, fields, stun::IntegrityKey::shortTerm(rig.a.agent->localCredentials().password)));
  rig.net.inject(rig.a, testing::at("203.0.113.66:6666"), rig.a.bound[0], check);
  rig.net.run(Duration::seconds(2));
  ASSERT_EQ(answers.size(), 1u);
  stun::Message message;
  ASSERT_TRUE(stun::Message::parse(answers[0], message));
  ASSERT_TRUE(message.errorCode());
  EXPECT_EQ(message.errorCode()->number, 487);
  EXPECT_EQ(rig.a.agent->role(), Role::kControlling);
}

// A lite peer never controls, whatever it answers (RFC 8445 §6.1.1).
TEST(RoleConflict, ALitePeerDoesNotMakeUsControlled) {
  Rig rig;
  rig.a.agent->setRemoteLite(true);
  rig.net.run(Duration::millis(20));
  ASSERT_FALSE(rig.checks.empty());
  rig.refuse(Check(rig.checks[0]));
  EXPECT_EQ(rig.a.agent->role(), Role::kControlling);
  EXPECT_EQ(rig.a.agent->stats().roleConflicts, 0u);
}

}  // namespace
}  // namespace tincan::inline v0::ice
