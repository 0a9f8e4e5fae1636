#include <gtest/gtest.h>

#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

Role other(Role r) {
  return r == Role::kControlling ? Role::kControlled : Role::kControlling;
}

/// Both talk every 10 ms for `time`; how many of their packets came through.
size_t talk(Network& net, Node& a, Node& b, Duration time) {
  const size_t before = a.data.size() + b.data.size();
  for (const TimePoint end = net.now + time; net.now < end;) {
    static_cast<void>(net.sendData(a, "\x80x"));
    static_cast<void>(net.sendData(b, "\x80x"));
    net.run(Duration::millis(10));
  }
  return a.data.size() + b.data.size() - before;
}

// Two interfaces, and the one in use goes: the other takes over within a few round trips, whoever controls.
TEST(NetworkChange, FailsOverToTheOtherInterface) {
  for (const Role first : {Role::kControlling, Role::kControlled}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1"), ip("198.51.100.1")}, role(first));
    Node& b = net.add({ip("192.0.2.2")}, role(other(first)));
    introduce(net, a, b);
    net.run(Duration::seconds(60));
    ASSERT_TRUE(nominated(a) && nominated(b));
    const IpAddress used = a.agent->selectedPair()->route.local.ip;
    EXPECT_EQ(talk(net, a, b, Duration::seconds(1)), 200u);
    net.removeAddress(a, used);
    EXPECT_EQ(a.agent->state(), State::kDisconnected);
    const TimePoint gone = net.now;
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a); }));
    EXPECT_LE(net.now - gone, Duration::millis(100));
    EXPECT_NE(a.agent->selectedPair()->route.local.ip, used);
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(10), [&] {
      return nominated(a) && nominated(b) && up(b) && b.agent->selectedPair()->route.remote.ip != used;
    }));
    // A peer that is told nothing but the new checks notices at once when it is named, and soon when it must find out.
    EXPECT_LE(net.now - gone, first == Role::kControlling ? Duration::millis(200) : Duration::millis(2500));
    net.run(Duration::millis(50));
    EXPECT_EQ(talk(net, a, b, Duration::seconds(1)), 200u);
    net.run(Duration::seconds(120));
    EXPECT_TRUE(up(a) && up(b));
  }
}

// One that comes while the call runs is told to the peer, and there when the first goes.
TEST(NetworkChange, ANewInterfaceIsTrickledAndTakesOver) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(10));
  ASSERT_TRUE(a.gathered);
  net.addAddress(a, ip("198.51.100.1"));
  net.run(Duration::seconds(1));
  ASSERT_EQ(a.candidates.size(), 2u);
  EXPECT_EQ(a.candidates[1].address.ip, ip("198.51.100.1"));
  EXPECT_EQ(a.agent->selectedPair()->route.local.ip, ip("192.0.2.1")) << "what works is kept";
  net.removeAddress(a, ip("192.0.2.1"));
  ASSERT_TRUE(net.runUntilTrue(Duration::seconds(1), [&] { return up(a) && nominated(a); }));
  EXPECT_EQ(a.agent->selectedPair()->route.local.ip, ip("198.51.100.1"));
  EXPECT_GT(talk(net, a, b, Duration::seconds(1)), 190u);
}

// The only one goes, and another comes in its stead: no restart is needed.
TEST(NetworkChange, FromOneNetworkToAnother) {
  for (const Role first : {Role::kControlling, Role::kControlled}) {
    Network net;
    Node& a = net.add({ip("192.0.2.1")}, role(first));
    Node& b = net.add({ip("192.0.2.2")}, role(other(first)));
    introduce(net, a, b);
    net.run(Duration::seconds(10));
    for (int round = 0; round < 10; ++round) {
      net.removeAddress(a, a.addresses.front());
      EXPECT_FALSE(net.sendData(a, "\x80"));
      net.run(Duration::seconds(4));
      EXPECT_EQ(a.agent->state(), State::kDisconnected);
      net.addAddress(a, IpAddress::v4(198, 51, 100, static_cast<uint8_t>(round + 1)));
      ASSERT_TRUE(net.runUntilTrue(Duration::seconds(5), [&] {
        return up(a) && up(b) && nominated(a) && nominated(b) &&
               b.agent->selectedPair()->route.remote.ip == a.addresses.front();
      })) << round;
      net.run(Duration::millis(100));
      EXPECT_GE(talk(net, a, b, Duration::seconds(1)), 198u) << round;
    }
    EXPECT_EQ(net.pool.outstanding(), 0u);
  }
}

TEST(NetworkChange, NothingLeftFails) {
  Network net;
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(10));
  net.removeAddress(a, ip("192.0.2.1"));
  net.run(Duration::seconds(40));
  EXPECT_EQ(a.agent->state(), State::kFailed);
  EXPECT_EQ(b.agent->state(), State::kFailed);
  EXPECT_TRUE(a.agent->nextTimeout().isNever());
}

// In every stage: before the answer, while checks run, with a restart under way.
TEST(NetworkChange, AtAnyTime) {
  for (int millis = 0; millis <= 120; millis += 3) {
    Network net(static_cast<uint64_t>(millis) + 1);
    AgentConfig config = role(Role::kControlling);
    config.servers = {ServerUrl::parse("stun:203.0.113.5").value()};
    net.stunServers.insert(at("203.0.113.5:3478"));
    Node& a = net.add({ip("192.0.2.1"), ip("198.51.100.1")}, config);
    Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
    introduce(net, a, b);
    net.run(Duration::millis(millis));
    net.removeAddress(a, ip("198.51.100.1"));
    net.run(Duration::millis(millis));
    net.addAddress(a, ip("198.51.100.2"));
    if (millis % 2) {
      a.agent->restart(net.now);
      b.agent->restart(net.now);
      a.agent->setRemoteCredentials(net.now, b.agent->localCredentials());
      b.agent->setRemoteCredentials(net.now, a.agent->localCredentials());
    }
    net.removeAddress(a, ip("192.0.2.1"));
    ASSERT_TRUE(net.runUntilTrue(Duration::seconds(15), [&] { return up(a) && up(b) && nominated(a) && nominated(b); }))
        << millis;
    EXPECT_EQ(a.agent->selectedPair()->route.local.ip, ip("198.51.100.2"));
    net.run(Duration::seconds(30));
    EXPECT_TRUE(up(a) && up(b)) << millis;
    EXPECT_TRUE(a.gathered);
  }
}

}  // namespace
}  // namespace tincan::inline v0::ice
