// Loss × round-trip time × seeds: how surely and how soon two agents find each other.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

#include "tests/ice/network.h"

namespace tincan::inline v0::ice {
namespace {

using namespace testing;

constexpr Duration kPatience = Duration::seconds(30);
/// TINCAN_LONG=1: ten times the seeds.
bool longRun() {
  return std::getenv("TINCAN_LONG") != nullptr;
}

constexpr int kRtts[] = {20, 200, 500};

/// Milliseconds until both sides have a nominated pair; nothing within the patience.
std::optional<int64_t> connectTime(int lossPercent, int rttMillis, uint64_t seed) {
  Network net(seed * 1009 + static_cast<uint64_t>(lossPercent * 7 + rttMillis));
  net.loss = lossPercent / 100.0;
  net.delay = Duration::millis(rttMillis / 2);
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  const TimePoint start = net.now;
  introduce(net, a, b);
  if (!net.runUntilTrue(kPatience, [&] { return nominated(a) && nominated(b); })) return std::nullopt;
  return (net.now - start).millis();
}

TEST(Sweep, LossByRoundTripTime) {
  const uint64_t seeds = longRun() ? 1000 : 100;
  std::printf("  loss   rtt  connected  median     p99 (ms, %d runs each)\n", static_cast<int>(seeds));
  for (int loss = 0; loss <= 40; loss += 5) {
    size_t runs = 0, good = 0;
    for (const int rtt : kRtts) {
      std::vector<int64_t> times;
      for (uint64_t seed = 1; seed <= seeds; ++seed) {
        if (const auto time = connectTime(loss, rtt, seed)) times.push_back(*time);
      }
      std::sort(times.begin(), times.end());
      runs += seeds;
      good += times.size();
      ASSERT_FALSE(times.empty());
      const double share = 100.0 * static_cast<double>(times.size()) / static_cast<double>(seeds);
      std::printf("  %3d%%  %4d   %7.2f%%  %6d  %6d\n", loss, rtt, share, static_cast<int>(times[times.size() / 2]),
                  static_cast<int>(times[times.size() * 99 / 100]));
    }
    // 99.9 % up to 20 % of loss, 99 % at 40 %.
    const double allowed = loss <= 20 ? 0.001 : 0.01;
    EXPECT_LE(static_cast<double>(runs - good), allowed * static_cast<double>(runs)) << loss << " % of loss";
  }
}

// A call of 1,000 restarts (200 in the short run), in turn by either side, with data all the while: nothing is lost and
// nothing stays behind.
TEST(Sweep, RestartsLoseNothing) {
  Network net;
  net.delay = Duration::millis(10);
  Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
  Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
  introduce(net, a, b);
  net.run(Duration::seconds(1));
  size_t sent = 0, gotA = 0, gotB = 0;
  const auto talk = [&](Duration time) {
    for (const TimePoint end = net.now + time; net.now < end; ++sent) {
      EXPECT_TRUE(net.sendData(a, "\x80x") && net.sendData(b, "\x80x"));
      net.run(Duration::millis(10));
    }
  };
  for (int round = 0; round < 1000; ++round) {
    Node& first = round % 2 ? b : a;
    Node& second = round % 2 ? a : b;
    first.candidates.clear();
    first.agent->restart(net.now);
    talk(Duration::millis(50));  // the offer is on its way
    second.agent->restart(net.now);
    second.agent->setRemoteCredentials(net.now, first.agent->localCredentials());
    for (const Candidate& c : first.candidates) second.agent->addRemoteCandidate(net.now, c);
    talk(Duration::millis(50));  // and the answer
    first.agent->setRemoteCredentials(net.now, second.agent->localCredentials());
    talk(Duration::millis(200));
    ASSERT_TRUE(nominated(a) && nominated(b)) << round;
    gotA += std::exchange(a.data, {}).size();
    gotB += std::exchange(b.data, {}).size();
  }
  net.run(Duration::millis(50));
  EXPECT_EQ(gotA + a.data.size(), sent);
  EXPECT_EQ(gotB + b.data.size(), sent);
  EXPECT_EQ(a.agent->stats().sendsRefused + b.agent->stats().sendsRefused, 0u);
  EXPECT_EQ(net.pool.outstanding(), 0u);
}

// 10,000 agents, closed at every stage of life: no packet, no socket is left. ASan sees to the
// memory.
TEST(Sweep, AgentsComeAndGo) {
  for (uint64_t round = 0; round < 5000; ++round) {
    Network net(round);
    net.delay = Duration::millis(5);
    Node& a = net.add({ip("192.0.2.1")}, role(Role::kControlling));
    Node& b = net.add({ip("192.0.2.2")}, role(Role::kControlled));
    if (round % 8 > 0) introduce(net, a, b);
    net.run(Duration::millis(static_cast<int64_t>(round % 8) * 5));
    if (round % 16 == 15) a.agent->restart(net.now);
    a.agent->close();
    b.agent->close();
    net.drain();
    EXPECT_TRUE(a.bound.empty() && b.bound.empty());
    net.run(Duration::seconds(1));  // what was on its way
    ASSERT_EQ(net.pool.outstanding(), 0u) << round;
  }
}

}  // namespace
}  // namespace tincan::inline v0::ice
