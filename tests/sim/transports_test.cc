#include <regex>
#include <set>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// Several transports: what each policy offers, and what far ends make of it that bundle everything, some of it or nothing
// (RFC 9429 §4.1.1, RFC 9143).
namespace tincan::inline v0::sim {
namespace {

using stack::RTCBundlePolicy;

stack::RTCConfiguration with(RTCBundlePolicy policy) {
  stack::RTCConfiguration out;
  out.bundlePolicy = policy;
  return out;
}

std::string withoutGroup(const std::string& sdp) {
  return std::regex_replace(sdp, std::regex("a=group:BUNDLE[^\r]*\r\n"), "");
}

/// a offers; `bundles`: whether anybody hears of BUNDLE.
struct Call {
  Call(uint64_t seed, RTCBundlePolicy offering, RTCBundlePolicy answering, bool inBundles)
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1"), with(offering)),
        b(world, world.addHost("b", "203.0.113.2"), with(answering)),
        bundles(inBundles) {
    trickle(a, b);
    trickle(b, a);
  }
  static void trickle(Peer& from, Peer& to) {
    from.pc->onicecandidate = [&to](stack::RTCPeerConnectionIceEvent event) {
      if (event.candidate && to.pc->remoteDescription()) (void)to.pc->addIceCandidate(*event.candidate).ok();
    };
  }
  std::string seen(const std::string& sdp) const { return bundles ? sdp : withoutGroup(sdp); }
  void negotiate(Peer& from, Peer& to) {
    ASSERT_TRUE(from.pc->setLocalDescription().ok());
    world.runFor(Duration::millis(200));  // what is gathered stands in the description
    auto offer = *from.pc->localDescription();
    offer.sdp = seen(offer.sdp);
    auto set = to.pc->setRemoteDescription(offer);
    ASSERT_TRUE(set.ok()) << set.error().message();
    ASSERT_TRUE(to.pc->setLocalDescription().ok());
    auto answer = *to.pc->localDescription();
    answer.sdp = seen(answer.sdp);
    set = from.pc->setRemoteDescription(answer);
    ASSERT_TRUE(set.ok()) << set.error().message();
  }
  void addAll() {
    a.addCameraMic();
    b.addCameraMic();
    channel = a.pc->createDataChannel("x").value();
    channel->onmessage = [this](stack::MessageEvent) { ++echoes; };
    channel->onopen = [this] { EXPECT_TRUE(channel->send("hello").ok()); };
  }
  static std::set<std::shared_ptr<stack::DtlsTransport>> transportsOf(const Peer& peer) {
    std::set<std::shared_ptr<stack::DtlsTransport>> out;
    for (const auto& sender : peer.pc->getSenders())
      if (sender->transport()) out.insert(sender->transport());
    if (peer.pc->sctp()) out.insert(peer.pc->sctp()->transport());
    return out;
  }
  void expectEverything() {
    world.runFor(Duration::seconds(3));
    for (Peer* peer : {&a, &b}) {
      EXPECT_EQ(peer->pc->connectionState(), stack::RTCPeerConnectionState::kConnected);
      EXPECT_EQ(peer->pc->iceGatheringState(), stack::RTCIceGatheringState::kComplete);
      EXPECT_GE(peer->loudSounds, 50u);
      EXPECT_GE(peer->pictures, 20u);
    }
    EXPECT_GE(echoes, 1u);
  }

  World world;
  Peer a, b;
  bool bundles;
  std::shared_ptr<stack::DataChannel> channel;
  size_t echoes = 0;
};

struct Row {
  RTCBundlePolicy offering, answering;
  bool bundles;
  size_t transports;  // at the end
};

class Policies : public ::testing::TestWithParam<Row> {};

// RFC 9429 §4.1.1.
// W3C §4.2.4.
TEST_P(Policies, EverythingFlows) {
  const Row& row = GetParam();
  Call call(300, row.offering, row.answering, row.bundles);
  call.addAll();
  call.negotiate(call.a, call.b);
  call.expectEverything();
  for (Peer* peer : {&call.a, &call.b}) {
    EXPECT_EQ(Call::transportsOf(*peer).size(), row.transports);
    const auto stats = peer->pc->getStats();
    EXPECT_EQ(1 + stats.otherTransports.size(), row.transports);
    std::set<std::string> carriers;
    for (const auto& each : stats.inboundRtp) carriers.insert(each.transportId);
    EXPECT_EQ(carriers.size(), std::min<size_t>(row.transports, 2));
    for (const std::string& id : carriers) EXPECT_TRUE(stats.has(id)) << id;
    size_t selected = 0;
    for (const auto& pair : stats.candidatePairs) selected += pair.selected ? 1 : 0;
    EXPECT_EQ(selected, row.transports) << "one for each";
  }
}

constexpr auto kBalanced = RTCBundlePolicy::kBalanced, kMaxCompat = RTCBundlePolicy::kMaxCompat,
               kMaxBundle = RTCBundlePolicy::kMaxBundle;

INSTANTIATE_TEST_SUITE_P(Each, Policies,
                         ::testing::Values(Row{kBalanced, kBalanced, true, 1}, Row{kBalanced, kMaxCompat, true, 1},
                                           Row{kBalanced, kMaxBundle, true, 1}, Row{kMaxCompat, kBalanced, true, 1},
                                           Row{kMaxCompat, kMaxBundle, true, 1}, Row{kMaxBundle, kBalanced, true, 1},
                                           Row{kMaxBundle, kMaxCompat, true, 1}, Row{kMaxCompat, kMaxCompat, true, 1},
                                           Row{kBalanced, kBalanced, false, 3}, Row{kMaxCompat, kMaxCompat, false, 3},
                                           Row{kMaxCompat, kBalanced, false, 3}, Row{kBalanced, kMaxCompat, false, 3}),
                         [](const auto& each) {
                           const auto name = [](RTCBundlePolicy policy) {
                             return std::regex_replace(std::string(toString(policy)), std::regex("-"), "");
                           };
                           return name(each.param.offering) + "_" + name(each.param.answering) +
                                  (each.param.bundles ? "_bundled" : "_apart");
                         });

// RFC 9429 §4.1.1: one media track alone is negotiated with an endpoint that does not bundle.
TEST(MaxBundle, LeavesOneSectionWithAFarEndThatDoesNotBundle) {
  for (const bool answering : {false, true}) {
    Call call(301, answering ? kBalanced : kMaxBundle, answering ? kMaxBundle : kBalanced, false);
    call.addAll();
    call.negotiate(call.a, call.b);
    call.world.runFor(Duration::seconds(3));
    EXPECT_EQ(call.a.pc->connectionState(), stack::RTCPeerConnectionState::kConnected);
    EXPECT_GE(call.b.loudSounds, 50u);
    EXPECT_EQ(call.b.pictures, 0u);
    EXPECT_EQ(call.channel->readyState(), stack::RTCDataChannelState::kClosed);
  }
}

// RFC 9143 §7.3.3.
TEST(MaxCompat, GathersForEachSectionAndGivesUpWhatTheAnswerBundles) {
  Call call(302, kMaxCompat, kBalanced, true);
  call.addAll();
  std::set<std::string> mids, over;
  call.a.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) {
    if (!event.candidate) return;
    (event.candidate->candidate.empty() ? over : mids).insert(*event.candidate->sdpMid);
  };
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  call.world.runFor(Duration::millis(200));
  EXPECT_EQ(mids, (std::set<std::string>{"0", "1", "2"}));
  EXPECT_EQ(over, mids) << "the end of each is told";
  EXPECT_EQ(Call::transportsOf(call.a).size(), 3u) << "pc.sctp comes with the offer";
  const std::string offer = call.a.pc->localDescription()->sdp;
  EXPECT_NE(offer.find("a=group:BUNDLE 0 1 2"), std::string::npos);
  size_t ends = 0;
  for (size_t at = offer.find("a=end-of-candidates"); at != std::string::npos;
       at = offer.find("a=end-of-candidates", at + 1))
    ++ends;
  EXPECT_EQ(ends, 3u);
  const auto leaving = call.a.pc->getSenders()[1]->transport();
  ASSERT_TRUE(call.b.pc->setRemoteDescription(*call.a.pc->localDescription()).ok());
  ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
  ASSERT_TRUE(call.a.pc->setRemoteDescription(*call.b.pc->localDescription()).ok());
  call.world.runFor(Duration::seconds(1));
  EXPECT_EQ(leaving->state(), stack::RTCDtlsTransportState::kClosed);
  EXPECT_EQ(call.a.pc->getSenders()[0]->transport(), call.a.pc->getSenders()[1]->transport());
  EXPECT_EQ(call.a.pc->connectionState(), stack::RTCPeerConnectionState::kConnected);
}

// Two BUNDLE groups, and a section that leaves its group later.
// RFC 9143 §7.5.2.
TEST(Groups, TwoOfThemAreTwoTransportsAndASectionMayLeaveOne) {
  Call call(303, kBalanced, kBalanced, true);
  call.addAll();
  const auto split = [](std::string sdp, const std::string& groups) {
    return std::regex_replace(sdp, std::regex("a=group:BUNDLE[^\r]*\r\n"), groups);
  };
  const auto round = [&](const std::string& groups) {
    ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
    auto offer = *call.a.pc->localDescription();
    offer.sdp = split(offer.sdp, groups);
    ASSERT_TRUE(call.b.pc->setRemoteDescription(offer).ok());
    ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
    const auto answer = *call.b.pc->localDescription();
    EXPECT_NE(answer.sdp.find(groups), std::string::npos) << answer.sdp;
    // a hears it as if it had offered so: each group is within its own one.
    const auto set = call.a.pc->setRemoteDescription(answer);
    ASSERT_TRUE(set.ok()) << set.error().message();
  };
  round("a=group:BUNDLE 0 2\r\na=group:BUNDLE 1\r\n");
  call.expectEverything();
  for (Peer* peer : {&call.a, &call.b}) EXPECT_EQ(Call::transportsOf(*peer).size(), 2u);
}

// W3C §4.4.2; RFC 8445 §9.
TEST(IceRestart, IsOfAllTransports) {
  Call call(304, kMaxCompat, kBalanced, false);
  call.addAll();
  call.negotiate(call.a, call.b);
  call.expectEverything();
  call.a.pc->restartIce();
  const uint64_t pictures = call.b.pictures, sounds = call.b.loudSounds;
  std::set<std::string> before;
  for (const auto& transport : Call::transportsOf(call.a))
    before.insert(transport->iceTransport()->getSelectedCandidatePair()->local.usernameFragment.value());
  call.negotiate(call.a, call.b);
  call.world.runFor(Duration::seconds(3));
  for (const auto& transport : Call::transportsOf(call.a)) {
    const auto pair = transport->iceTransport()->getSelectedCandidatePair();
    ASSERT_TRUE(pair);
    EXPECT_FALSE(before.contains(*pair->local.usernameFragment));
  }
  EXPECT_GE(call.b.pictures, pictures + 20);
  EXPECT_GE(call.b.loudSounds, sounds + 50);
  EXPECT_EQ(call.a.pc->iceGatheringState(), stack::RTCIceGatheringState::kComplete);
}

// What a section takes along when it moves: the far end that did not bundle does so later.
// RFC 9143 §7.5.1.
TEST(Rebundling, MovesSectionsToOneTransport) {
  Call call(305, kBalanced, kBalanced, false);
  call.addAll();
  call.negotiate(call.a, call.b);
  call.expectEverything();
  for (int i = 0; i < 5; ++i) {
    call.negotiate(i % 2 ? call.a : call.b, i % 2 ? call.b : call.a);
    call.world.runFor(Duration::millis(500));
  }
  for (Peer* peer : {&call.a, &call.b}) {
    EXPECT_EQ(Call::transportsOf(*peer).size(), 3u) << "renegotiation keeps what is in force";
    EXPECT_EQ(peer->pc->connectionState(), stack::RTCPeerConnectionState::kConnected);
  }
  ASSERT_TRUE(call.a.pc->getTransceivers()[0]->stop().ok());
  call.negotiate(call.a, call.b);
  const uint64_t pictures = call.b.pictures;
  call.world.runFor(Duration::seconds(2));
  EXPECT_GE(call.b.pictures, pictures + 20) << "another one's end is nothing to it";
  EXPECT_EQ(Call::transportsOf(call.a).size(), 2u);
  EXPECT_EQ(call.a.pc->connectionState(), stack::RTCPeerConnectionState::kConnected);
}

// RFC 9429 §5.7.
TEST(Rollback, GivesBackTheTransportsOfAnOffer) {
  Call call(306, kMaxCompat, kBalanced, true);
  call.addAll();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
    call.world.runFor(Duration::millis(20));
    ASSERT_TRUE(call.a.pc->setLocalDescription(stack::RTCSessionDescription{stack::RTCSdpType::kRollback, ""}).ok());
    call.world.runFor(Duration::millis(20));
    EXPECT_EQ(call.a.pc->getStats().otherTransports.size(), 0u);
  }
  call.negotiate(call.a, call.b);
  call.expectEverything();
}

}  // namespace
}  // namespace tincan::inline v0::sim
