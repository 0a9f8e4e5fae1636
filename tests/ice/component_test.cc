#include <set>

#include <gtest/gtest.h>

#include "ice/agent.h"
#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

// RFC 8445 §5.1.2.1, §7.1.1: candidates and checks of RTCP's agent are of component 2; what is of another one is not its own.
TEST(Component, OfTheSecondOneSaysSoInAllThatItTells) {
  const auto second = [](Role r) {
    AgentConfig config = role(r);
    config.component = 2;
    config.tcp = TcpCandidates::kAll;
    config.servers = {ServerUrl::parse("stun:198.51.100.1").value()};
    return config;
  };
  Network net;
  net.stunServers = {at("198.51.100.1:3478")};
  Node& a = net.add({ip("10.0.0.1")}, second(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, second(Role::kControlled));
  a.natAddress = ip("203.0.113.1");
  size_t checks = 0;
  net.tap = [&](const Transmit& out) {
    stun::Message message;
    if (!stun::Message::parse(out.packet.view(), message)) return false;
    const auto priority = message.u32(stun::AttributeType::kPriority);
    if (!priority) return false;
    ++checks;
    EXPECT_EQ(*priority & 0xff, 254u);
    return false;
  };
  introduce(net, a, b);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(2), [&] { return nominated(a) && nominated(b); }));
  EXPECT_GT(checks, 0u);
  std::set<CandidateType> types;
  std::set<Protocol> protocols;
  for (const Candidate& each : a.candidates) {
    types.insert(each.type);
    protocols.insert(each.protocol);
    EXPECT_EQ(each.component, 2) << each.toString();
    EXPECT_EQ(each.priority & 0xff, 254u) << each.toString();
  }
  EXPECT_EQ(types.size(), 2u) << "host and server-reflexive";
  EXPECT_EQ(protocols.size(), 2u);
  for (const Candidate& each : b.agent->remoteCandidates()) EXPECT_EQ(each.component, 2) << each.toString();
  Candidate first = a.candidates.front();
  first.component = 1;
  b.agent->addRemoteCandidate(net.now, first);
  net.run(Duration::millis(10));
  ASSERT_EQ(b.agent->candidateNotes().size(), 1u);
}

}  // namespace
}  // namespace tincan::inline v0::ice
