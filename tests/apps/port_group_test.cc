// Whole connections over real loopback sockets, a server's on one UDP port that two loops serve on their own threads.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/driver.h"
#include "net/os_random.h"
#include "net/shared_udp_port.h"
#include "stack/peer_connection.h"
#include "tests/net/loop_thread.h"

namespace tincan::inline v0 {
namespace {

using net::LoopThread;
using stack::PeerConnection;
using Identity = std::shared_ptr<const crypto::Identity>;

/// One address for each end, so that no call moves to a better pair, that is to another address, while it is counted.
net::DriverConfig loopbackOnly() {
  net::DriverConfig config;
  config.includeLoopback = true;
  config.interfaces = {"lo"};
  config.ipv6 = false;
  return config;
}

constexpr int kLoops = 2;
constexpr int kCallsPerLoop = 8;
constexpr int kMessages = 60;

/// One end of a call, on its loop.
struct End {
  End(net::Loop& on, RandomSource& random, const Identity& identity, net::DriverConfig config) : loop(on) {
    stack::RTCConfiguration configuration;
    configuration.certificates = {identity};
    pc = PeerConnection::create(configuration, {random, loop.pool(), 1'700'000'000'000'000}).value();
    driver = std::make_unique<net::Driver>(loop, *pc, config);
    pc->onicecandidate = [this](stack::RTCPeerConnectionIceEvent event) {
      if (!event.candidate || far == nullptr) return;
      far->loop.post([there = far, candidate = *event.candidate] { (void)there->pc->addIceCandidate(candidate).ok(); });
    };
  }

  net::Loop& loop;
  End* far = nullptr;
  std::unique_ptr<PeerConnection> pc;
  std::unique_ptr<net::Driver> driver;  // goes before the connection does
  std::shared_ptr<stack::DataChannel> channel;
};

/// A thread of the server: its part of the port, and the calls on it.
struct Server {
  Server(net::UdpPortGroup& group, const Identity& identity) {
    thread.call([&] {
      port = net::SharedUdpPort::join(thread.loop, group).value();
      for (int i = 0; i < kCallsPerLoop; ++i) {
        net::DriverConfig config = loopbackOnly();
        config.sharedPort = port.get();
        End& end = *ends.emplace_back(std::make_unique<End>(thread.loop, random, identity, config));
        end.pc->ondatachannel = [&end](stack::RTCDataChannelEvent event) {
          end.channel = event.channel;
          end.channel->onmessage = [&end](stack::MessageEvent message) {
            (void)end.channel->send(std::get<std::string>(message.data)).ok();
          };
        };
      }
    });
  }
  ~Server() {
    thread.call([&] {
      ends.clear();
      port.reset();
    });
  }
  net::DriverStats stats() {
    return thread.call([&] { return port->stats(); });
  }

  LoopThread thread;
  net::OsRandom random;
  std::unique_ptr<net::SharedUdpPort> port;
  std::vector<std::unique_ptr<End>> ends;
};

TEST(PortGroup, CallsOnOnePortOverTwoLoops) {
  auto group = net::UdpPortGroup::open(0, {.loops = kLoops}, loopbackOnly());
  ASSERT_TRUE(group.ok()) << group.error().message();
  net::Loop loop;
  net::OsRandom random;
  const auto identity = std::make_shared<const crypto::Identity>(
      crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000).value());
  std::vector<std::unique_ptr<Server>> servers;
  for (int i = 0; i < kLoops; ++i) servers.push_back(std::make_unique<Server>(**group, identity));

  // The clients are on this thread. Each sends its messages one after the other, as they are echoed.
  std::vector<std::unique_ptr<End>> clients;
  std::vector<int> echoes(kLoops * kCallsPerLoop);
  int target = 1;
  const auto text = [](int i) { return "message " + std::to_string(i) + std::string(500, '.'); };
  for (size_t i = 0; i < echoes.size(); ++i) {
    End& client = *clients.emplace_back(std::make_unique<End>(loop, random, identity, loopbackOnly()));
    Server& server = *servers[i % kLoops];
    End& there = *server.ends[i / kLoops];
    client.far = &there;
    client.channel = client.pc->createDataChannel("x").value();
    client.channel->onopen = [&] { (void)client.channel->send(text(0)).ok(); };
    client.channel->onmessage = [&, i](stack::MessageEvent message) {
      EXPECT_EQ(std::get<std::string>(message.data), text(echoes[i]));
      if (++echoes[i] < target) (void)client.channel->send(text(echoes[i])).ok();
    };
    ASSERT_TRUE(client.pc->setLocalDescription().ok());
    const auto answer = server.thread.call([&, offer = *client.pc->localDescription()] {
      there.far = &client;
      EXPECT_TRUE(there.pc->setRemoteDescription(offer).ok());
      EXPECT_TRUE(there.pc->setLocalDescription().ok());
      return *there.pc->localDescription();
    });
    ASSERT_TRUE(client.pc->setRemoteDescription(answer).ok());
  }
  const auto all = [&] { return std::all_of(echoes.begin(), echoes.end(), [&](int each) { return each >= target; }); };
  ASSERT_TRUE(loop.runUntil(all, Duration::seconds(60))) << "every call connects";

  const auto sum = [&](auto member) {
    uint64_t total = 0;
    for (const auto& each : servers) total += each->stats().*member;
    return total;
  };
  const auto talk = [&](int messages) {
    target += messages;
    for (size_t i = 0; i < clients.size(); ++i) (void)clients[i]->channel->send(text(echoes[i])).ok();
    return loop.runUntil(all, Duration::seconds(60));
  };
  EXPECT_GT(sum(&net::DriverStats::takenOver), 0u) << "the kernel's hash knows nothing of calls";
  ASSERT_TRUE(talk(5));
  const uint64_t received = sum(&net::DriverStats::packetsReceived), handed = sum(&net::DriverStats::handedOver);
  ASSERT_TRUE(talk(kMessages));
  const uint64_t packets = sum(&net::DriverStats::packetsReceived) - received;
  EXPECT_GE(packets, echoes.size() * kMessages);
  EXPECT_LE((sum(&net::DriverStats::handedOver) - handed) * 100, packets) << "at least 99 of 100 come straight";
  EXPECT_EQ(sum(&net::DriverStats::droppedHandOver), 0u);

  for (auto& each : servers) each->thread.call([&] { EXPECT_EQ(each->port->users(), size_t{kCallsPerLoop}); });
  // Nothing may be under way to a client that goes.
  for (auto& each : servers) each->thread.call([&] { each->ends.clear(); });
}

}  // namespace
}  // namespace tincan::inline v0
