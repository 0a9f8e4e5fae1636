#include "net/shared_udp_port.h"

#include <algorithm>
#include <array>
#include <optional>

#include <gtest/gtest.h>

#include "net/stun_peek.h"
#include "tests/net/named_endpoint.h"
#include "tests/net/toy_endpoint.h"

namespace tincan::inline v0::net {
namespace {

Route route(uint16_t remotePort) {
  return {Protocol::kUdp, {IpAddress::loopbackV4(), 1}, {IpAddress::v4(192, 0, 2, 1), remotePort}};
}

TEST(StunPeek, ReadsWhatThereIs) {
  const Bytes whole = stunMessage(kRequest, 7, "mine:yours");
  const auto peek = StunPeek::read(whole);
  ASSERT_TRUE(peek);
  EXPECT_EQ(peek->messageClass, StunPeek::Class::kRequest);
  EXPECT_EQ(peek->transactionId[11], 7);
  EXPECT_EQ(peek->ufrag, "mine");
  EXPECT_EQ(StunPeek::read(stunMessage(kSuccess, 1))->messageClass, StunPeek::Class::kSuccess);
  EXPECT_EQ(StunPeek::read(stunMessage(kError, 1))->messageClass, StunPeek::Class::kError);
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto cut = StunPeek::read(ByteView(whole).first(size));
    EXPECT_EQ(cut.has_value(), size >= 20);
    if (cut && size < 34) {
      EXPECT_TRUE(cut->ufrag.empty());
    }
  }
  EXPECT_FALSE(StunPeek::read(Bytes(100, 0x80)));
  EXPECT_EQ(StunPeek::read(stunMessage(kRequest, 1, "nocolon"))->ufrag, "nocolon");
}

TEST(SharedPortTable, NameThenQuestionThenAddress) {
  SharedPortTable table;
  const auto names = [](std::string_view ufrag) -> std::optional<uint64_t> {
    if (ufrag == "one") return 1;
    if (ufrag == "two") return 2;
    return std::nullopt;
  };
  const Bytes data(20, 0x80);
  EXPECT_FALSE(table.find(route(1), data, names));
  EXPECT_EQ(table.find(route(1), stunMessage(kRequest, 1, "one:x"), names), 1u);
  EXPECT_FALSE(table.find(route(1), data, names)) << "asking is not enough";
  EXPECT_FALSE(table.find(route(1), stunMessage(kRequest, 1, "who:x"), names));
  table.sending(1, route(1), stunMessage(kError, 1));
  EXPECT_FALSE(table.find(route(1), data, names)) << "nor is a refusal";
  table.sending(1, route(1), stunMessage(kSuccess, 1));
  EXPECT_EQ(table.find(route(1), data, names), 1u);
  // The same server asked by both: each gets its own answer.
  table.sending(1, route(9), stunMessage(kRequest, 21));
  table.sending(2, route(9), stunMessage(kRequest, 22));
  EXPECT_EQ(table.find(route(9), stunMessage(kSuccess, 22), names), 2u);
  EXPECT_EQ(table.find(route(9), stunMessage(kSuccess, 21), names), 1u);
  EXPECT_FALSE(table.find(route(9), stunMessage(kSuccess, 23), names));
  // An answer does not take an address from another; a check that was answered does.
  table.sending(2, route(1), stunMessage(kRequest, 30));
  EXPECT_EQ(table.find(route(1), stunMessage(kSuccess, 30), names), 2u);
  EXPECT_EQ(table.find(route(1), data, names), 1u);
  table.sending(2, route(1), stunMessage(kSuccess, 31));
  EXPECT_EQ(table.find(route(1), data, names), 2u);
  table.forget(2);
  EXPECT_FALSE(table.find(route(1), data, names));
  EXPECT_FALSE(table.find(route(9), stunMessage(kSuccess, 22), names));
}

// A TURN server has one allocation for the port: what it sends is for whom it granted that, whoever asked it something
// else before, or after.
TEST(SharedPortTable, ATurnServerIsHisWhoHasTheAllocation) {
  constexpr uint16_t kAllocate = 0x0003, kAllocated = 0x0103, kAllocateRefused = 0x0113;
  SharedPortTable table;
  const auto names = [](std::string_view) -> std::optional<uint64_t> { return std::nullopt; };
  const Bytes channelData = {0x40, 0, 0, 1, 9, 0, 0, 0};
  table.sending(1, route(9), stunMessage(kRequest, 1));
  EXPECT_EQ(table.find(route(9), stunMessage(kSuccess, 1), names), 1u);
  EXPECT_EQ(table.find(route(9), channelData, names), 1u);
  table.sending(2, route(9), stunMessage(kAllocate, 2));
  table.sending(3, route(9), stunMessage(kAllocate, 3));
  EXPECT_EQ(table.find(route(9), stunMessage(kAllocated, 2), names), 2u);
  EXPECT_EQ(table.find(route(9), channelData, names), 2u);
  EXPECT_EQ(table.find(route(9), stunMessage(kAllocateRefused, 3), names), 3u);
  table.sending(1, route(9), stunMessage(kRequest, 4));
  EXPECT_EQ(table.find(route(9), stunMessage(kSuccess, 4), names), 1u);
  EXPECT_EQ(table.find(route(9), channelData, names), 2u) << "neither a refusal nor a Binding moves it";
  EXPECT_FALSE(table.find(route(9), stunMessage(kAllocated, 7), names)) << "what nobody asked for is nobody's";
  EXPECT_EQ(table.find(route(9), channelData, names), 2u);
}

TEST(SharedPortTable, IsBounded) {
  SharedPortTable table;
  for (size_t i = 0; i < SharedPortTable::kMaxRoutes + 1000; ++i) {
    Route each = route(static_cast<uint16_t>(i));
    each.remote.ip = IpAddress::v4(10, 0, 0, static_cast<uint8_t>(i >> 16));
    table.sending(1, each, stunMessage(kSuccess, 1));
  }
  EXPECT_EQ(table.routes(), SharedPortTable::kMaxRoutes);
  for (size_t i = 0; i < SharedPortTable::kMaxQuestions + 1000; ++i) {
    Bytes request = stunMessage(kRequest, 0);
    storeBe32(request.data() + 8, static_cast<uint32_t>(i));
    table.sending(1, route(1), request);
  }
  EXPECT_EQ(table.questions(), SharedPortTable::kMaxQuestions);
  table.forget(1);
  EXPECT_EQ(table.routes() + table.questions(), 0u);
}

/// A port with endpoints of the names "user0", "user1", … that are open, seen on loopback.
struct SharedPort {
  explicit SharedPort(int count) {
    config.includeLoopback = true;
    port = SharedUdpPort::open(loop, 0, config).value();
    config.sharedPort = port.get();
    for (int i = 0; i < count; ++i) {
      endpoints.push_back(std::make_unique<NamedEndpoint>("user" + std::to_string(i)));
      drivers.push_back(std::make_unique<Driver>(loop, *endpoints.back(), config));
    }
    EXPECT_TRUE(loop.runUntil([&] { return !endpoints.back()->locals.empty(); }, kPatience));
    for (const SocketAddress& local : endpoints[0]->locals) {
      if (local.ip == IpAddress::loopbackV4()) where = local;
    }
    EXPECT_NE(where.port, 0);
  }

  Loop loop;
  DriverConfig config;
  std::unique_ptr<SharedUdpPort> port;
  std::vector<std::unique_ptr<NamedEndpoint>> endpoints;
  std::vector<std::unique_ptr<Driver>> drivers;  // go before what they drive, and the port
  SocketAddress where;
};

TEST(SharedUdpPort, FiftyEndpointsOnOnePort) {
  SharedPort shared(50);
  auto& loop = shared.loop;
  auto& port = shared.port;
  auto& endpoints = shared.endpoints;
  EXPECT_EQ(port->users(), 50u);
  for (const auto& each : endpoints) EXPECT_EQ(each->locals, endpoints[0]->locals);

  // Each has a peer of its own, which checks first and then talks.
  std::vector<std::unique_ptr<ToyEndpoint>> peers;
  std::vector<std::unique_ptr<Driver>> peerDrivers;
  std::vector<int> echoes(50);
  for (size_t i = 0; i < 50; ++i) {
    auto& peer = peers.emplace_back(std::make_unique<ToyEndpoint>());
    peer->requests.push_back(OpenUdp{1, {IpAddress::loopbackV4(), 0}});
    peer->onReceive = [&echoes, i](const Route&, PacketBuffer) { ++echoes[i]; };
    peerDrivers.push_back(std::make_unique<Driver>(loop, *peer));
  }
  ASSERT_TRUE(loop.runUntil([&] { return peers.back()->result<UdpOpened>() != nullptr; }, kPatience));
  const auto fromPeer = [&](size_t i, const Bytes& bytes) {
    const SocketAddress from = peers[i]->result<UdpOpened>()->locals.at(0);
    peers[i]->transmits.push_back({{Protocol::kUdp, from, shared.where}, loop.pool().copy(bytes)});
    peerDrivers[i]->wake();
  };
  for (size_t i = 0; i < 50; ++i) fromPeer(i, stunMessage(kRequest, 1, "user" + std::to_string(i) + ":peer"));
  const auto all = [&](int count) {
    return loop.runUntil([&] { return std::all_of(echoes.begin(), echoes.end(), [&](int n) { return n >= count; }); },
                         kPatience);
  };
  ASSERT_TRUE(all(1));
  for (size_t i = 0; i < 50; ++i) fromPeer(i, Bytes(100, 0x80));
  ASSERT_TRUE(all(2));
  for (const auto& each : endpoints) {
    EXPECT_EQ(each->checks, 1);
    EXPECT_EQ(each->others, 1);
  }
  // One goes: its packets are nobody's, and the others never notice.
  shared.drivers[7].reset();
  EXPECT_EQ(port->users(), 49u);
  fromPeer(7, Bytes(100, 0x80));
  fromPeer(7, stunMessage(kRequest, 1, "user7:peer"));
  fromPeer(8, Bytes(100, 0x80));
  ASSERT_TRUE(loop.runUntil([&] { return echoes[8] == 3 && port->stats().droppedUnroutable == 2; }, kPatience));
  EXPECT_EQ(echoes[7], 2);
}

// A check is looked up by its name. What it takes is counted in the endpoints that are asked: none for a name that nobody
// has, one for a name that somebody has, whether there are ten endpoints or a thousand.
TEST(SharedUdpPort, AThousandEndpointsAreToldApartWithoutAskingAround) {
  constexpr int kCount = 1000, kChecks = 200;
  SharedPort shared(kCount);
  ToyEndpoint peer;
  peer.requests.push_back(OpenUdp{1, {IpAddress::loopbackV4(), 0}});
  int answers = 0;
  peer.onReceive = [&](const Route&, PacketBuffer) { ++answers; };
  Driver peerDriver(shared.loop, peer);
  ASSERT_TRUE(shared.loop.runUntil([&] { return peer.result<UdpOpened>() != nullptr; }, kPatience));
  const Route there{Protocol::kUdp, peer.result<UdpOpened>()->locals.at(0), shared.where};
  const auto send = [&](const std::string& name) {
    peer.transmits.push_back({there, shared.loop.pool().copy(stunMessage(kRequest, 1, name + ":peer"))});
    peerDriver.wake();
  };
  const auto asked = [&] {
    int sum = 0;
    for (const auto& each : shared.endpoints) sum += each->asked;
    return sum;
  };
  const auto checks = [&] {
    int sum = 0;
    for (const auto& each : shared.endpoints) sum += each->checks;
    return sum;
  };

  const int before = asked();
  for (int i = 0; i < kChecks; ++i) {
    send("nobody" + std::to_string(i));
    const auto passed = static_cast<uint64_t>(i) + 1;
    ASSERT_TRUE(shared.loop.runUntil([&] { return shared.port->stats().droppedUnroutable == passed; }, kPatience));
  }
  EXPECT_EQ(asked(), before);
  EXPECT_EQ(checks(), 0);
  for (int i = 0; i < kChecks; ++i) {
    send("user" + std::to_string(i * 5));
    ASSERT_TRUE(shared.loop.runUntil([&] { return answers == i + 1; }, kPatience));
    EXPECT_EQ(shared.endpoints[static_cast<size_t>(i) * 5]->checks, 1);
  }
  EXPECT_EQ(checks(), kChecks);
  EXPECT_LE(asked() - before, 3 * kChecks) << "after the drains of whom a check was for, and of nobody else";
}

// Around an ICE restart an endpoint has two names; then the first is gone, or it is another's.
TEST(SharedUdpPort, NamesComeAndGo) {
  SharedPort shared(2);
  ToyEndpoint peer;
  peer.requests.push_back(OpenUdp{1, {IpAddress::loopbackV4(), 0}});
  Driver peerDriver(shared.loop, peer);
  ASSERT_TRUE(shared.loop.runUntil([&] { return peer.result<UdpOpened>() != nullptr; }, kPatience));
  const Route there{Protocol::kUdp, peer.result<UdpOpened>()->locals.at(0), shared.where};
  // Who got it: 0, 1, or nobody.
  const auto whose = [&](const std::string& name) -> std::optional<size_t> {
    const auto count = [&] {
      return shared.endpoints[0]->checks + shared.endpoints[1]->checks +
             static_cast<int>(shared.port->stats().droppedUnroutable);
    };
    const std::array before = {shared.endpoints[0]->checks, shared.endpoints[1]->checks};
    const int all = count();
    peer.transmits.push_back({there, shared.loop.pool().copy(stunMessage(kRequest, 1, name + ":peer"))});
    peerDriver.wake();
    EXPECT_TRUE(shared.loop.runUntil([&] { return count() > all; }, kPatience));
    for (size_t i = 0; i < 2; ++i) {
      if (shared.endpoints[i]->checks > before[i]) return i;
    }
    return std::nullopt;
  };
  const auto rename = [&](size_t i, const std::string& first, const std::string& second) {
    NamedEndpoint& endpoint = *shared.endpoints[i];
    endpoint.name = first;
    endpoint.secondName = second;
    const int before = endpoint.asked;
    shared.drivers[i]->wake();
    EXPECT_TRUE(shared.loop.runUntil([&] { return endpoint.asked > before; }, kPatience));
  };
  EXPECT_EQ(whose("user0"), 0u);
  EXPECT_EQ(whose("fresh"), std::nullopt);
  rename(0, "fresh", "user0");
  EXPECT_EQ(whose("fresh"), 0u);
  EXPECT_EQ(whose("user0"), 0u);
  rename(0, "fresh", "");
  EXPECT_EQ(whose("fresh"), 0u);
  EXPECT_EQ(whose("user0"), std::nullopt);
  // Two of one name: whom the address belongs to, and the other one when that is gone.
  rename(1, "fresh", "");
  EXPECT_EQ(whose("fresh"), 0u);
  shared.drivers[0].reset();
  EXPECT_EQ(whose("fresh"), 1u);
  shared.drivers[1].reset();
  EXPECT_EQ(whose("fresh"), std::nullopt);
}

// What a hundred endpoints have to say in one turn of the loop is two system calls, not a hundred.
TEST(SharedUdpPort, BatchesGoAcrossEndpoints) {
  SharedPort shared(100);
  auto sink = UdpSocket::open({IpAddress::loopbackV4(), 0});
  ASSERT_TRUE(sink.ok());
  for (int round = 0; round < 2; ++round) {
    const DriverStats before = shared.port->stats();
    for (size_t i = 0; i < shared.endpoints.size(); ++i) {
      // Sizes that grow, so that none are segments of one message.
      shared.endpoints[i]->transmits.push_back(
          {{Protocol::kUdp, shared.where, (*sink)->local()}, shared.loop.pool().copy(Bytes(100 + i, 0x80))});
      shared.drivers[i]->wake();
    }
    const auto sent = [&] { return shared.port->stats().packetsSent == before.packetsSent + 100; };
    ASSERT_TRUE(shared.loop.runUntil(sent, kPatience));
    EXPECT_EQ(shared.port->stats().sendCalls, before.sendCalls + 2);
    EXPECT_EQ(shared.port->stats().messagesSent, before.messagesSent + 100);
  }
}

// A port that goes at once has sent what it was given.
TEST(SharedUdpPort, NothingThatIsQueuedIsLostWhenItGoes) {
  SharedPort shared(1);
  auto sink = UdpSocket::open({IpAddress::loopbackV4(), 0});
  ASSERT_TRUE(sink.ok());
  auto& transmits = shared.endpoints[0]->transmits;
  transmits.push_back({{Protocol::kUdp, shared.where, (*sink)->local()}, shared.loop.pool().copy(Bytes(10, 1))});
  shared.drivers[0]->wake();
  ASSERT_TRUE(shared.loop.runUntil([&] { return transmits.empty(); }, kPatience));
  EXPECT_EQ(shared.port->stats().packetsSent, 0u) << "the flush is still to come";
  shared.drivers.clear();
  shared.port.reset();
  UdpSocket::Inbox inbox;
  PacketPool pool;
  EXPECT_EQ((*sink)->receive(pool, inbox).packets, 1u);
  shared.loop.runUntil([] { return false; }, Duration::millis(1));  // the flush that was queued finds nobody
}

}  // namespace
}  // namespace tincan::inline v0::net
