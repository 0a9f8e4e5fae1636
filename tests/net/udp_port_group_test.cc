// One UDP port that several loops serve, on real threads and sockets.
#include "net/udp_port_group.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <poll.h>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/port_circle.h"
#include "net/shared_udp_port.h"
#include "tests/net/loop_thread.h"
#include "tests/net/named_endpoint.h"
#include "tests/net/toy_endpoint.h"

namespace tincan::inline v0::net {
namespace {

/// One loop's part of a group, with the endpoints that live there.
class Server {
 public:
  explicit Server(UdpPortGroup& group) {
    thread.call([&] { port = SharedUdpPort::join(thread.loop, group).value(); });
  }
  ~Server() { close(); }

  void add(const std::string& name) {
    thread.call([&] {
      endpoints.push_back(std::make_unique<NamedEndpoint>(name));
      drivers.push_back(
          std::make_unique<Driver>(thread.loop, *endpoints.back(), DriverConfig{.sharedPort = port.get()}));
    });
  }
  void remove() {
    thread.call([&] {
      drivers.pop_back();
      endpoints.pop_back();
    });
  }
  void close() {
    if (port)
      thread.call([&] {
        drivers.clear();
        endpoints.clear();
        port.reset();
      });
    thread.end();
  }
  DriverStats stats() {
    return thread.call([&] { return port->stats(); });
  }
  size_t connected() {
    return thread.call([&] { return port->connectedSockets(); });
  }

  LoopThread thread;
  std::unique_ptr<SharedUdpPort> port;
  std::vector<std::unique_ptr<NamedEndpoint>> endpoints;
  std::vector<std::unique_ptr<Driver>> drivers;
};

/// A far end that says one thing at a time and waits for its echo.
class Client {
 public:
  Client(const SocketAddress& server, std::string name)
      : server_(server), name_(std::move(name)), socket_(UdpSocket::open({server.ip, 0}).value()) {}

  /// Asks again, as every peer does (RFC 8489 §6.2.1): UDP promises nothing.
  bool check(std::string_view name) {
    const Bytes request = stunMessage(kRequest, 1, std::string(name) + ":x");
    for (int tries = 0; tries < 10; ++tries) {
      if (ask(request, Duration::millis(500))) return true;
    }
    return false;
  }
  bool check() { return check(name_); }
  /// How many of the packets were echoed.
  int talk(int packets, Duration patience = kPatience) {
    int echoed = 0;
    for (int i = 0; i < packets; ++i) {
      Bytes bytes(100, 0x80);
      bytes[99] = ++counter_;
      echoed += ask(bytes, patience) ? 1 : 0;
    }
    return echoed;
  }
  void say(const Bytes& bytes) {
    const std::array<UdpSocket::Datagram, 1> one = {UdpSocket::Datagram{server_, pool_.copy(bytes), {}, {}}};
    socket_->send(one);
  }
  /// Waits for what ends like `bytes`: what was late the last time does not count.
  bool ask(const Bytes& bytes, Duration patience = kPatience) {
    say(bytes);
    pollfd poll{socket_->fd(), POLLIN, 0};
    while (::poll(&poll, 1, static_cast<int>(patience.millis())) == 1) {
      bool right = false;
      socket_->receive(pool_, inbox_);
      for (auto& each : inbox_.packets()) {
        right |= each.remote == server_ && each.packet.view().back() == bytes.back();
        each.packet.reset();
      }
      if (right) return true;
    }
    return false;
  }

 private:
  const SocketAddress server_;
  const std::string name_;
  std::unique_ptr<UdpSocket> socket_;
  PacketPool pool_;
  UdpSocket::Inbox inbox_;
  uint8_t counter_ = 0;
};

class UdpPortGroupTest : public testing::TestWithParam<IpAddress> {
 protected:
  void open(size_t loops, size_t connectedSockets = 512) {
    DriverConfig config;
    config.includeLoopback = true;
    auto opened = UdpPortGroup::open(0, {loops, connectedSockets}, config);
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    group_ = std::move(opened).value();
    for (size_t i = 0; i < loops; ++i) servers_.push_back(std::make_unique<Server>(*group_));
    for (const SocketAddress& each : group_->locals()) {
      if (each.ip == GetParam()) where_ = each;
    }
    ASSERT_NE(where_.port, 0);
  }

  /// `perLoop` endpoints on each loop, and a client for each.
  void populate(size_t perLoop) {
    for (size_t loop = 0; loop < servers_.size(); ++loop) {
      for (size_t i = 0; i < perLoop; ++i) {
        const std::string name = std::to_string(loop) + "user" + std::to_string(i);
        servers_[loop]->add(name);
        clients_.push_back(std::make_unique<Client>(where_, name));
      }
    }
  }
  template <class Member>
  uint64_t sum(Member member) {
    uint64_t total = 0;
    for (const auto& each : servers_) total += each->stats().*member;
    return total;
  }

  std::unique_ptr<UdpPortGroup> group_;
  std::vector<std::unique_ptr<Server>> servers_;
  std::vector<std::unique_ptr<Client>> clients_;
  SocketAddress where_;
};

TEST_P(UdpPortGroupTest, PacketsFindTheirLoopAndThenFallOnIt) {
  open(3);
  populate(12);
  for (auto& each : clients_) ASSERT_TRUE(each->check());
  // Two of three fall on a loop that is not theirs: that all 36 are lucky is no chance worth a thought.
  EXPECT_GT(sum(&DriverStats::takenOver), 0u);
  EXPECT_GE(sum(&DriverStats::handedOver), sum(&DriverStats::takenOver));
  for (auto& each : clients_) ASSERT_EQ(each->talk(ConnectedPorts::kStraysToConnect), ConnectedPorts::kStraysToConnect);
  size_t connected = 0;
  for (auto& each : servers_) connected += each->connected();
  EXPECT_GT(connected, 0u);

  const uint64_t before = sum(&DriverStats::handedOver);
  for (auto& each : clients_) ASSERT_EQ(each->talk(20), 20);
  for (auto& each : clients_) ASSERT_TRUE(each->check());
  EXPECT_EQ(sum(&DriverStats::handedOver), before) << "the kernel knows by now";
  EXPECT_EQ(sum(&DriverStats::droppedUnroutable), 0u);
  EXPECT_EQ(sum(&DriverStats::droppedHandOver), 0u);

  // A session takes its sockets with it.
  for (auto& each : servers_) {
    while (!each->endpoints.empty()) each->remove();
    EXPECT_EQ(each->connected(), 0u);
  }
}

TEST_P(UdpPortGroupTest, WithoutConnectedSocketsEverythingIsHandedOver) {
  open(2, 0);
  populate(16);
  for (auto& each : clients_) ASSERT_TRUE(each->check());
  for (auto& each : clients_) ASSERT_EQ(each->talk(20), 20);
  const uint64_t taken = sum(&DriverStats::takenOver);
  EXPECT_GE(taken, 20u);
  // With two loops who asks asks the right one, so that each copy is taken.
  EXPECT_EQ(sum(&DriverStats::handedOver), taken);
  for (auto& each : servers_) EXPECT_EQ(each->connected(), 0u);
}

TEST_P(UdpPortGroupTest, ConnectedSocketsAreBounded) {
  open(2, 2);
  populate(16);
  for (auto& each : clients_) ASSERT_TRUE(each->check());
  for (auto& each : clients_) ASSERT_EQ(each->talk(10), 10);
  size_t connected = 0;
  for (auto& each : servers_) {
    EXPECT_LE(each->connected(), 2u);
    connected += each->connected();
  }
  EXPECT_GT(connected, 0u);
}

// A peer that is sent to another endpoint on another loop keeps its address: the claim moves.
TEST_P(UdpPortGroupTest, AnAddressMovesToAnotherLoop) {
  open(2);
  servers_[0]->add("first");
  servers_[1]->add("second");
  const auto others = [&](size_t server) {
    return servers_[server]->thread.call([&] { return servers_[server]->endpoints[0]->others; });
  };
  for (int i = 0; i < 8; ++i) {
    Client client(where_, "first");
    ASSERT_TRUE(client.check("first"));
    ASSERT_EQ(client.talk(6), 6);
    ASSERT_TRUE(client.check("second"));
    // The first loop may hold a socket for it for a moment longer: what it gets until then is the first one's, and what
    // comes just as it is closed is lost.
    const int already = others(1);
    for (int round = 0; others(1) == already && round < 100; ++round) client.talk(1, Duration::millis(100));
    const int before = others(0);
    ASSERT_EQ(client.talk(6), 6);
    EXPECT_GE(others(1), already + 7);
    EXPECT_EQ(others(0), before);
  }
}

TEST_P(UdpPortGroupTest, WhatNobodyOwnsIsAskedForAndForgotten) {
  open(3);
  populate(1);
  Client stranger(where_, "");
  for (int i = 0; i < 10; ++i) stranger.say(stunMessage(kRequest, 1, "nobody:x"));
  for (int i = 0; i < 10; ++i) stranger.say(Bytes(50, 0x80));
  const auto settled = [&] { return sum(&DriverStats::handedOver) + sum(&DriverStats::droppedHandOver) == 40u; };
  for (int i = 0; i < 10'000 && !settled(); ++i) ::poll(nullptr, 0, 1);
  EXPECT_TRUE(settled());
  for (auto& each : clients_) ASSERT_TRUE(each->check());
}

// The threads end in each order, with peers that go on talking; who is left goes on serving.
TEST_P(UdpPortGroupTest, LoopsEndInAnyOrder) {
  std::array<size_t, 3> order = {0, 1, 2};
  do {
    open(3);
    group_.reset();
    populate(4);
    for (auto& each : clients_) ASSERT_TRUE(each->check());
    for (auto& each : clients_) ASSERT_EQ(each->talk(2), 2);
    std::array<bool, 3> there = {true, true, true};
    for (const size_t next : order) {
      for (auto& each : clients_) each->say(Bytes(100, 0x90));  // under way to loops, and between them
      servers_[next]->close();
      there[next] = false;
      for (size_t loop = 0; loop < 3; ++loop) {
        if (!there[loop]) continue;
        // Its addresses fall elsewhere than they did: a new peer, which needs no luck with echoes of the ones before.
        Client fresh(where_, std::to_string(loop) + "user0");
        for (int tries = 0; tries < 3; ++tries) ASSERT_TRUE(fresh.check());
        ASSERT_EQ(fresh.talk(6), 6);
      }
    }
    servers_.clear();
    clients_.clear();
  } while (std::next_permutation(order.begin(), order.end()));
}

INSTANTIATE_TEST_SUITE_P(, UdpPortGroupTest, testing::Values(IpAddress::loopbackV4(), IpAddress::loopbackV6()),
                         [](const auto& each) { return each.param.isV6() ? "V6" : "V4"; });

TEST(UdpPortGroup, HasAPartForEachLoopAndNoMore) {
  DriverConfig config;
  config.includeLoopback = true;
  EXPECT_FALSE(UdpPortGroup::open(0, {0}, config).ok());
  auto group = UdpPortGroup::open(0, {2}, config);
  ASSERT_TRUE(group.ok()) << group.error().message();
  Loop one, two, three;
  auto first = SharedUdpPort::join(one, **group), second = SharedUdpPort::join(two, **group);
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ((*first)->locals(), (*group)->locals());
  EXPECT_EQ((*second)->locals(), (*group)->locals());
  EXPECT_FALSE(SharedUdpPort::join(three, **group).ok());
  // The port is the group's: nobody else's socket gets in.
  EXPECT_FALSE(UdpSocket::open((*group)->locals()[0]).ok());
}

TEST(PortCircle, IsBounded) {
  DriverConfig config;
  config.includeLoopback = true;
  auto group = UdpPortGroup::open(0, {2}, config).value();
  Loop one;
  auto port = SharedUdpPort::join(one, *group).value();
  PortCircle& circle = *group->circle();
  EXPECT_EQ(circle.reserve(0, 10, 8), 8u);
  EXPECT_EQ(circle.reserve(0, 1, 8), 0u);
  EXPECT_EQ(circle.reserve(0, 5000), PortCircle::kMaxWaiting - 8);
  EXPECT_EQ(circle.reserve(0, 1), 0u);
  int told = 0;
  EXPECT_TRUE(circle.tell(0, PortCircle::kMaxWaiting, [&](SharedUdpPort&) { ++told; }));
  EXPECT_EQ(circle.reserve(0, 1), 0u) << "not there yet";
  ASSERT_TRUE(one.runUntil([&] { return told == 1; }, kPatience));
  EXPECT_EQ(circle.reserve(0, 1), 1u);
  EXPECT_TRUE(circle.tell(0, 1, [&](SharedUdpPort&) { ++told; }));
  port.reset();
  bool last = false;
  one.post([&] { last = true; });
  ASSERT_TRUE(one.runUntil([&] { return last; }, kPatience));
  EXPECT_EQ(told, 1) << "it left before";
  EXPECT_EQ(circle.reserve(0, 1), 1u);
  EXPECT_FALSE(circle.tell(0, 1, [&](SharedUdpPort&) { ++told; }));
  EXPECT_FALSE(circle.tell(1, circle.reserve(1, 1), [&](SharedUdpPort&) { ++told; })) << "nobody came";
  EXPECT_EQ(circle.reserve(0, 2000), PortCircle::kMaxWaiting) << "all was given back";
}

}  // namespace
}  // namespace tincan::inline v0::net
