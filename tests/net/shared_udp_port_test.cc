#include "net/shared_udp_port.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "net/stun_peek.h"
#include "tests/net/named_endpoint.h"
#include "tests/net/toy_endpoint.h"

namespace tincan::net {
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

TEST(SharedUdpPort, FiftyEndpointsOnOnePort) {
  Loop loop;
  DriverConfig config;
  config.includeLoopback = true;
  auto shared = SharedUdpPort::open(loop, 0, config);
  ASSERT_TRUE(shared.ok()) << shared.error().message();
  config.sharedPort = shared->get();
  std::vector<std::unique_ptr<NamedEndpoint>> endpoints;
  std::vector<std::unique_ptr<Driver>> drivers;
  for (int i = 0; i < 50; ++i) {
    endpoints.push_back(std::make_unique<NamedEndpoint>("user" + std::to_string(i)));
    drivers.push_back(std::make_unique<Driver>(loop, *endpoints.back(), config));
  }
  ASSERT_TRUE(loop.runUntil([&] { return !endpoints.back()->locals.empty(); }, kPatience));
  EXPECT_EQ((*shared)->users(), 50u);
  SocketAddress where;
  for (const SocketAddress& local : endpoints[0]->locals) {
    if (local.ip == IpAddress::loopbackV4()) where = local;
  }
  ASSERT_NE(where.port, 0);
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
    peers[i]->transmits.push_back({{Protocol::kUdp, from, where}, loop.pool().copy(bytes)});
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
  drivers[7].reset();
  EXPECT_EQ((*shared)->users(), 49u);
  fromPeer(7, Bytes(100, 0x80));
  fromPeer(7, stunMessage(kRequest, 1, "user7:peer"));
  fromPeer(8, Bytes(100, 0x80));
  ASSERT_TRUE(loop.runUntil([&] { return echoes[8] == 3 && (*shared)->stats().droppedUnroutable == 2; }, kPatience));
  EXPECT_EQ(echoes[7], 2);
}

// What a hundred endpoints have to say in one turn of the loop is two system calls, not a hundred.
TEST(SharedUdpPort, BatchesGoAcrossEndpoints) {
  Loop loop;
  DriverConfig config;
  config.includeLoopback = true;
  auto shared = SharedUdpPort::open(loop, 0, config);
  ASSERT_TRUE(shared.ok()) << shared.error().message();
  config.sharedPort = shared->get();
  auto sink = UdpSocket::open({IpAddress::loopbackV4(), 0});
  ASSERT_TRUE(sink.ok());
  std::vector<std::unique_ptr<NamedEndpoint>> endpoints;
  std::vector<std::unique_ptr<Driver>> drivers;
  for (int i = 0; i < 100; ++i) {
    endpoints.push_back(std::make_unique<NamedEndpoint>(std::to_string(i)));
    drivers.push_back(std::make_unique<Driver>(loop, *endpoints.back(), config));
  }
  ASSERT_TRUE(loop.runUntil([&] { return !endpoints.back()->locals.empty(); }, kPatience));
  const auto& locals = endpoints[0]->locals;
  const auto local = std::find_if(locals.begin(), locals.end(),
                                  [](const SocketAddress& each) { return each.ip == IpAddress::loopbackV4(); });
  ASSERT_NE(local, locals.end());
  for (int round = 1; round <= 2; ++round) {
    const DriverStats before = (*shared)->stats();
    for (size_t i = 0; i < endpoints.size(); ++i) {
      const Route route{Protocol::kUdp, *local, (*sink)->local()};
      // Sizes that grow, so that none are segments of one message.
      endpoints[i]->transmits.push_back({route, loop.pool().copy(Bytes(100 + i, 0x80))});
      drivers[i]->wake();
    }
    ASSERT_TRUE(loop.runUntil([&] { return (*shared)->stats().packetsSent == before.packetsSent + 100; }, kPatience));
    EXPECT_EQ((*shared)->stats().sendCalls, before.sendCalls + 2);
    EXPECT_EQ((*shared)->stats().messagesSent, before.messagesSent + 100);
  }
}

// A port that goes at once has sent what it was given.
TEST(SharedUdpPort, NothingThatIsQueuedIsLostWhenItGoes) {
  Loop loop;
  DriverConfig config;
  config.includeLoopback = true;
  auto shared = SharedUdpPort::open(loop, 0, config);
  ASSERT_TRUE(shared.ok()) << shared.error().message();
  config.sharedPort = shared->get();
  auto sink = UdpSocket::open({IpAddress::loopbackV4(), 0});
  ASSERT_TRUE(sink.ok());
  NamedEndpoint endpoint("one");
  auto driver = std::make_unique<Driver>(loop, endpoint, config);
  ASSERT_TRUE(loop.runUntil([&] { return !endpoint.locals.empty(); }, kPatience));
  for (const SocketAddress& local : endpoint.locals) {
    if (local.ip != IpAddress::loopbackV4()) continue;
    endpoint.transmits.push_back({{Protocol::kUdp, local, (*sink)->local()}, loop.pool().copy(Bytes(10, 1))});
  }
  driver->wake();
  ASSERT_TRUE(loop.runUntil([&] { return endpoint.transmits.empty(); }, kPatience));
  driver.reset();
  shared->reset();
  UdpSocket::Inbox inbox;
  PacketPool pool;
  EXPECT_EQ((*sink)->receive(pool, inbox).packets, 1u);
  loop.runUntil([] { return false; }, Duration::millis(1));  // the flush that was queued finds nobody
}

}  // namespace
}  // namespace tincan::net
