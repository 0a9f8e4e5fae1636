#include "net/log.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/driver.h"
#include "tests/net/toy_endpoint.h"

namespace tincan::inline v0::net {
namespace {

// What one driver says while it opens a socket on loopback.
void openSocket() {
  Loop loop;
  ToyEndpoint endpoint;
  Driver driver(loop, endpoint);
  endpoint.requests.push_back(OpenUdp{1, {IpAddress::loopbackV4(), 0}});
  driver.wake();
  ASSERT_TRUE(loop.runUntil([&] { return endpoint.result<UdpOpened>() != nullptr; }, kPatience));
}

TEST(ProcessLog, IsOffUntilSetAndAfterItIsTakenAway) {
  std::vector<std::string> lines;
  EXPECT_FALSE(defaultLog().takes(LogLevel::kWarning));
  openSocket();
  setLogSink(LogLevel::kDebug, [&](LogLevel, std::string_view component, std::string_view text) {
    lines.push_back(std::string(component) + ": " + std::string(text));
  });
  EXPECT_TRUE(lines.empty());
  openSocket();
  setLogSink(LogLevel::kDebug, {});
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_TRUE(lines.front().starts_with("net: udp 127.0.0.1:")) << lines.front();
  EXPECT_FALSE(defaultLog().takes(LogLevel::kWarning));
  openSocket();
  EXPECT_EQ(lines.size(), 1u);
}

TEST(ProcessLog, ReachesDriversThatAreMadeAfterwards) {
  Loop loop;
  ToyEndpoint endpoint;
  Driver before(loop, endpoint);
  int lines = 0;
  setLogSink(LogLevel::kDebug, [&](LogLevel, std::string_view, std::string_view) { ++lines; });
  endpoint.requests.push_back(OpenUdp{1, {IpAddress::loopbackV4(), 0}});
  before.wake();
  ASSERT_TRUE(loop.runUntil([&] { return endpoint.result<UdpOpened>() != nullptr; }, kPatience));
  setLogSink(LogLevel::kDebug, {});
  EXPECT_EQ(lines, 0);
}

}  // namespace
}  // namespace tincan::inline v0::net
