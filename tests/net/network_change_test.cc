// What the driver makes of interfaces that come and go, in a network namespace of its own.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sched.h>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "net/driver.h"
#include "tests/net/toy_endpoint.h"

namespace tincan::inline v0::net {
namespace {

/// Runs `body` on a thread that has a network namespace to itself; false (and a reason printed) where the kernel, or
/// the lack of ip(8), does not let it.
bool inNamespace(const std::function<void()>& body) {
  bool ran = false;
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) {
      std::printf("skipped: no network namespace: %s\n", std::strerror(errno));
    } else if (std::system("ip link set lo up && ip link add veth0 type veth peer name veth1 && "
                           "ip link set veth1 up") != 0) {
      std::printf("skipped: ip(8) cannot make a veth pair here\n");
    } else {
      ran = true;
      body();
    }
  }).join();
  return ran;
}

void run(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

TEST(NetworkChange, SocketsComeAndGoWithTheirAddresses) {
  const bool ran = inNamespace([] {
    Loop loop;
    ToyEndpoint endpoint;
    Driver driver(loop, endpoint);
    const auto until = [&](const std::function<bool()>& done) { return loop.runUntil(done, kPatience); };
    run("ip addr add 10.9.0.1/24 dev veth0 && ip link set veth0 up");
    endpoint.requests.push_back(OpenUdp{7, {}});
    endpoint.requests.push_back(ListenTcp{8, {}});
    driver.wake();
    ASSERT_TRUE(until([&] { return endpoint.result<UdpOpened>() && endpoint.result<TcpListening>(); }));
    ASSERT_EQ(endpoint.result<UdpOpened>()->locals.size(), 1u);
    const SocketAddress first = endpoint.result<UdpOpened>()->locals[0];
    EXPECT_EQ(first.ip, IpAddress::v4(10, 9, 0, 1));

    endpoint.results.clear();
    run("ip addr add 10.9.1.1/24 dev veth0");
    ASSERT_TRUE(until([&] { return endpoint.result<UdpOpened>() && endpoint.result<TcpListening>(); }));
    EXPECT_EQ(endpoint.result<UdpOpened>()->id, 7u);
    EXPECT_EQ(endpoint.result<UdpOpened>()->locals.at(0).ip, IpAddress::v4(10, 9, 1, 1));
    EXPECT_EQ(endpoint.result<TcpListening>()->id, 8u);
    EXPECT_EQ(endpoint.result<TcpListening>()->locals.at(0).ip, IpAddress::v4(10, 9, 1, 1));
    EXPECT_EQ(endpoint.result<UdpClosed>(), nullptr);

    endpoint.results.clear();
    run("ip addr del 10.9.0.1/24 dev veth0");
    ASSERT_TRUE(until([&] { return endpoint.result<UdpClosed>() != nullptr; }));
    EXPECT_EQ(endpoint.result<UdpClosed>()->locals, std::vector<SocketAddress>{first});

    endpoint.results.clear();
    run("ip link set veth0 down");
    ASSERT_TRUE(until([&] { return endpoint.result<UdpClosed>() != nullptr; })) << "the link, not the address";
    endpoint.results.clear();
    run("ip link set veth0 up");
    ASSERT_TRUE(until([&] { return endpoint.result<UdpOpened>() != nullptr; }));
    EXPECT_EQ(endpoint.result<UdpOpened>()->id, 7u);

    endpoint.results.clear();
    endpoint.requests.push_back(CloseSockets{});
    driver.wake();
    run("ip addr add 10.9.2.1/24 dev veth0");
    loop.runUntil([] { return false; }, Duration::millis(150));
    EXPECT_TRUE(endpoint.results.empty()) << "nothing is in force any more";
  });
  if (!ran) GTEST_SKIP() << "network namespaces are not to be had";
}

}  // namespace
}  // namespace tincan::inline v0::net
