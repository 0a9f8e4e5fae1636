// The DTLS handshake rides on ICE's checks (SPED): round trips to an open channel are counted on the wire, with a signalling
// that takes half a round trip each way, as between two browsers and a server between them.
#include <algorithm>
#include <cstdio>

#include <gtest/gtest.h>

#include "stun/message.h"
#include "tests/sim/peer.h"

namespace tincan::sim {
namespace {

using stack::WarpPolicy;

constexpr Duration kRoundTrip = Duration::millis(100);

struct Line {
  Duration roundTrip = kRoundTrip;
  double loss = 0;
};

LinkConfig halfOfTheWay(const Line& line) {
  LinkConfig link;
  link.delay = line.roundTrip / 4;
  link.loss = line.loss / 2;
  return link;
}

stack::RTCConfiguration warp(WarpPolicy policy, stack::RTCConfiguration configuration = {}) {
  configuration.warp = policy;
  return configuration;
}

struct Call {
  Call(uint64_t seed, stack::RTCConfiguration ofA, stack::RTCConfiguration ofB, Line line = {})
      : world(seed),
        signalling(line.roundTrip / 2),
        a(world, world.addHost("a", "203.0.113.1", halfOfTheWay(line)), std::move(ofA)),
        b(world, world.addHost("b", "203.0.113.2", halfOfTheWay(line)), std::move(ofB)) {
    world.onPacket([this](const TracedPacket& packet) {
      stun::Message message;
      if (stun::Message::parse(packet.bytes, message)) {
        carried += message.has(stun::AttributeType::kDtlsInStun) ? 1 : 0;
        marked += message.has(stun::AttributeType::kDtlsInStunAcknowledgement) ? 1 : 0;
        largest = std::max(largest, packet.bytes.size());
      } else if (!packet.bytes.empty() && packet.bytes[0] >= 20 && packet.bytes[0] <= 63) {
        ++plain;
      }
    });
    channel = a.pc->createDataChannel("soon").value();
  }

  /// From the offer to the channel that is open at both ends; never when it does not come up.
  std::optional<Duration> connect(Duration patience = Duration::seconds(60)) {
    TimePoint openA = TimePoint::never(), openB = TimePoint::never();
    channel->onopen = [&] { openA = world.now(); };
    const auto onChannel = b.pc->ondatachannel;
    b.pc->ondatachannel = [&, onChannel](stack::RTCDataChannelEvent event) {
      openB = world.now();
      onChannel(event);
    };
    const TimePoint from = world.now();
    EXPECT_TRUE(a.pc->setLocalDescription().ok());
    world.runFor(signalling);
    EXPECT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
    EXPECT_TRUE(b.pc->setLocalDescription().ok());
    world.runUntil([&] { return world.now() >= from + signalling * 2; }, signalling);
    EXPECT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
    const bool came = world.runUntil([&] { return !openA.isNever() && !openB.isNever(); }, patience);
    channel->onopen = {};
    b.pc->ondatachannel = {};
    if (!came) return std::nullopt;
    return std::max(openA, openB) - from;
  }

  World world;
  Duration signalling;
  Peer a, b;
  std::shared_ptr<stack::DataChannel> channel;
  int carried = 0, marked = 0, plain = 0;
  size_t largest = 0;
};

double roundTrips(Duration taken) {
  return taken.toSeconds() / kRoundTrip.toSeconds();
}

TEST(Sped, SavesRoundTrips) {
  Call plain(1, warp(WarpPolicy::kOff), warp(WarpPolicy::kOff));
  Call riding(1, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
  const auto without = plain.connect(), with = riding.connect();
  ASSERT_TRUE(without && with);
  std::printf("offer to open channel: %.2f round trips, %.2f with DTLS in STUN\n", roundTrips(*without),
              roundTrips(*with));
  EXPECT_EQ(plain.carried + plain.marked, 0);
  EXPECT_GT(riding.carried, 0);
  EXPECT_LE(riding.largest, 1200u);
  EXPECT_LE(*with, *without - kRoundTrip * 9 / 10) << "a round trip less at least";
}

// Each policy against each other, either version of DTLS: it comes up, and rides where both agree.
TEST(Sped, EachPolicyAgainstEachOther) {
  for (const WarpPolicy ofA : {WarpPolicy::kOff, WarpPolicy::kAccept, WarpPolicy::kOffer}) {
    for (const WarpPolicy ofB : {WarpPolicy::kOff, WarpPolicy::kAccept, WarpPolicy::kOffer}) {
      for (const dtls::Version version : {dtls::Version::kDtls12, dtls::Version::kDtls13}) {
        SCOPED_TRACE(std::to_string(static_cast<int>(ofA)) + std::to_string(static_cast<int>(ofB)) +
                     std::string(name(version)));
        stack::RTCConfiguration configuration;
        configuration.security.maxVersion = version;
        Call call(2, warp(ofA, configuration), warp(ofB, configuration));
        ASSERT_TRUE(call.connect());
        const bool offered = ofA == WarpPolicy::kOffer || ofB == WarpPolicy::kOffer;
        const bool agreed = offered && ofA != WarpPolicy::kOff && ofB != WarpPolicy::kOff;
        EXPECT_EQ(call.carried > 0 && call.marked > 1, agreed);
        call.channel->onmessage = {};
        EXPECT_TRUE(call.channel->send("goes").ok());
        call.world.runFor(Duration::seconds(20));
        EXPECT_TRUE(connected(call.a) && connected(call.b));
        const int before = call.marked;
        call.world.runFor(Duration::seconds(20));
        EXPECT_EQ(call.marked, before) << "consent checks carry nothing once the handshake is over";
      }
    }
  }
}

TEST(Sped, APeerThatIsLite) {
  stack::RTCConfiguration lite = warp(WarpPolicy::kAccept);
  lite.ice.lite = true;
  Call call(3, warp(WarpPolicy::kOffer), lite);
  ASSERT_TRUE(call.connect());
  EXPECT_GT(call.carried, 0);
}

TEST(Sped, ARestartAfterwardsIsPlain) {
  Call call(4, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
  ASSERT_TRUE(call.connect());
  call.world.runFor(Duration::seconds(2));
  const int before = call.marked;
  call.a.pc->restartIce();
  EXPECT_TRUE(call.a.pc->setLocalDescription().ok());
  EXPECT_TRUE(call.b.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
  EXPECT_TRUE(call.b.pc->setLocalDescription().ok());
  EXPECT_TRUE(call.a.pc->setRemoteDescription(*call.b.pc->localDescription()).ok());
  call.world.runFor(Duration::seconds(5));
  EXPECT_TRUE(connected(call.a) && connected(call.b));
  EXPECT_EQ(call.marked, before);
}

TEST(Sped, ComesUpOnLossyLines) {
  std::printf("  loss   offer to open channel, ms: p10, p50, p95; with DTLS in STUN\n");
  for (const double loss : {0.0, 0.1, 0.25}) {
    std::vector<double> taken[2];
    for (uint64_t seed = 0; seed < 20; ++seed) {
      for (const bool rides : {false, true}) {
        Call call(100 + seed, warp(rides ? WarpPolicy::kOffer : WarpPolicy::kOff), warp(WarpPolicy::kAccept),
                  {.loss = loss});
        const auto time = call.connect();
        ASSERT_TRUE(time) << "loss " << loss << " seed " << seed;
        taken[rides ? 1 : 0].push_back(time->toSeconds() * 1000);
      }
    }
    for (auto& each : taken) std::sort(each.begin(), each.end());
    std::printf("  %3.0f%%   %6.0f %6.0f %6.0f   %6.0f %6.0f %6.0f\n", loss * 100, taken[0][2], taken[0][10],
                taken[0][19], taken[1][2], taken[1][10], taken[1][19]);
    EXPECT_LT(taken[1][10], taken[0][10]);
  }
}

}  // namespace
}  // namespace tincan::sim
