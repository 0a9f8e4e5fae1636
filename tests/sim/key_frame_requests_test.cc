// By what a receiver asks for key frames and for what it misses: by what both have agreed on (RFC 4585 §4.2), in the first
// negotiation or in a later one.
#include <gtest/gtest.h>

#include "tests/sim/rewritten_call.h"

namespace tincan::inline v0::sim {
namespace {

struct Requests {
  uint32_t plis = 0, firs = 0, nacks = 0;
  bool operator==(const Requests&) const = default;
};

/// a sends pictures to b, who hears of a's feedback what `rewrite` leaves.
struct Asking {
  Asking() { a.addCameraMic(); }
  void negotiate(const Rewrite& rewrite) {
    ASSERT_TRUE(a.pc->setLocalDescription().ok());
    world.runFor(Duration::millis(50));  // candidates are in it
    auto offer = *a.pc->localDescription();
    if (rewrite) offer.sdp = rewrite(offer.sdp);
    ASSERT_TRUE(b.pc->setRemoteDescription(offer).ok());
    ASSERT_TRUE(b.pc->setLocalDescription().ok());
    world.runFor(Duration::millis(50));
    ASSERT_TRUE(a.pc->setRemoteDescription(*b.pc->localDescription()).ok());
    ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
    world.runFor(Duration::seconds(2));
  }
  auto sent() const {
    for (const auto& stats : a.pc->getStats().outboundRtp)
      if (stats.kind == "video") return stats;
    return stack::RTCOutboundRtpStreamStats{};
  }
  Requests heard() const {
    const auto stats = sent();
    return {stats.pliCount, stats.firCount, stats.nackCount};
  }
  Requests asked() const {
    for (const auto& stats : b.pc->getStats().inboundRtp)
      if (stats.kind == "video") return {stats.pliCount, stats.firCount, stats.nackCount};
    return {};
  }
  /// b's page wants a key frame, and the first request for it is lost. What a has heard of it.
  Requests want() {
    const Requests before = heard();
    const uint32_t made = sent().keyFramesEncoded;
    hostB.up.config.loss = 1;
    for (const auto& receiver : b.pc->getReceivers()) b.pc->requestKeyFrame(receiver);
    world.runFor(Duration::millis(100));
    hostB.up.config.loss = 0;
    EXPECT_EQ(sent().keyFramesEncoded, made);
    world.runFor(Duration::seconds(2));
    EXPECT_EQ(sent().keyFramesEncoded, made + 1) << "it is asked for again, and then no more";
    const Requests after = heard();
    return {after.plis - before.plis, after.firs - before.firs, after.nacks - before.nacks};
  }

  World world{415};
  Host& hostA = world.addHost("a", "203.0.113.1");
  Host& hostB = world.addHost("b", "203.0.113.2");
  Peer a{world, hostA}, b{world, hostB};
};

constexpr Requests kOnePli{1, 0, 0}, kOneFir{0, 1, 0};
const Rewrite kNoPli = drop("a=rtcp-fb:\\d+ nack pli");
const Rewrite kNoNack = drop("a=rtcp-fb:\\d+ nack");
const Rewrite kNoFir = drop("a=rtcp-fb:\\d+ ccm fir");

TEST(KeyFrameRequests, ByPliWhereItIsAgreedOn) {
  for (const Rewrite& rewrite : {Rewrite(), kNoFir}) {
    Asking call;
    call.negotiate(rewrite);
    EXPECT_EQ(call.want(), kOnePli);
    EXPECT_EQ(call.asked().firs, 0u);
  }
}

TEST(KeyFrameRequests, ByFirWhereThatAloneIs) {
  Asking call;
  call.negotiate(kNoPli);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(call.want(), kOneFir) << i;
  EXPECT_EQ(call.asked().plis, 0u);
  EXPECT_GE(call.asked().firs, 6u) << "each under a number of its own";
}

// Many take PLI who do not say so.
TEST(KeyFrameRequests, ByPliWhereNothingIs) {
  Asking call;
  call.negotiate(drop("a=rtcp-fb:[^\r]*"));
  EXPECT_EQ(call.want(), kOnePli);
}

TEST(KeyFrameRequests, ALaterNegotiationHoldsForStreamsThatRun) {
  Asking call;
  call.negotiate(chain({kNoPli, kNoNack}));
  EXPECT_EQ(call.want(), kOneFir);
  call.hostA.up.config.loss = 0.05;
  call.world.runFor(Duration::seconds(5));
  EXPECT_EQ(call.asked().nacks, 0u);
  EXPECT_GE(call.asked().firs, 4u) << "what is lost is a key frame's to mend";
  call.hostA.up.config.loss = 0;
  call.world.runFor(Duration::seconds(2));
  const uint32_t firs = call.asked().firs;

  call.negotiate({});
  EXPECT_EQ(call.want(), kOnePli);
  call.hostA.up.config.loss = 0.05;
  call.world.runFor(Duration::seconds(5));
  EXPECT_GT(call.asked().nacks, 4u);
  EXPECT_EQ(call.asked().firs, firs);
  call.hostA.up.config.loss = 0;
  call.world.runFor(Duration::seconds(2));

  call.negotiate(chain({kNoPli, kNoNack}));
  const uint32_t nacks = call.asked().nacks;
  EXPECT_EQ(call.want(), kOneFir);
  call.hostA.up.config.loss = 0.05;
  call.world.runFor(Duration::seconds(5));
  EXPECT_EQ(call.asked().nacks, nacks);
}

}  // namespace
}  // namespace tincan::inline v0::sim
