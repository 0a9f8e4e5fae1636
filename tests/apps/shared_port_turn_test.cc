// Several connections on one UDP port behind one TURN server, over real loopback sockets. To the server they are one
// client, which has one allocation.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/driver.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "net/shared_udp_port.h"
#include "net/udp_socket.h"
#include "stack/peer_connection.h"
#include "tests/sim/world/turn_server.h"

namespace tincan::inline v0 {
namespace {

using stack::PeerConnection;

struct SharedPortTurn : testing::Test {
  static constexpr size_t kConnections = 6;

  /// One end of a call.
  struct End {
    std::unique_ptr<PeerConnection> pc;
    std::unique_ptr<net::Driver> driver;  // goes before the connection does
    std::shared_ptr<stack::DataChannel> channel;
    std::vector<std::string> heard, candidates;
    std::vector<stack::RTCPeerConnectionIceErrorEvent> errors;
    bool gathered = false;

    /// Says back what it hears.
    void listen(const std::shared_ptr<stack::DataChannel>& from) {
      channel = from;
      channel->onmessage = [this](stack::MessageEvent message) {
        (void)channel->send(std::get<std::string>(message.data)).ok();
      };
    }
  };

  SharedPortTurn() {
    loopback.includeLoopback = true;
    loopback.interfaces = {"lo"};
    loopback.ipv6 = false;
    sim::TurnServerConfig serverConfig;
    serverConfig.port = 0;
    server = std::make_unique<sim::TurnServer>(loop.pool(), random, serverConfig);
    serverDriver = std::make_unique<net::Driver>(loop, *server, loopback);
    EXPECT_TRUE(loop.runUntil([&] { return !server->locals().empty(); }, Duration::seconds(10)));
    url = "turn:127.0.0.1:" + std::to_string(server->locals().begin()->port);
    shared = net::SharedUdpPort::open(loop, 0, loopback).value();
  }

  std::unique_ptr<End> end(bool onSharedPort, net::DriverConfig config) {
    stack::RTCConfiguration configuration;
    configuration.certificates = {identity};
    if (onSharedPort) {
      configuration.iceServers = {{{url}, "user", "pass"}};
      configuration.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
      config.sharedPort = shared.get();
    }
    auto out = std::make_unique<End>();
    End* end = out.get();
    end->pc = PeerConnection::create(configuration, {random, loop.pool(), 1'700'000'000'000'000}).value();
    end->driver = std::make_unique<net::Driver>(loop, *end->pc, config);
    end->pc->onicecandidateerror = [end](const stack::RTCPeerConnectionIceErrorEvent& error) {
      end->errors.push_back(error);
    };
    end->pc->ondatachannel = [end](stack::RTCDataChannelEvent event) { end->listen(event.channel); };
    return out;
  }
  static void trickle(End& from, End& to) {
    from.pc->onicecandidate = [&from, &to](const stack::RTCPeerConnectionIceEvent& event) {
      from.gathered = !event.candidate;
      if (!event.candidate) return;
      // Empty: the end of a generation.
      if (!event.candidate->candidate.empty()) from.candidates.push_back(event.candidate->candidate);
      (void)to.pc->addIceCandidate(*event.candidate).ok();
    };
  }
  void call(const net::DriverConfig& servers) {
    for (size_t i = 0; i < kConnections; ++i) {
      End& here = *ours.emplace_back(end(true, servers));
      End& there = *theirs.emplace_back(end(false, loopback));
      trickle(here, there);
      trickle(there, here);
      there.channel = there.pc->createDataChannel("x").value();
      there.channel->onmessage = [&there](stack::MessageEvent message) {
        there.heard.push_back(std::get<std::string>(message.data));
      };
      ASSERT_TRUE(there.pc->setLocalDescription().ok());
      ASSERT_TRUE(here.pc->setRemoteDescription(*there.pc->localDescription()).ok());
      ASSERT_TRUE(here.pc->setLocalDescription().ok());
      ASSERT_TRUE(there.pc->setRemoteDescription(*here.pc->localDescription()).ok());
    }
  }

  net::Loop loop;
  net::OsRandom random;
  net::DriverConfig loopback;
  std::string url;
  std::unique_ptr<sim::TurnServer> server;
  std::unique_ptr<net::Driver> serverDriver;  // goes before what it drives
  std::unique_ptr<net::SharedUdpPort> shared;
  std::shared_ptr<const crypto::Identity> identity = std::make_shared<const crypto::Identity>(
      crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, 1'700'000'000).value());
  std::vector<std::unique_ptr<End>> ours, theirs;
};

TEST_F(SharedPortTurn, EachConnectionGetsARelay) {
  call(loopback);
  const auto open = [](const auto& each) { return each->channel->readyState() == stack::RTCDataChannelState::kOpen; };
  ASSERT_TRUE(loop.runUntil([&] { return std::all_of(theirs.begin(), theirs.end(), open); }, Duration::seconds(30)));
  EXPECT_EQ(server->allocations(), kConnections);
  std::set<std::string> relays;
  for (const auto& each : ours) relays.insert(each->candidates.begin(), each->candidates.end());
  EXPECT_EQ(relays.size(), kConnections) << "one each, and no two the same";
  size_t onSharedPort = 0;
  for (const Route& client : server->clients()) onSharedPort += shared->has(client.remote) ? 1 : 0;
  EXPECT_EQ(onSharedPort, 1u) << "one from the port that they share";
  // The data of each goes its own way, both ways.
  for (size_t i = 0; i < kConnections; ++i) ASSERT_TRUE(theirs[i]->channel->send("hello " + std::to_string(i)).ok());
  const auto heard = [](const auto& each) { return !each->heard.empty(); };
  ASSERT_TRUE(loop.runUntil([&] { return std::all_of(theirs.begin(), theirs.end(), heard); }, Duration::seconds(30)));
  for (size_t i = 0; i < kConnections; ++i) {
    EXPECT_EQ(theirs[i]->heard, std::vector<std::string>{"hello " + std::to_string(i)});
    EXPECT_TRUE(ours[i]->errors.empty());
  }
  // One that ends takes nobody else's allocation along.
  ours[0]->pc->close();
  ASSERT_TRUE(loop.runUntil([&] { return server->allocations() == kConnections - 1; }, Duration::seconds(10)));
  for (size_t i = 1; i < kConnections; ++i) ASSERT_TRUE(theirs[i]->channel->send("again").ok());
  const auto twice = [&](const auto& each) { return each == theirs[0] || each->heard.size() == 2; };
  EXPECT_TRUE(loop.runUntil([&] { return std::all_of(theirs.begin(), theirs.end(), twice); }, Duration::seconds(30)));
}

// Where no other port may be opened, those that have to do without a relay say so.
TEST_F(SharedPortTurn, WithoutAnotherPortTheOthersSayWhy) {
  const auto taken = net::UdpSocket::open({IpAddress::loopbackV4(), 0}).value();
  net::DriverConfig narrow = loopback;
  narrow.ports = net::PortRange{taken->local().port, taken->local().port};
  call(narrow);
  const auto told = [](const auto& each) { return each->gathered; };
  ASSERT_TRUE(loop.runUntil([&] { return std::all_of(ours.begin(), ours.end(), told); }, Duration::seconds(30)));
  size_t relays = 0, errors = 0;
  for (const auto& each : ours) {
    relays += each->candidates.size();
    errors += each->errors.size();
    EXPECT_NE(each->candidates.empty(), each->errors.empty()) << "a relay, or an error";
    for (const auto& error : each->errors) {
      EXPECT_EQ(error.errorCode, 437);
      EXPECT_NE(error.errorText.find("in use for another client"), std::string::npos) << error.errorText;
    }
  }
  EXPECT_EQ(relays, 1u);
  EXPECT_EQ(errors, kConnections - 1);
}

}  // namespace
}  // namespace tincan::inline v0
