// The path's MTU as a data channel finds it (RFC 8899), from SCTP to the datagram: over either IP, a relay and TCP.
#include <gtest/gtest.h>

#include "tests/sim/peer.h"
#include "tests/sim/world/turn_server.h"

namespace tincan::inline v0::sim {
namespace {

constexpr size_t kDtls13 = 22;                    // around each packet of SCTP
constexpr size_t kIpv4 = 20 + 8, kIpv6 = 40 + 8;  // with UDP
constexpr size_t kChannelData = 4;                // RFC 8656 §12.4
constexpr size_t kStep = 36;                      // closer the search does not come
constexpr size_t kBase = 1150, kMost = 1428;

struct Bulk {
  explicit Bulk(size_t mtu, const char* ofA = "203.0.113.1", const char* ofB = "203.0.113.2",
                stack::RTCConfiguration configuration = {}, stack::RTCConfiguration configurationOfB = {})
      : hostA(world.addHost("a", ofA, link(mtu))),
        hostB(world.addHost("b", ofB, link(mtu))),
        a(world, hostA, std::move(configuration)),
        b(world, hostB, std::move(configurationOfB)) {
    b.pc->ondatachannel = [this](stack::RTCDataChannelEvent event) {
      arrived = event.channel;
      arrived->onmessage = [this](const stack::MessageEvent& message) {
        received += std::get<Bytes>(message.data).size();
      };
    };
    channel = a.pc->createDataChannel("bulk").value();
  }
  static LinkConfig link(size_t mtu) {
    LinkConfig link;
    link.mtu = mtu;
    return link;
  }
  bool connect() {
    trickle(a, b);
    trickle(b, a);
    signal(a, b);
    return world.runUntil([&] { return arrived && channel->readyState() == stack::RTCDataChannelState::kOpen; },
                          Duration::seconds(20));
  }
  /// 3 MB, and the time that a search takes.
  bool send() {
    const size_t before = received;
    for (int i = 0; i < 60; ++i) EXPECT_TRUE(channel->send(ByteView(Bytes(50'000))).ok());
    const bool all = world.runUntil([&] { return received == before + 3'000'000; }, Duration::seconds(60));
    world.runFor(Duration::seconds(20));
    return all;
  }
  void setMtu(size_t mtu) {
    for (Host* host : {&hostA, &hostB}) host->up.config.mtu = host->down.config.mtu = mtu;
  }
  stack::RTCSctpTransportStats stats() { return a.pc->getStats().sctpTransports.at(0); }
  size_t mtu() { return *stats().mtu; }

  World world{1};
  Host &hostA, &hostB;
  Peer a, b;
  std::shared_ptr<stack::DataChannel> channel, arrived;
  size_t received = 0;
};

void expectFound(size_t found, size_t carried) {
  const size_t most = std::clamp(carried, kBase, kMost);
  EXPECT_LE(found, most);
  EXPECT_GE(found + kStep, most);
}

TEST(DataPathMtu, PacketsBecomeAsLargeAsThePathCarries) {
  for (const size_t mtu : {1200, 1280, 1400, 1500}) {
    SCOPED_TRACE(mtu);
    Bulk bulk(mtu);
    ASSERT_TRUE(bulk.connect());
    EXPECT_EQ(bulk.mtu(), kBase);
    EXPECT_TRUE(bulk.send());
    expectFound(bulk.mtu(), mtu - kIpv4 - kDtls13);
    EXPECT_EQ(bulk.stats().timeouts, 0u);
    EXPECT_EQ(bulk.channel->bufferedAmount(), 0u);
  }
}

// As much as each path of IPv6 carries, and no more: its routers cut nothing.
TEST(DataPathMtu, OverIPv6) {
  for (const size_t mtu : {1280, 1500}) {
    SCOPED_TRACE(mtu);
    Bulk bulk(mtu, "2001:db8::1", "2001:db8::2");
    ASSERT_TRUE(bulk.connect());
    EXPECT_TRUE(bulk.send());
    EXPECT_EQ(bulk.mtu(), (1280 - kIpv6 - kDtls13) & ~size_t{3});
    EXPECT_EQ(bulk.stats().timeouts, 0u);
  }
}

// What a relay puts around a packet takes its room too.
TEST(DataPathMtu, OverARelay) {
  for (const size_t mtu : {1280, 1500}) {
    SCOPED_TRACE(mtu);
    stack::RTCConfiguration relayed;
    relayed.iceServers = {{{"turn:203.0.113.9"}, "user", "pass"}};
    relayed.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
    Bulk bulk(mtu, "203.0.113.1", "203.0.113.2", relayed);
    TurnServer turn{bulk.world.pool(), bulk.world.newRandom()};
    bulk.world.attach(bulk.world.addHost("turn", "203.0.113.9"), turn);
    ASSERT_TRUE(bulk.connect());
    EXPECT_TRUE(bulk.send());
    EXPECT_GT(turn.stats.channelIn, 1000u);
    expectFound(bulk.mtu(), mtu - kIpv4 - kChannelData - kDtls13);
    EXPECT_EQ(bulk.stats().timeouts, 0u);
    bulk.world.detach(turn);
  }
}

// A stream has no MTU: the first probe comes back.
TEST(DataPathMtu, OverTcp) {
  stack::RTCConfiguration tcp;
  tcp.ice.tcp = true;
  Bulk bulk(1500, "203.0.113.1", "203.0.113.2", tcp, tcp);
  bulk.hostA.up.config.blocksUdp = bulk.hostB.up.config.blocksUdp = true;
  ASSERT_TRUE(bulk.connect());
  EXPECT_TRUE(bulk.send());
  EXPECT_EQ(bulk.mtu(), kMost);
}

// A path that carries less in the middle of a call, and of which no router tells.
TEST(DataPathMtu, APathThatShrinksInTheMiddle) {
  Bulk bulk(1500);
  ASSERT_TRUE(bulk.connect());
  ASSERT_TRUE(bulk.send());
  EXPECT_GT(bulk.mtu(), 1300u);
  bulk.world.after(Duration::millis(20), [&] { bulk.setMtu(1280); });
  EXPECT_TRUE(bulk.send()) << "what was cut too large leaves in fragments";
  EXPECT_EQ(bulk.mtu(), kBase);
  EXPECT_TRUE(bulk.send());
  EXPECT_TRUE(connected(bulk.a));
}

}  // namespace
}  // namespace tincan::inline v0::sim
