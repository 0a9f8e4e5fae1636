// When candidates and their end come, on either side (RFC 8838).
#include <gtest/gtest.h>

#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

/// Both have gathered all there is, and nobody has told anybody.
void gatherAll(Network& net, Node& a, Node& b) {
  a.agent->gather(net.now);
  b.agent->gather(net.now);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(20), [&] { return a.gathered && b.gathered; }));
}

void tellAll(Network& net, const Node& from, Node& to) {
  to.agent->setRemoteCredentials(net.now, from.agent->localCredentials());
  for (const Candidate& c : from.candidates) to.agent->addRemoteCandidate(net.now, c);
  to.agent->endOfRemoteCandidates(net.now);
}

// RFC 8838 §15: the offer has all candidates and their end; the answer trickles.
TEST(Trickle, HalfTrickle) {
  for (const Role first : {Role::kControlling, Role::kControlled}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1"), ip("2001:db8::1")}, role(first));
    Node& b = net.add({ip("192.0.2.2")}, role(first == Role::kControlling ? Role::kControlled : Role::kControlling));
    a.agent->gather(net.now);
    net.run(Duration::seconds(1));
    tellAll(net, a, b);
    b.trickleTo = &a;
    b.agent->gather(net.now);
    a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
    EXPECT_EQ(a.agent->state(), State::kCompleted);
    EXPECT_EQ(b.agent->state(), State::kCompleted);
  }
}

// RFC 8838 §3.
TEST(Trickle, NoTrickleAtAll) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  gatherAll(net, a, b);
  tellAll(net, a, b);
  net.run(Duration::millis(500));  // the answer takes its time
  tellAll(net, b, a);
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); }));
}

// Completed is what both ends of candidates make of connected (W3C webrtc-pc §5.6.4).
TEST(Trickle, CompletedWaitsForTheEndOfCandidates) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  gatherAll(net, a, b);
  a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
  b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
  a.agent->addRemoteCandidate(net.now, b.candidates[0]);
  net.run(Duration::seconds(5));
  ASSERT_TRUE(nominated(a) && nominated(b));
  EXPECT_EQ(a.agent->state(), State::kConnected);
  EXPECT_EQ(b.agent->state(), State::kConnected);
  a.agent->endOfRemoteCandidates(net.now);
  EXPECT_EQ(a.agent->state(), State::kCompleted);
  EXPECT_EQ(b.agent->state(), State::kConnected);
  // One that comes after the end is taken all the same (browsers do, after a change of network).
  Candidate late = b.candidates[0];
  late.address.port = static_cast<uint16_t>(late.address.port + 1);
  a.agent->addRemoteCandidate(net.now, late);
  EXPECT_EQ(a.agent->stats().candidatesRefused, 0u);
  net.run(Duration::seconds(60));
  EXPECT_EQ(a.agent->state(), State::kCompleted);
}

// Candidates, their end, then the credentials: whatever the order, the same pair comes of it.
TEST(Trickle, AnyOrder) {
  for (int order = 0; order < 6; ++order) {
    Network net;
    Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
    Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
    gatherAll(net, a, b);
    tellAll(net, a, b);
    int steps[] = {0, 1, 2};
    for (int i = 0; i < order; ++i) std::next_permutation(std::begin(steps), std::end(steps));
    for (const int step : steps) {
      if (step == 0) a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
      if (step == 1) a.agent->addRemoteCandidate(net.now, b.candidates[0]);
      if (step == 2) a.agent->endOfRemoteCandidates(net.now);
      net.run(Duration::millis(3));
    }
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return nominated(a) && nominated(b); })) << order;
    EXPECT_EQ(a.agent->state(), State::kCompleted) << order;
  }
}

}  // namespace
}  // namespace tincan::inline v0::ice
