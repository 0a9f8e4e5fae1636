// The DTLS handshake rides on ICE's checks (SPED): round trips to an open channel are counted on the wire, with a signalling
// that takes half a round trip each way, as between two browsers and a server between them.
#include <algorithm>
#include <cstdio>
#include <regex>

#include <gtest/gtest.h>

#include "tests/sim/warp_call.h"
#include "tests/sim/world/turn_server.h"

namespace tincan::inline v0::sim {
namespace {

using stack::WarpPolicy;

TEST(Sped, SavesRoundTrips) {
  WarpCall plain(1, warp(WarpPolicy::kOff), warp(WarpPolicy::kOff));
  WarpCall riding(1, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
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
  eachPolicyAgainstEachOther([](WarpCall& call, WarpPolicy ofA, WarpPolicy ofB) {
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
  });
}

TEST(Sped, APeerThatIsLite) {
  stack::RTCConfiguration lite = warp(WarpPolicy::kAccept);
  lite.ice.lite = true;
  WarpCall call(3, warp(WarpPolicy::kOffer), lite);
  ASSERT_TRUE(call.connect());
  EXPECT_GT(call.carried, 0);
}

TEST(Sped, ARestartAfterwardsIsPlain) {
  WarpCall call(4, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
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

// Through a relay, reached by UDP or TCP: the checks are the same, and so is what they carry.
TEST(Sped, OverTurn) {
  for (const char* url : {"turn:203.0.113.9", "turn:203.0.113.9?transport=tcp"}) {
    SCOPED_TRACE(url);
    stack::RTCConfiguration relayed = warp(WarpPolicy::kOffer);
    relayed.iceServers = {{{url}, "user", "pass"}};
    relayed.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
    // A relayed candidate takes two round trips to the server, and stands in the description then.
    WarpCall call(5, relayed, warp(WarpPolicy::kAccept), {.signalling = Duration::seconds(1)});
    TurnServer turn{call.world.pool(), call.world.newRandom()};
    call.world.attach(call.world.addHost("turn", "203.0.113.9"), turn);
    ASSERT_TRUE(call.connect());
    EXPECT_GT(call.carried, 0);
    EXPECT_LE(call.largest, 1280u);
    EXPECT_TRUE(connected(call.a) && connected(call.b));
    call.world.detach(turn);
  }
}

TEST(Sped, OverTcp) {
  stack::RTCConfiguration offer = warp(WarpPolicy::kOffer), accept = warp(WarpPolicy::kAccept);
  offer.ice.tcp = accept.ice.tcp = true;
  WarpCall call(6, offer, accept);
  call.onOffer = call.onAnswer = [](std::string& sdp) {
    sdp = std::regex_replace(sdp, std::regex("a=candidate:[^\r\n]* udp [^\r\n]*\r\n", std::regex::icase), "");
  };
  ASSERT_TRUE(call.connect());
  std::string back;
  call.channel->onmessage = [&](const stack::MessageEvent& message) { back = std::get<std::string>(message.data); };
  ASSERT_TRUE(call.channel->send("by TCP").ok());
  EXPECT_TRUE(call.world.runUntil([&] { return back == "by TCP"; }));
  EXPECT_GT(call.a.pc->getStats().candidatePairs.size(), 0u);
}

TEST(Sped, AProvisionalAnswerBegins) {
  WarpCall call(7, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
  answerProvisionally(
      call, [&] { return connected(call.a) && connected(call.b); },
      [&](const stack::RTCSessionDescription&) { EXPECT_GT(call.carried, 0); });
  EXPECT_TRUE(connected(call.a) && connected(call.b));
}

// Messages as large as they may be: what a check can carry bounds the handshake alone.
TEST(Sped, DataIsAsLargeAsWithout) {
  WarpCall call(8, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
  ASSERT_TRUE(call.connect());
  size_t back = 0;
  call.channel->onmessage = [&](const stack::MessageEvent& message) { back = std::get<Bytes>(message.data).size(); };
  ASSERT_TRUE(call.channel->send(ByteView(Bytes(100'000))).ok());
  EXPECT_TRUE(call.world.runUntil([&] { return back == 100'000; }, Duration::seconds(20)));
}

TEST(Sped, ComesUpOnLossyLines) {
  std::printf("  loss   offer to open channel, ms: p10, p50, p95; with DTLS in STUN\n");
  for (const double loss : {0.0, 0.1, 0.25}) {
    std::vector<double> taken[2];
    for (uint64_t seed = 0; seed < 20; ++seed) {
      for (const bool rides : {false, true}) {
        WarpCall call(100 + seed, warp(rides ? WarpPolicy::kOffer : WarpPolicy::kOff), warp(WarpPolicy::kAccept),
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
}  // namespace tincan::inline v0::sim
