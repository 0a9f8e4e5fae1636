// Many whole connections over real loopback sockets, all of a server's on one UDP port.
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "net/driver.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "net/shared_udp_port.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0 {
namespace {

using stack::PeerConnection;

/// One end, driven by real sockets.
struct End {
  End(net::Loop& loop, RandomSource& random, net::SharedUdpPort* shared,
      const std::shared_ptr<const crypto::Identity>& identity) {
    stack::RTCConfiguration configuration;
    configuration.certificates = {identity};
    pc = PeerConnection::create(configuration, {random, loop.pool(), 1'700'000'000'000'000}).value();
    net::DriverConfig config;
    config.includeLoopback = true;
    config.sharedPort = shared;
    driver = std::make_unique<net::Driver>(loop, *pc, config);
    pc->ondatachannel = [this](stack::RTCDataChannelEvent event) {
      channel = event.channel;
      channel->onmessage = [this](stack::MessageEvent message) {
        (void)channel->send(std::get<std::string>(message.data)).ok();
      };
    };
  }

  std::unique_ptr<PeerConnection> pc;
  std::unique_ptr<net::Driver> driver;  // goes before the connection does
  std::shared_ptr<stack::DataChannel> channel;
};

TEST(SharedPort, FiftyConnectionsOnOnePort) {
  constexpr int kConnections = 50;
  net::Loop loop;
  net::OsRandom random;
  net::DriverConfig config;
  config.includeLoopback = true;
  auto shared = net::SharedUdpPort::open(loop, 0, config);
  ASSERT_TRUE(shared.ok()) << shared.error().message();
  const auto identity = std::make_shared<const crypto::Identity>(
      crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000).value());

  std::vector<std::unique_ptr<End>> servers, clients;
  int answered = 0;
  for (int i = 0; i < kConnections; ++i) {
    End& server = *servers.emplace_back(std::make_unique<End>(loop, random, shared->get(), identity));
    End& client = *clients.emplace_back(std::make_unique<End>(loop, random, nullptr, identity));
    const auto trickle = [](End& from, End& to) {
      from.pc->onicecandidate = [&to](stack::RTCPeerConnectionIceEvent event) {
        if (event.candidate) (void)to.pc->addIceCandidate(*event.candidate).ok();
      };
    };
    trickle(server, client);
    trickle(client, server);
    client.channel = client.pc->createDataChannel("x").value();
    client.channel->onopen = [&client, i] { (void)client.channel->send("hello " + std::to_string(i)).ok(); };
    client.channel->onmessage = [&answered, i](stack::MessageEvent message) {
      EXPECT_EQ(std::get<std::string>(message.data), "hello " + std::to_string(i));
      ++answered;
    };
    ASSERT_TRUE(client.pc->setLocalDescription().ok());
    ASSERT_TRUE(server.pc->setRemoteDescription(*client.pc->localDescription()).ok());
    ASSERT_TRUE(server.pc->setLocalDescription().ok());
    ASSERT_TRUE(client.pc->setRemoteDescription(*server.pc->localDescription()).ok());
  }
  ASSERT_TRUE(loop.runUntil([&] { return answered == kConnections; }, Duration::seconds(60)));
  EXPECT_EQ((*shared)->users(), static_cast<size_t>(kConnections));
  servers.clear();
  EXPECT_EQ((*shared)->users(), 0u);
}

}  // namespace
}  // namespace tincan::inline v0
