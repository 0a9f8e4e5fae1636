// The SCTP handshake rides in the descriptions (SNAP, a=sctp-init), alone and with DTLS in STUN (SPED). Round trips to an
// open channel are counted on the wire, with signalling that takes no time.
#include <cstdio>
#include <regex>

#include <gtest/gtest.h>

#include "base/base64.h"
#include "tests/sim/warp_call.h"
#include "tests/sim/world/turn_server.h"

namespace tincan::inline v0::sim {
namespace {

using stack::WarpPolicy;

constexpr Line kFreeSignalling = {.signalling = Duration::zero()};

/// The value of the line, empty without one.
std::string initOf(const std::string& sdp) {
  std::smatch match;
  return std::regex_search(sdp, match, std::regex("a=sctp-init:([^\r\n]*)")) ? match[1].str() : "";
}

void dropInit(std::string& sdp) {
  sdp = std::regex_replace(sdp, std::regex("a=sctp-init:[^\r\n]*\r\n"), "");
}

void dropSped(std::string& sdp) {
  sdp = std::regex_replace(sdp, std::regex(" sped\r\n"), "\r\n");
}

void exchange(Peer& a, Peer& b) {
  ASSERT_TRUE(a.pc->setLocalDescription().ok());
  a.world.runFor(Duration::zero());  // candidates are known at once
  ASSERT_TRUE(b.pc->setRemoteDescription(*a.pc->localDescription()).ok());
  ASSERT_TRUE(b.pc->setLocalDescription().ok());
  a.world.runFor(Duration::zero());
  ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
}

/// A word there and its echo.
void expectEcho(WarpCall& call) {
  std::string back;
  call.channel->onmessage = [&](const stack::MessageEvent& message) { back = std::get<std::string>(message.data); };
  ASSERT_TRUE(call.channel->send("there and back").ok());
  EXPECT_TRUE(call.world.runUntil([&] { return !back.empty(); }, Duration::seconds(10)));
  EXPECT_EQ(back, "there and back");
  call.channel->onmessage = {};
}

TEST(Snap, RoundTripsToAnOpenChannel) {
  WarpCall plain(1, warp(WarpPolicy::kOff), warp(WarpPolicy::kOff), kFreeSignalling);
  WarpCall sped(1, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept), kFreeSignalling);
  sped.onOffer = dropInit;
  WarpCall both(1, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept), kFreeSignalling);
  const auto takenPlain = plain.connect(), takenSped = sped.connect(), takenBoth = both.connect();
  ASSERT_TRUE(takenPlain && takenSped && takenBoth);
  std::printf("offer to open channel, signalling free: %.2f round trips; %.2f with SPED; %.2f with SPED and SNAP\n",
              roundTrips(*takenPlain), roundTrips(*takenSped), roundTrips(*takenBoth));
  EXPECT_LE(roundTrips(*takenPlain), 3.7);
  EXPECT_LE(roundTrips(*takenSped), 2.7);
  EXPECT_LE(roundTrips(*takenBoth), 1.7);
  for (WarpCall* call : {&plain, &sped, &both}) expectEcho(*call);
}

// Each with each: an answer has an INIT where the offer has one, and whoever says no gets none.
TEST(Snap, EachPolicyAgainstEachOther) {
  eachPolicyAgainstEachOther([](WarpCall& call, WarpPolicy ofA, WarpPolicy ofB) {
    const std::string offered = initOf(call.a.pc->localDescription()->sdp);
    const std::string answered = initOf(call.b.pc->localDescription()->sdp);
    EXPECT_EQ(!offered.empty(), ofA == WarpPolicy::kOffer);
    EXPECT_EQ(!answered.empty(), ofA == WarpPolicy::kOffer && ofB != WarpPolicy::kOff);
    EXPECT_TRUE(answered.empty() || answered != offered) << "never an echo";
    expectEcho(call);
    // The next round says the same, whoever offers: adding one to what runs would be an error.
    exchange(call.b, call.a);
    EXPECT_EQ(initOf(call.b.pc->localDescription()->sdp), answered);
    EXPECT_EQ(initOf(call.a.pc->localDescription()->sdp), answered.empty() ? "" : offered);
    call.world.runFor(Duration::seconds(1));
    expectEcho(call);
  });
}

TEST(Snap, WithoutSped) {
  WarpCall call(3, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept), kFreeSignalling);
  call.onOffer = call.onAnswer = dropSped;
  const auto taken = call.connect();
  ASSERT_TRUE(taken);
  EXPECT_FALSE(initOf(call.b.pc->localDescription()->sdp).empty());
  EXPECT_LE(roundTrips(*taken), 2.7);
  expectEcho(call);
}

TEST(Snap, APeerThatDoesNotAnswerWithOne) {
  WarpCall call(4, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
  call.onOffer = dropInit;
  ASSERT_TRUE(call.connect());
  EXPECT_TRUE(initOf(call.b.pc->localDescription()->sdp).empty());
  expectEcho(call);
}

TEST(Snap, OverTurnAndTcp) {
  for (const bool tcp : {false, true}) {
    SCOPED_TRACE(tcp);
    stack::RTCConfiguration offer = warp(WarpPolicy::kOffer), accept = warp(WarpPolicy::kAccept);
    offer.ice.tcp = accept.ice.tcp = tcp;
    if (!tcp) {
      offer.iceServers = {{{"turn:203.0.113.9"}, "user", "pass"}};
      offer.iceTransportPolicy = stack::RTCIceTransportPolicy::kRelay;
    }
    WarpCall call(12, offer, accept, {.signalling = Duration::seconds(1)});
    if (tcp) {
      call.onOffer = call.onAnswer = [](std::string& sdp) {
        sdp = std::regex_replace(sdp, std::regex("a=candidate:[^\r\n]* udp [^\r\n]*\r\n", std::regex::icase), "");
      };
    }
    TurnServer turn{call.world.pool(), call.world.newRandom()};
    call.world.attach(call.world.addHost("turn", "203.0.113.9"), turn);
    ASSERT_TRUE(call.connect());
    EXPECT_FALSE(initOf(call.a.pc->localDescription()->sdp).empty());
    EXPECT_FALSE(initOf(call.b.pc->localDescription()->sdp).empty());
    expectEcho(call);
    call.world.detach(turn);
  }
}

// Without BUNDLE the data section has a transport of its own, and a later bundle moves it to another, where its association
// goes on or begins anew: either way both sides know the INITs that count.
TEST(Snap, TheDataSectionOnAnotherTransport) {
  for (const bool bundles : {false, true}) {
    SCOPED_TRACE(bundles);
    WarpCall call(13, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
    (void)call.a.pc->addTransceiver(stack::MediaKind::kAudio);
    const auto change = [&](std::string& sdp) {
      if (!bundles) sdp = std::regex_replace(sdp, std::regex("a=group:BUNDLE[^\r]*\r\n"), "");
    };
    call.onOffer = call.onAnswer = change;
    ASSERT_TRUE(call.connect());
    const std::string before = initOf(call.a.pc->localDescription()->sdp);
    EXPECT_FALSE(before.empty());
    EXPECT_FALSE(initOf(call.b.pc->localDescription()->sdp).empty());
    expectEcho(call);
    exchange(call.a, call.b);  // all in one bundle from now on
    call.world.runFor(Duration::seconds(5));
    expectEcho(call);
    if (bundles) {
      EXPECT_EQ(initOf(call.a.pc->localDescription()->sdp), before);
    }
  }
}

// W3C §6.1.1 and §6.1, createDataChannel: as many channels as both have streams, here by what the peer's INIT says.
TEST(Snap, APeerWithFewStreamsHasFewChannels) {
  WarpCall call(14, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
  call.onAnswer = [](std::string& sdp) {
    auto init = fromBase64(initOf(sdp));
    ASSERT_TRUE(init && init->size() >= 16);
    for (const size_t at : {12, 14}) storeBe16(init->data() + at, 16);  // RFC 9260 §3.3.2: outbound and inbound streams
    sdp = std::regex_replace(sdp, std::regex("a=sctp-init:[^\r\n]*"), "a=sctp-init:" + base64(*init));
  };
  const auto make = [&](uint16_t id) {
    stack::RTCDataChannelInit options;
    options.negotiated = true;
    options.id = id;
    return call.a.pc->createDataChannel("numbered", options);
  };
  EXPECT_TRUE(make(100).ok()) << "nobody knows yet";
  ASSERT_TRUE(call.connect());
  EXPECT_EQ(call.a.pc->sctp()->maxChannels(), 16);
  EXPECT_EQ(call.b.pc->sctp()->maxChannels(), 65'535);
  EXPECT_TRUE(make(15).ok());
  const auto past = make(16);
  ASSERT_FALSE(past.ok());
  EXPECT_EQ(past.error().code(), ErrorCode::kOperationError);
  expectEcho(call);
}

TEST(Snap, LitePeersAndRestarts) {
  for (const bool liteAnswers : {false, true}) {
    stack::RTCConfiguration lite = warp(liteAnswers ? WarpPolicy::kAccept : WarpPolicy::kOffer);
    lite.ice.lite = true;
    const auto full = warp(liteAnswers ? WarpPolicy::kOffer : WarpPolicy::kAccept);
    WarpCall call(5, liteAnswers ? full : lite, liteAnswers ? lite : full);
    ASSERT_TRUE(call.connect());
    const std::string before = initOf(call.a.pc->localDescription()->sdp);
    EXPECT_FALSE(before.empty());
    expectEcho(call);
    (liteAnswers ? call.a : call.b).pc->restartIce();
    liteAnswers ? exchange(call.a, call.b) : exchange(call.b, call.a);
    call.world.runFor(Duration::seconds(3));
    EXPECT_EQ(initOf(call.a.pc->localDescription()->sdp), before) << "ICE restarts, and SCTP does not";
    expectEcho(call);
  }
}

TEST(Snap, RollbackGoesBackToNone) {
  WarpCall call(6, warp(WarpPolicy::kOffer), warp(WarpPolicy::kOffer));
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  const std::string first = initOf(call.a.pc->localDescription()->sdp);
  ASSERT_TRUE(call.b.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
  ASSERT_TRUE(call.b.pc->setRemoteDescription({stack::RTCSdpType::kRollback, ""}).ok());
  ASSERT_TRUE(call.a.pc->setLocalDescription(stack::RTCSessionDescription{stack::RTCSdpType::kRollback, ""}).ok());
  // Now the other way round, with an offer that tells none: what was said before holds no more.
  const auto channel = call.b.pc->createDataChannel("of b").value();
  ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
  call.world.runFor(Duration::zero());
  ASSERT_TRUE(call.a.pc->setRemoteDescription(WarpCall::carriedBy(*call.b.pc->localDescription(), dropInit)).ok());
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  EXPECT_TRUE(initOf(call.a.pc->localDescription()->sdp).empty());
  call.world.runFor(Duration::zero());
  ASSERT_TRUE(call.b.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
  ASSERT_TRUE(call.world.runUntil([&] { return channel->readyState() == stack::RTCDataChannelState::kOpen; }));
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  EXPECT_TRUE(initOf(call.a.pc->localDescription()->sdp).empty()) << "none is added to what runs";
  EXPECT_FALSE(first.empty());
}

TEST(Snap, AProvisionalAnswerBegins) {
  WarpCall call(7, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
  std::string provisional;
  answerProvisionally(
      call, [&] { return call.channel->readyState() == stack::RTCDataChannelState::kOpen; },
      [&](const stack::RTCSessionDescription& answer) {
        provisional = initOf(answer.sdp);
        EXPECT_FALSE(provisional.empty());
      },
      [&] { EXPECT_EQ(initOf(call.b.pc->localDescription()->sdp), provisional); });
  expectEcho(call);
}

// Not base64, not an INIT, cut anywhere: passed over and noted; refused by who reads to the letter.
TEST(Snap, ABadOne) {
  WarpCall good(8, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept));
  ASSERT_TRUE(good.a.pc->setLocalDescription().ok());
  const std::string offer = good.a.pc->localDescription()->sdp, init = initOf(offer);
  std::vector<std::string> bad = {"", "!", "AAAA", init + "=", init + "AAAA", std::string(4096, 'A')};
  const Bytes chunk = *fromBase64(init);
  for (size_t i = 0; i < chunk.size(); ++i) bad.push_back(base64(ByteView(chunk).first(i)));
  for (const std::string& each : bad) {
    for (const bool strict : {false, true}) {
      SCOPED_TRACE(each);
      stack::RTCConfiguration configuration = warp(WarpPolicy::kAccept);
      configuration.strictSdp = strict;
      World world(9);
      Peer b(world, world.addHost("b", "203.0.113.2"), configuration);
      std::string text = offer;
      text.replace(text.find(init), init.size(), each);
      const auto set = b.pc->setRemoteDescription({stack::RTCSdpType::kOffer, text});
      ASSERT_EQ(set.ok(), !strict);
      if (strict) continue;
      EXPECT_EQ(b.pc->descriptionNotes().size(), 1u);
      ASSERT_TRUE(b.pc->setLocalDescription().ok());
      EXPECT_EQ(initOf(b.pc->localDescription()->sdp), "");
    }
  }
}

// A new DTLS association has a new SCTP association, and that a new INIT (RFC 8842 §5.1, RFC 8841 §9.3).
TEST(Snap, AnotherPeerGetsAnotherInit) {
  WarpCall call(10, warp(WarpPolicy::kAccept), warp(WarpPolicy::kOffer));
  const auto first = call.b.pc->createDataChannel("of b").value();
  exchange(call.b, call.a);
  ASSERT_TRUE(call.world.runUntil([&] { return first->readyState() == stack::RTCDataChannelState::kOpen; }));
  const std::string before = initOf(call.a.pc->localDescription()->sdp);
  ASSERT_FALSE(before.empty());
  Peer c(call.world, call.world.addHost("c", "203.0.113.3"), warp(WarpPolicy::kOffer));
  const auto second = c.pc->createDataChannel("of c").value();
  ASSERT_TRUE(c.pc->setLocalDescription().ok());
  call.world.runFor(Duration::zero());
  ASSERT_TRUE(call.a.pc->setRemoteDescription(*c.pc->localDescription()).ok());
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  const std::string after = initOf(call.a.pc->localDescription()->sdp);
  EXPECT_FALSE(after.empty());
  EXPECT_NE(after, before);
  call.world.runFor(Duration::zero());
  ASSERT_TRUE(c.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
  EXPECT_TRUE(call.world.runUntil([&] { return second->readyState() == stack::RTCDataChannelState::kOpen; }));
  exchange(call.a, c);
  EXPECT_EQ(initOf(call.a.pc->localDescription()->sdp), after);
}

TEST(Snap, ComesUpOnLossyLines) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    WarpCall call(200 + seed, warp(WarpPolicy::kOffer), warp(WarpPolicy::kAccept), {.loss = 0.2});
    ASSERT_TRUE(call.connect()) << "seed " << seed;
    expectEcho(call);
  }
}

}  // namespace
}  // namespace tincan::inline v0::sim
