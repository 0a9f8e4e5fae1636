// What a connection tells of itself, and that it tells nothing unasked.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

struct Lines {
  std::vector<std::string> all;

  Log log(LogLevel lowest) {
    return Log(lowest, [this](LogLevel level, std::string_view component, std::string_view text) {
      all.push_back(std::string(toString(level)) + " " + std::string(component) + ": " + std::string(text));
    });
  }
  size_t count(std::string_view what) const {
    return static_cast<size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& line) { return line.find(what) != std::string::npos; }));
  }
  std::string joined() const {
    std::string out;
    for (const auto& line : all) out += line + "\n";
    return out;
  }
};

TEST(ConnectionLog, APeerThatNeverAnswersIsToldPairByPair) {
  World world(1);
  Lines lines;
  Peer a(world, world.addHost("a", "203.0.113.1"), {}, lines.log(LogLevel::kWarning));
  Host& far = world.addHost("b", "203.0.113.2");
  Peer b(world, far);
  trickle(a, b);
  trickle(b, a);
  ASSERT_TRUE(a.pc->createDataChannel("x").ok());
  signal(a, b);
  far.up.config.loss = 1;  // it hears us, and nobody hears it
  ASSERT_TRUE(world.runUntil([&] { return a.pc->connectionState() == stack::RTCPeerConnectionState::kFailed; }));
  ASSERT_EQ(lines.all.size(), 2u) << lines.joined();
  EXPECT_EQ(lines.all[0], "warning ice: 1 candidate pair, 1 tried; 1 candidate of the peer's");
  EXPECT_TRUE(lines.all[1].starts_with("warning ice: udp 203.0.113.1:")) << lines.all[1];
  EXPECT_NE(lines.all[1].find(" (host) -> 203.0.113.2:"), std::string::npos) << lines.all[1];
  EXPECT_TRUE(lines.all[1].ends_with(" checks, no answer")) << lines.all[1];
  EXPECT_EQ(a.pc->connectivityReport().size(), 2u);
}

TEST(ConnectionLog, ACallThatConnectsIsToldStateByState) {
  World world(2);
  Lines lines;
  Peer a(world, world.addHost("a", "203.0.113.1"), {}, lines.log(LogLevel::kDebug));
  Peer b(world, world.addHost("b", "203.0.113.2"));
  trickle(a, b);
  trickle(b, a);
  ASSERT_TRUE(a.pc->createDataChannel("x").ok());
  signal(a, b);
  ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }));
  for (const char* once :
       {"info pc: signaling have-local-offer", "info pc: signaling stable", "debug ice: local candidate:",
        "debug ice: remote candidate:", "info ice: selected udp 203.0.113.1:", "info dtls: connected, DTLS 1.3, ",
        "info pc: connection connected"}) {
    EXPECT_EQ(lines.count(once), 1u) << once << "\n" << lines.joined();
  }
  EXPECT_GE(lines.count(": check sent"), 1u);
  EXPECT_GE(lines.count(": answered, and sees us as 203.0.113.1:"), 1u);
  EXPECT_EQ(lines.count("warning"), 0u) << lines.joined();
  const std::string secret =
      b.pc->localDescription()->sdp.substr(b.pc->localDescription()->sdp.find("a=ice-pwd:") + 10, 22);
  EXPECT_EQ(lines.count(secret), 0u) << "passwords stay out of it";
}

// The same bytes at the same times, whether somebody listens or not.
TEST(ConnectionLog, ChangesNothing) {
  const auto hash = [](bool listens) {
    World world(3);
    Lines lines;
    stack::RTCConfiguration first, second;
    first.certificates = {stack::RTCCertificate(fixedIdentity("a"))};
    second.certificates = {stack::RTCCertificate(fixedIdentity("b"))};
    Peer a(world, world.addHost("a", "203.0.113.1"), first, listens ? lines.log(LogLevel::kDebug) : Log());
    Peer b(world, world.addHost("b", "203.0.113.2"), second);
    trickle(a, b);
    trickle(b, a);
    EXPECT_TRUE(a.pc->createDataChannel("x").ok());
    signal(a, b);
    world.runFor(Duration::seconds(2));
    EXPECT_TRUE(connected(a));
    EXPECT_EQ(lines.all.empty(), !listens);
    return world.wireHash();
  };
  EXPECT_EQ(hash(true), hash(false));
}

}  // namespace
}  // namespace tincan::inline v0::sim
