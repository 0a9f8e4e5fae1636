// A call over real sockets whose network changes under it: addresses come and go in a network namespace of its own.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sched.h>
#include <thread>

#include <gtest/gtest.h>

#include "net/driver.h"
#include "net/loop.h"
#include "net/os_random.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0 {
namespace {

using stack::PeerConnection;

void run(const char* command) {
  ASSERT_EQ(std::system(command), 0) << command;
}

struct End {
  End(net::Loop& loop, RandomSource& random, const char* interface) {
    pc = PeerConnection::create({}, {random, loop.pool(), 1'700'000'000'000'000}).value();
    net::DriverConfig config;
    config.interfaces = {interface};
    config.ipv6 = false;
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

void trickle(End& from, End& to) {
  from.pc->onicecandidate = [&to](stack::RTCPeerConnectionIceEvent event) {
    if (event.candidate) (void)to.pc->addIceCandidate(*event.candidate).ok();
  };
}

void holdCall() {
  run("ip addr add 10.9.0.1/24 dev veth0 && ip addr add 10.9.9.1/24 dev veth1");
  net::Loop loop;
  net::OsRandom random;
  End a(loop, random, "veth0"), b(loop, random, "veth1");
  trickle(a, b);
  trickle(b, a);
  a.channel = a.pc->createDataChannel("x").value();
  int back = 0;
  a.channel->onmessage = [&](stack::MessageEvent) { ++back; };
  ASSERT_TRUE(a.pc->setLocalDescription().ok());
  ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  ASSERT_TRUE(b.pc->setLocalDescription().ok());
  ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
  ASSERT_TRUE(loop.runUntil([&] { return a.channel->readyState() == stack::RTCDataChannelState::kOpen; },
                            Duration::seconds(20)));
  const auto ping = [&](Duration patience) {
    const int before = back;
    EXPECT_TRUE(a.channel->send("ping").ok());
    return loop.runUntil([&] { return back > before; }, patience);
  };
  ASSERT_TRUE(ping(Duration::seconds(5)));

  // A second network comes; the first goes; and then back again, each time on new sockets.
  const char* const steps[][2] = {{"ip addr add 10.9.1.1/24 dev veth0", "ip addr del 10.9.0.1/24 dev veth0"},
                                  {"ip addr add 10.9.0.1/24 dev veth0", "ip addr del 10.9.1.1/24 dev veth0"}};
  for (const auto& step : steps) {
    run(step[0]);
    loop.runUntil([] { return false; }, Duration::millis(300));
    run(step[1]);
    ASSERT_TRUE(ping(Duration::seconds(15)));
    ASSERT_TRUE(ping(Duration::seconds(5)));
    EXPECT_EQ(a.pc->connectionState(), stack::RTCPeerConnectionState::kConnected);
  }
  // Nothing for a moment, and then another: no restart, no new description.
  run("ip addr del 10.9.0.1/24 dev veth0");
  ASSERT_TRUE(loop.runUntil([&] { return a.pc->connectionState() == stack::RTCPeerConnectionState::kDisconnected; },
                            Duration::seconds(5)));
  run("ip addr add 10.9.5.1/24 dev veth0");
  ASSERT_TRUE(ping(Duration::seconds(20)));
}

TEST(NetworkChange, TheCallGoesOn) {
  bool ran = false;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) {
      std::printf("skipped: no network namespace: %s\n", std::strerror(errno));
    } else if (std::system("ip link set lo up && ip link add veth0 type veth peer name veth1 && "
                           "ip link set veth0 up && ip link set veth1 up") != 0) {
      std::printf("skipped: ip(8) cannot make a veth pair here\n");
    } else {
      ran = true;
      holdCall();
    }
  }).join();
  if (!ran) GTEST_SKIP() << "network namespaces are not to be had";
}

}  // namespace
}  // namespace tincan::inline v0
