#include "net/driver.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "net/shared_udp_port.h"
#include "net/udp_socket.h"
#include "tests/net/toy_endpoint.h"

namespace tincan::inline v0::net {
namespace {

const SocketAddress kAnyLoopback{IpAddress::loopbackV4(), 0};

class DriverTest : public testing::Test {
 protected:
  Loop loop_;

  bool until(const std::function<bool()>& done) { return loop_.runUntil(done, kPatience); }

  /// Opens a socket through the driver and waits for it.
  SocketAddress openUdp(ToyEndpoint& endpoint, Driver& driver, SocketAddress local = kAnyLoopback) {
    endpoint.requests.push_back(OpenUdp{1, local});
    driver.wake();
    EXPECT_TRUE(until([&] { return endpoint.result<UdpOpened>() != nullptr; }));
    const auto& locals = endpoint.result<UdpOpened>()->locals;
    return locals.empty() ? SocketAddress{} : locals.front();
  }

  Transmit packet(SocketAddress from, SocketAddress to, size_t size = 100, uint8_t fill = 1) {
    return {{Protocol::kUdp, from, to}, loop_.pool().copy(Bytes(size, fill))};
  }
};

TEST_F(DriverTest, TwoEndpointsExchangePackets) {
  ToyEndpoint a, b;
  Driver driverA(loop_, a), driverB(loop_, b);
  const SocketAddress atA = openUdp(a, driverA), atB = openUdp(b, driverB);
  ASSERT_NE(atA.port, 0);
  b.onReceive = [&](const Route& route, PacketBuffer p) {
    EXPECT_EQ(route, (Route{Protocol::kUdp, atB, atA}));
    b.transmits.push_back({route, std::move(p)});  // the same buffer goes back
  };
  int echoed = 0;
  a.onReceive = [&](const Route& route, PacketBuffer p) {
    EXPECT_EQ(route, (Route{Protocol::kUdp, atA, atB}));
    EXPECT_EQ(toBytes(p.view()), Bytes(100, static_cast<uint8_t>(echoed)));
    ++echoed;
  };
  for (int i = 0; i < 200; ++i) a.transmits.push_back(packet(atA, atB, 100, static_cast<uint8_t>(i)));
  driverA.wake();
  ASSERT_TRUE(until([&] { return echoed == 200; }));
  EXPECT_EQ(driverA.stats().packetsSent, 200u);
  EXPECT_EQ(driverA.stats().bytesSent, 20'000u);
  EXPECT_LE(driverA.stats().sendCalls, 8u) << "packets of one drain leave in batches";
  EXPECT_EQ(driverB.stats().packetsReceived, 200u);
  EXPECT_EQ(driverB.stats().bytesReceived, 20'000u);
}

TEST_F(DriverTest, OpensASocketOnEachUsableAddress) {
  ToyEndpoint endpoint;
  DriverConfig config;
  config.includeLoopback = true;
  Driver driver(loop_, endpoint, config);
  openUdp(endpoint, driver, {});
  const auto& locals = endpoint.result<UdpOpened>()->locals;
  ASSERT_FALSE(locals.empty());
  bool loopback = false;
  for (const SocketAddress& local : locals) {
    EXPECT_NE(local.port, 0);
    EXPECT_FALSE(local.ip.isAny());
    loopback |= local.ip == IpAddress::loopbackV4();
  }
  EXPECT_TRUE(loopback);
}

TEST_F(DriverTest, TakesPortsFromTheRange) {
  ToyEndpoint endpoint;
  // A free port, found by asking for one.
  const uint16_t free = (*UdpSocket::open(kAnyLoopback))->local().port;
  DriverConfig config;
  config.ports = PortRange{free, free};
  Driver driver(loop_, endpoint, config);
  EXPECT_EQ(openUdp(endpoint, driver).port, free);
  endpoint.results.clear();
  EXPECT_EQ(openUdp(endpoint, driver), SocketAddress{}) << "the range is used up";
  ASSERT_TRUE(driver.lastError());
  EXPECT_NE(driver.lastError()->message().find("in use"), std::string::npos);
}

TEST_F(DriverTest, AWakeIsOneDrainAndComesLater) {
  ToyEndpoint endpoint;
  Driver driver(loop_, endpoint);
  ASSERT_TRUE(until([&] { return endpoint.drains > 0; })) << "what the endpoint wants at the start";
  const int before = endpoint.drains;
  for (int i = 0; i < 100; ++i) endpoint.wake();
  EXPECT_EQ(endpoint.drains, before);
  bool after = false;
  loop_.post([&] { after = true; });
  ASSERT_TRUE(until([&] { return after; }));
  EXPECT_EQ(endpoint.drains, before + 1);
}

TEST_F(DriverTest, KeepsTheEndpointsDeadline) {
  ToyEndpoint endpoint;
  Driver driver(loop_, endpoint);
  const TimePoint start = loop_.now();
  endpoint.deadline = start + Duration::seconds(3600);
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.drains > 0; }));
  endpoint.deadline = start + Duration::millis(3);  // earlier: the timer moves
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.timeouts == 1; }));
  EXPECT_GE(loop_.now(), start + Duration::millis(3));
}

TEST_F(DriverTest, ADeadlinePutOffIsNotCalledEarly) {
  ToyEndpoint endpoint;
  Driver driver(loop_, endpoint);
  const TimePoint start = loop_.now();
  endpoint.deadline = start + Duration::millis(2);
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.drains > 0; }));
  endpoint.deadline = start + Duration::millis(12);
  endpoint.onTimeout = [&] { EXPECT_GE(loop_.now(), start + Duration::millis(12)); };
  ASSERT_TRUE(until([&] { return endpoint.timeouts == 1; }));
}

TEST_F(DriverTest, ACallbackMayDestroyDriverAndEndpoint) {
  auto peer = std::make_unique<ToyEndpoint>();
  auto endpoint = std::make_unique<ToyEndpoint>();
  Driver peerDriver(loop_, *peer);
  auto driver = std::make_unique<Driver>(loop_, *endpoint);
  const SocketAddress at = openUdp(*endpoint, *driver), atPeer = openUdp(*peer, peerDriver);
  endpoint->onReceive = [&](const Route&, PacketBuffer) { endpoint->events = 1; };
  endpoint->onEvent = [&] {
    driver.reset();
    endpoint.reset();
  };
  for (int i = 0; i < 50; ++i) peer->transmits.push_back(packet(atPeer, at));
  peerDriver.wake();
  ASSERT_TRUE(until([&] { return !endpoint; }));
  bool after = false;
  loop_.post([&] { after = true; });
  EXPECT_TRUE(until([&] { return after; }));
  EXPECT_FALSE(driver);
}

TEST_F(DriverTest, ATimeoutOrAnAnswerMayDestroyThemToo) {
  for (const bool byTimeout : {true, false}) {
    auto endpoint = std::make_unique<ToyEndpoint>();
    auto driver = std::make_unique<Driver>(loop_, *endpoint);
    endpoint->onEvent = [&] {
      driver.reset();
      endpoint.reset();
    };
    if (byTimeout) {
      endpoint->deadline = loop_.now();
      endpoint->onTimeout = [&] { endpoint->events = 1; };
    } else {
      endpoint->requests.push_back(OpenUdp{1, kAnyLoopback});
      endpoint->events = 1;
    }
    driver->wake();
    ASSERT_TRUE(until([&] { return !endpoint; }));
  }
}

TEST_F(DriverTest, AnEndpointThatIsNeverQuietLeavesTheLoopItsTurn) {
  ToyEndpoint endpoint;
  Driver driver(loop_, endpoint);
  endpoint.events = 1;
  endpoint.onEvent = [&] { ++endpoint.events; };
  driver.wake();
  bool turn = false;
  ASSERT_TRUE(until([&] { return endpoint.drains > 0; }));
  loop_.post([&] { turn = true; });
  EXPECT_TRUE(until([&] { return turn; }));
}

TEST_F(DriverTest, UnroutablePacketsAreDroppedAndCounted) {
  ToyEndpoint endpoint;
  Driver driver(loop_, endpoint);
  const SocketAddress at = openUdp(endpoint, driver);
  endpoint.transmits.push_back(packet({at.ip, static_cast<uint16_t>(at.port + 1)}, at));
  endpoint.transmits.push_back({{Protocol::kTcp, at, at}, loop_.pool().copy(Bytes(3, 3))});
  endpoint.transmits.push_back(packet(at, {IpAddress::v4(239, 1, 2, 3), 99}));
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.transmits.empty(); }));
  EXPECT_EQ(driver.stats().droppedUnroutable, 3u);
  EXPECT_EQ(driver.stats().packetsSent, 0u);
}

TEST_F(DriverTest, PortInUseIsNoSocketAndAClearError) {
  auto taken = UdpSocket::open(kAnyLoopback);
  ASSERT_TRUE(taken.ok());
  ToyEndpoint endpoint;
  Driver driver(loop_, endpoint);
  EXPECT_EQ(openUdp(endpoint, driver, (*taken)->local()), SocketAddress{});
  ASSERT_TRUE(driver.lastError());
  EXPECT_NE(driver.lastError()->message().find("is in use: choose another port"), std::string::npos);
}

TEST_F(DriverTest, CloseSocketsSendsWhatCameBeforeAndFreesThePort) {
  ToyEndpoint a, b;
  Driver driverA(loop_, a), driverB(loop_, b);
  const SocketAddress atA = openUdp(a, driverA), atB = openUdp(b, driverB);
  bool goodbye = false;
  b.onReceive = [&](const Route&, PacketBuffer) { goodbye = true; };
  a.transmits.push_back(packet(atA, atB));
  a.requests.push_back(CloseSockets{});
  driverA.wake();
  ASSERT_TRUE(until([&] { return goodbye; }));
  EXPECT_TRUE(UdpSocket::open(atA).ok()) << "the port is free again";
  a.transmits.push_back(packet(atA, atB));
  driverA.wake();
  ASSERT_TRUE(until([&] { return a.transmits.empty(); }));
  EXPECT_EQ(driverA.stats().droppedUnroutable, 1u);
}

TEST_F(DriverTest, ResolvesNames) {
  ToyEndpoint endpoint;
  Driver driver(loop_, endpoint);
  endpoint.requests.push_back(ResolveHost{7, "localhost"});
  endpoint.requests.push_back(ResolveHost{8, "192.0.2.9"});
  endpoint.requests.push_back(ResolveHost{9, "no such name"});
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.results.size() == 3; }));
  for (const IoResult& each : endpoint.results) {
    const auto& resolved = std::get<HostResolved>(each);
    if (resolved.id == 7) {
      ASSERT_TRUE(resolved.addresses.ok()) << resolved.addresses.error().message();
      EXPECT_TRUE(resolved.addresses->front().isLoopback());
    } else if (resolved.id == 8) {
      EXPECT_EQ(*resolved.addresses, std::vector<IpAddress>{IpAddress::v4(192, 0, 2, 9)});
    } else {
      ASSERT_FALSE(resolved.addresses.ok());
      EXPECT_NE(resolved.addresses.error().message().find("cannot resolve no such name: "), std::string::npos);
    }
  }
}

TEST_F(DriverTest, SendsMulticastThroughTheMdnsSocket) {
  ToyEndpoint asks, hears;
  Driver asker(loop_, asks), hearer(loop_, hears);
  const SocketAddress group{IpAddress::v4(224, 0, 0, 251), 5353}, local{IpAddress::anyV4(), 5353};
  const Bytes query = {1, 2, 3, 4, 5, 6, 7};
  bool heard = false;
  hears.onReceive = [&](const Route& route, PacketBuffer p) {
    EXPECT_EQ(route.local, local);
    heard |= equalBytes(p.view(), query);
  };
  hears.transmits.push_back({{Protocol::kUdp, local, group}, loop_.pool().copy(query)});  // opens its socket
  hearer.wake();
  ASSERT_TRUE(until([&] { return hears.transmits.empty(); }));
  if (hearer.lastError()) GTEST_SKIP() << hearer.lastError()->message();
  asks.transmits.push_back({{Protocol::kUdp, local, group}, loop_.pool().copy(query)});
  asker.wake();
  EXPECT_TRUE(until([&] { return heard; }));
}

// The loop does not turn between the driver's end and what the other socket has got.
TEST_F(DriverTest, GoodbyesLeaveWithoutATurnOfTheLoop) {
  for (const bool endpointFirst : {false, true}) {
    for (const bool shared : {false, true}) {
      DriverConfig config;
      auto port = SharedUdpPort::open(loop_, 0, {.includeLoopback = true});
      ASSERT_TRUE(port.ok());
      if (shared) config.sharedPort = port->get();
      const auto hearing = UdpSocket::open(kAnyLoopback);
      ASSERT_TRUE(hearing.ok());
      ToyEndpoint endpoint;
      auto driver = std::make_unique<Driver>(loop_, endpoint, config);
      SocketAddress at = openUdp(endpoint, *driver, shared ? SocketAddress{} : kAnyLoopback);
      for (const SocketAddress& each : endpoint.result<UdpOpened>()->locals) {
        if (each.ip.isLoopback() && each.ip.isV4()) at = each;
      }
      int goodbyes = 0;
      endpoint.onLeave = [&] {
        ++goodbyes;
        for (int i = 0; i < 3; ++i) endpoint.transmits.push_back(packet(at, (*hearing)->local(), 50));
      };
      if (endpointFirst) {
        endpoint.parting();
        endpoint.onLeave = [] { FAIL() << "it is gone"; };
      }
      driver.reset();
      EXPECT_EQ(goodbyes, 1);
      EXPECT_FALSE(endpoint.parting) << "there is nobody to call any more";
      UdpSocket::Inbox inbox;
      size_t received = 0;
      for (int i = 0; i < 100 && received < 3; ++i) {
        static_cast<void>((*hearing)->receive(loop_.pool(), inbox));
        received += inbox.packets().size();
      }
      EXPECT_EQ(received, 3u) << "endpoint first " << endpointFirst << ", shared port " << shared;
    }
  }
}

TEST_F(DriverTest, AGoodbyeThatNeverEndsIsCutShort) {
  ToyEndpoint endpoint;
  auto driver = std::make_unique<Driver>(loop_, endpoint);
  for (int i = 0; i < 5000; ++i) endpoint.transmits.push_back({{}, loop_.pool().copy(Bytes(1))});
  driver.reset();
  EXPECT_EQ(endpoint.transmits.size(), 5000u - 4096u);
}

TEST_F(DriverTest, AfterWarmUpTheSendQueueIsBoundedAndCounted) {
  ToyEndpoint endpoint;
  DriverConfig config;
  config.sendQueue = 4;
  Driver driver(loop_, endpoint, config);
  const SocketAddress at = openUdp(endpoint, driver);
  // More than the kernel's buffer takes at once goes nowhere but into a counter; nothing blocks.
  for (int i = 0; i < 3000; ++i) endpoint.transmits.push_back(packet(at, at, 1200));
  driver.wake();
  ASSERT_TRUE(until([&] { return endpoint.transmits.empty(); }));
  const DriverStats& stats = driver.stats();
  ASSERT_TRUE(until([&] { return stats.packetsSent + stats.sendErrors + stats.droppedQueueFull == 3000; }));
}

}  // namespace
}  // namespace tincan::inline v0::net
