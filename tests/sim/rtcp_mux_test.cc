#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/rewritten_call.h"

// RTCP on a port of its own (RFC 9429 §4.1.1, RFC 5761 §5.1.1): what rtcpMuxPolicy "negotiate" has ready, and what far
// ends make of it that multiplex, do not, or change their mind.
namespace tincan::inline v0::sim {
namespace {

using stack::RTCBundlePolicy;
using stack::RTCPeerConnectionState;
using stack::RTCRtcpMuxPolicy;
using stack::RTCSdpType;

constexpr auto kNegotiate = RTCRtcpMuxPolicy::kNegotiate, kRequire = RTCRtcpMuxPolicy::kRequire;

stack::RTCConfiguration with(RTCRtcpMuxPolicy mux, RTCBundlePolicy bundle = RTCBundlePolicy::kBalanced) {
  stack::RTCConfiguration out;
  out.rtcpMuxPolicy = mux;
  out.bundlePolicy = bundle;
  return out;
}

/// An old gateway's: neither of the two.
const Rewrite kOld = chain({drop("a=group:BUNDLE[^\r]*"), drop("a=rtcp-mux"), drop("a=rtcp-rsize")});

using Told = std::set<std::pair<std::string, stack::RTCIceComponent>>;  // mids and components of candidates

/// a offers, unless a round says otherwise; `seen` is what becomes of descriptions on their way, both ways.
struct Call {
  Call(uint64_t seed, stack::RTCConfiguration atA, stack::RTCConfiguration atB, Rewrite rewrite)
      : world(seed),
        a(world, world.addHost("a", "203.0.113.1"), std::move(atA)),
        b(world, world.addHost("b", "203.0.113.2"), std::move(atB)),
        seen(std::move(rewrite)) {
    tell(a, b);
    tell(b, a);
    world.onPacket([this](const TracedPacket& packet) { note(packet); });
  }
  void tell(Peer& from, Peer& to) {
    from.pc->onicecandidate = [this, &from, &to](stack::RTCPeerConnectionIceEvent event) {
      if (!event.candidate) return;
      const std::string line = event.candidate->candidate;
      if (line.empty()) ++ends[&from == &b];
      if (!line.empty()) told[&from == &b].insert({*event.candidate->sdpMid, *event.candidate->component()});
      if (to.pc->remoteDescription()) (void)to.pc->addIceCandidate(*event.candidate).ok();
    };
  }
  // RFC 5761 §4: what the second byte says is in the clear.
  void note(const TracedPacket& packet) {
    if (packet.bytes.size() < 12 || packet.bytes[0] < 128 || packet.bytes[0] > 191) return;
    auto& port = ports[packet.source];
    (packet.bytes[1] >= 192 && packet.bytes[1] <= 223 ? port.rtcp : port.rtp) += 1;
  }
  stack::RTCSessionDescription said(const Peer& by) const {
    auto out = *by.pc->localDescription();
    if (seen) out.sdp = seen(out.sdp);
    return out;
  }
  std::string negotiate(Peer& from, Peer& to) {
    EXPECT_TRUE(from.pc->setLocalDescription().ok());
    world.runFor(Duration::millis(100));
    if (const auto set = to.pc->setRemoteDescription(said(from)); !set) return "offer: " + set.error().message();
    if (const auto set = to.pc->setLocalDescription(); !set) return "own answer: " + set.error().message();
    if (const auto set = from.pc->setRemoteDescription(said(to)); !set) return "answer: " + set.error().message();
    return {};
  }
  void addAll() {
    a.addCameraMic();
    b.addCameraMic();
    channel = a.pc->createDataChannel("x").value();
    channel->onmessage = [this](stack::MessageEvent) { ++echoes; };
  }
  /// Sound, pictures, reports and data flow both ways.
  void expectEverything() {
    const size_t before = echoes;
    const uint64_t sounds[] = {a.loudSounds, b.loudSounds}, pictures[] = {a.pictures, b.pictures};
    world.runFor(Duration::seconds(1));  // to connect, or to settle
    ports.clear();
    world.runFor(Duration::seconds(6));
    ASSERT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
    EXPECT_TRUE(channel->send("hello").ok());
    world.runFor(Duration::seconds(1));
    EXPECT_EQ(echoes, before + 1);
    for (Peer* peer : {&a, &b}) {
      EXPECT_EQ(peer->pc->connectionState(), RTCPeerConnectionState::kConnected);
      EXPECT_EQ(peer->pc->iceGatheringState(), stack::RTCIceGatheringState::kComplete);
      EXPECT_GE(peer->loudSounds, sounds[peer == &b] + 200);
      EXPECT_GE(peer->pictures, pictures[peer == &b] + 100);
      const auto stats = peer->pc->getStats();
      EXPECT_EQ(stats.remoteInboundRtp.size(), 2u) << "reports of the far end";
      for (const auto& report : stats.remoteInboundRtp) EXPECT_GT(report.roundTripTimeMeasurements, 0u);
    }
  }
  struct Port {
    size_t rtp = 0, rtcp = 0;
  };
  size_t portsWith(bool rtp, bool rtcp) const {
    size_t out = 0;
    for (const auto& [address, port] : ports) out += (port.rtp > 0) == rtp && (port.rtcp > 0) == rtcp ? 1 : 0;
    return out;
  }
  static size_t transportsOf(const Peer& peer) { return 1 + peer.pc->getStats().otherTransports.size(); }

  World world;
  Peer a, b;
  Rewrite seen;
  std::shared_ptr<stack::DataChannel> channel;
  size_t echoes = 0;
  size_t ends[2] = {};
  Told told[2];
  std::map<SocketAddress, Port> ports;  // of media, by whom it came from
};

const std::regex kSecond("a=candidate:[^ ]+ 2 udp ");

struct Row {
  const char* name;
  RTCRtcpMuxPolicy offering, answering;
  RTCBundlePolicy bundle;
  bool old;           // what either hears is an old gateway's
  size_t transports;  // at the end
};

class RtcpMux : public ::testing::TestWithParam<Row> {};

// W3C §4.2.5; RFC 5761 §5.1.1: with BUNDLE or without, RTCP goes where the descriptions say.
TEST_P(RtcpMux, EverythingFlows) {
  const Row& row = GetParam();
  Call call(900, with(row.offering, row.bundle), with(row.answering, row.bundle), row.old ? kOld : Rewrite());
  call.addAll();
  ASSERT_EQ(call.negotiate(call.a, call.b), "");
  const std::string offer = call.a.pc->localDescription()->sdp;
  EXPECT_NE(offer.find("a=rtcp-mux\r\n"), std::string::npos) << "offered in any case";
  EXPECT_EQ(std::regex_search(offer, kSecond), row.offering == kNegotiate);
  call.expectEverything();
  for (Peer* peer : {&call.a, &call.b}) EXPECT_EQ(Call::transportsOf(*peer), row.transports);
  if (row.old) {
    EXPECT_EQ(call.portsWith(true, false), 4u) << "sound and pictures, both ways";
    EXPECT_EQ(call.portsWith(false, true), 4u) << "their reports";
    EXPECT_EQ(call.portsWith(true, true), 0u);
  } else {
    EXPECT_EQ(call.portsWith(true, true), call.ports.size());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Each, RtcpMux,
    ::testing::Values(Row{"OfferedAndMultiplexed", kNegotiate, kRequire, RTCBundlePolicy::kBalanced, false, 1},
                      Row{"BothCould", kNegotiate, kNegotiate, RTCBundlePolicy::kBalanced, false, 1},
                      Row{"OfferedByWhoRequiresIt", kRequire, kNegotiate, RTCBundlePolicy::kBalanced, false, 1},
                      Row{"CompatAndMultiplexed", kNegotiate, kNegotiate, RTCBundlePolicy::kMaxCompat, false, 1},
                      Row{"Apart", kNegotiate, kNegotiate, RTCBundlePolicy::kBalanced, true, 5},
                      Row{"CompatApart", kNegotiate, kNegotiate, RTCBundlePolicy::kMaxCompat, true, 5}),
    [](const auto& each) { return each.param.name; });

// RFC 9429 §4.1.1, §5.3.1: who requires it refuses an answer without it, and answers an offer without it by a rejection
// with a reason.
TEST(RtcpMuxRequired, IsWhatEitherSideHearsOf) {
  Call call(901, with(kRequire), with(kNegotiate), kOld);
  call.a.addCameraMic();
  EXPECT_THAT(call.negotiate(call.a, call.b), ::testing::HasSubstr("answer: m= section 0 lacks a=rtcp-mux"));
  Call other(902, with(kNegotiate), with(kRequire), kOld);
  other.a.addCameraMic();
  ASSERT_EQ(other.negotiate(other.a, other.b), "");
  EXPECT_THAT(other.b.pc->negotiationFailure(), ::testing::HasSubstr("\"negotiate\" gives RTCP a port of its own"));
}

// RFC 8445 §5.1.1.1, §13: candidates of both components in each section, and one end of them.
TEST(RtcpMuxNegotiate, GathersBothComponents) {
  Call call(903, with(kNegotiate, RTCBundlePolicy::kMaxCompat), with(kNegotiate), kOld);
  call.addAll();
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  call.world.runFor(Duration::millis(200));
  using enum stack::RTCIceComponent;
  const Told both{{"0", kRtp}, {"0", kRtcp}, {"1", kRtp}, {"1", kRtcp}, {"2", kRtp}};
  EXPECT_EQ(call.told[0], both) << "data has one";
  EXPECT_EQ(call.ends[0], 3u) << "one of each section";
  const std::string offer = call.a.pc->localDescription()->sdp;
  size_t sections = 0;
  for (auto at = std::sregex_iterator(offer.begin(), offer.end(), kSecond); at != std::sregex_iterator(); ++at)
    ++sections;
  EXPECT_EQ(sections, 2u);
}

// RFC 9429 §5.2.1: what waits on the transport of a data section has no RTCP of its own there.
TEST(RtcpMuxNegotiate, ASectionOfDataHasNoSecondComponent) {
  Call call(904, with(kNegotiate), with(kNegotiate), kOld);
  call.channel = call.a.pc->createDataChannel("x").value();
  call.channel->onmessage = [&](stack::MessageEvent) { ++call.echoes; };
  ASSERT_EQ(call.negotiate(call.a, call.b), "");
  call.world.runFor(Duration::seconds(1));
  EXPECT_EQ(Call::transportsOf(call.a), 1u);
  call.a.addCameraMic();
  call.b.addCameraMic();
  ASSERT_EQ(call.negotiate(call.a, call.b), "");
  call.expectEverything();
  EXPECT_EQ(Call::transportsOf(call.a), 5u);
  const std::string offer = call.a.pc->localDescription()->sdp;
  const std::string data =
      offer.substr(offer.find("m=application"), offer.find("m=audio") - offer.find("m=application"));
  EXPECT_FALSE(std::regex_search(data, kSecond)) << data;
}

// RFC 8445 §9: of both components.
TEST(RtcpMuxNegotiate, ARestartIsOfBothComponents) {
  Call call(905, with(kNegotiate), with(kNegotiate), kOld);
  call.addAll();
  ASSERT_EQ(call.negotiate(call.a, call.b), "");
  call.expectEverything();
  const auto generations = [&] {
    const auto stats = call.a.pc->getStats();
    std::map<std::string, std::string> out{{stats.transport.id, stats.transport.iceLocalUsernameFragment}};
    for (const auto& each : stats.otherTransports) out[each.id] = each.iceLocalUsernameFragment;
    for (const auto& pair : stats.candidatePairs)
      if (pair.selected) out[pair.transportId] += " " + std::to_string(pair.responsesReceived > 0);
    return out;
  };
  auto before = generations();
  EXPECT_EQ(before.size(), 5u);
  for (Peer* by : {&call.a, &call.b}) {
    by->pc->restartIce();
    ASSERT_EQ(call.negotiate(*by, by == &call.a ? call.b : call.a), "");
    call.expectEverything();
    const auto after = generations();
    EXPECT_EQ(after.size(), 5u);
    for (const auto& [id, generation] : after) {
      EXPECT_NE(generation, before[id]) << id;
      EXPECT_TRUE(generation.ends_with(" 1")) << id << " has a pair that answers: " << generation;
    }
    before = after;
  }
}

// RFC 9429 §5.7.
TEST(RtcpMuxNegotiate, ARollbackGivesBackWhatWasReady) {
  Call call(906, with(kNegotiate, RTCBundlePolicy::kMaxCompat), with(kNegotiate), kOld);
  call.addAll();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
    call.world.runFor(Duration::millis(20));
    ASSERT_TRUE(call.a.pc->setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
    call.world.runFor(Duration::millis(20));
    EXPECT_EQ(Call::transportsOf(call.a), 1u);
  }
  ASSERT_EQ(call.negotiate(call.a, call.b), "");
  call.expectEverything();
  // Of a call that stands, what is in force stays.
  ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
  ASSERT_TRUE(call.b.pc->setRemoteDescription(call.said(call.a)).ok());
  for (Peer* peer : {&call.a, &call.b})
    ASSERT_TRUE(peer->pc->setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  call.expectEverything();
  EXPECT_EQ(Call::transportsOf(call.a), 5u);
}

// RFC 9429 §4.1.10.1: what a provisional answer does without, the final one may want.
TEST(RtcpMuxNegotiate, AProvisionalAnswerGivesNothingUp) {
  for (const bool oldAtLast : {true, false}) {
    Call call(907, with(kNegotiate), with(kNegotiate), drop("a=group:BUNDLE[^\r]*"));
    call.addAll();
    const Rewrite apart = call.seen;
    call.seen = kOld;  // what b hears is old; what a hears of it first need not be
    ASSERT_TRUE(call.a.pc->setLocalDescription().ok());
    call.world.runFor(Duration::millis(100));
    if (!oldAtLast) call.seen = apart;
    ASSERT_TRUE(call.b.pc->setRemoteDescription(call.said(call.a)).ok());
    ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
    auto answer = call.said(call.b);
    auto provisional = answer;
    provisional.type = RTCSdpType::kPranswer;
    provisional.sdp = oldAtLast ? replace("a=mid:([01])\r\n", "a=mid:$1\r\na=rtcp-mux\r\n")(answer.sdp)
                                : drop("a=rtcp-mux")(answer.sdp);
    ASSERT_TRUE(call.a.pc->setRemoteDescription(provisional).ok());
    call.world.runFor(Duration::millis(500));
    const auto set = call.a.pc->setRemoteDescription(answer);
    ASSERT_TRUE(set.ok()) << set.error().message();
    call.expectEverything();
    EXPECT_EQ(Call::transportsOf(call.a), oldAtLast ? 5u : 3u);
    EXPECT_EQ(Call::transportsOf(call.b), oldAtLast ? 5u : 3u);
  }
}

// RFC 5761 §5.1.1: a later round may begin to multiplex, and RTCP's ports close. Then offers have none ready any more.
TEST(RtcpMuxNegotiate, ALaterRoundMayMultiplex) {
  Call call(908, with(kNegotiate), with(kNegotiate), kOld);
  call.addAll();
  ASSERT_EQ(call.negotiate(call.a, call.b), "");
  call.expectEverything();
  call.seen = drop("a=group:BUNDLE[^\r]*");
  ASSERT_EQ(call.negotiate(call.b, call.a), "");
  call.expectEverything();
  for (Peer* peer : {&call.a, &call.b}) EXPECT_EQ(Call::transportsOf(*peer), 3u);
  EXPECT_EQ(call.portsWith(true, true), 4u);
  call.seen = kOld;
  EXPECT_THAT(call.negotiate(call.a, call.b), ::testing::HasSubstr("answer: m= section 0 lacks a=rtcp-mux"));
}

// RFC 5764 §4.1: each component has an association of its own, and the connection is what both are.
TEST(RtcpMuxNegotiate, TheConnectionIsAsConnectedAsItsWorsePath) {
  Call call(909, with(kNegotiate), with(kNegotiate), kOld);
  call.a.addCameraMic();
  call.b.addCameraMic();
  // Candidates of RTCP come late.
  std::vector<stack::RTCIceCandidate> late[2];
  for (Peer* from : {&call.a, &call.b}) {
    Peer& to = from == &call.a ? call.b : call.a;
    from->pc->onicecandidate = [&, from](stack::RTCPeerConnectionIceEvent event) {
      if (!event.candidate || event.candidate->candidate.empty()) return;
      const bool isRtcp = event.candidate->component() == stack::RTCIceComponent::kRtcp;
      if (isRtcp) late[from == &call.a].push_back(*event.candidate);
      if (isRtcp || !to.pc->remoteDescription()) return;
      EXPECT_TRUE(to.pc->addIceCandidate(*event.candidate).ok());
    };
  }
  call.seen = chain({kOld, drop("a=candidate:[^ ]+ 2 udp [^\r]*"), drop("a=end-of-candidates")});
  ASSERT_EQ(call.negotiate(call.a, call.b), "");
  call.world.runFor(Duration::seconds(2));
  for (Peer* peer : {&call.a, &call.b}) {
    EXPECT_EQ(peer->pc->connectionState(), RTCPeerConnectionState::kConnecting);
    EXPECT_EQ(peer->pc->iceConnectionState(), stack::RTCIceConnectionState::kChecking);
  }
  for (Peer* to : {&call.a, &call.b})
    for (const auto& candidate : late[to != &call.a]) EXPECT_TRUE(to->pc->addIceCandidate(candidate).ok());
  call.world.runFor(Duration::seconds(2));
  for (Peer* peer : {&call.a, &call.b}) {
    EXPECT_EQ(peer->pc->connectionState(), RTCPeerConnectionState::kConnected);
    EXPECT_GE(peer->loudSounds, 100u);
  }
}

// RFC 5761 §5.1.1: a page may take a=rtcp-mux out of our offer, and then no answer may have it.
TEST(RtcpMuxNegotiate, APageMayTakeItOut) {
  for (const bool ready : {true, false}) {
    Call call(910, with(ready ? kNegotiate : kRequire), with(kNegotiate), drop("a=group:BUNDLE[^\r]*"));
    call.addAll();
    auto offer = call.a.pc->createOffer().value();
    offer.sdp = chain({drop("a=group:BUNDLE[^\r]*"), drop("a=rtcp-mux")})(offer.sdp);
    const auto local = call.a.pc->setLocalDescription(offer);
    ASSERT_EQ(local.ok(), ready);
    if (!ready) {
      EXPECT_THAT(local.error().message(), ::testing::HasSubstr("rtcpMuxPolicy \"negotiate\" gives it one"));
      continue;
    }
    call.world.runFor(Duration::millis(100));
    ASSERT_TRUE(call.b.pc->setRemoteDescription(call.said(call.a)).ok());
    ASSERT_TRUE(call.b.pc->setLocalDescription().ok());
    auto answer = call.said(call.b);
    auto wrong = answer;
    wrong.sdp = replace("a=mid:0\r\n", "a=mid:0\r\na=rtcp-mux\r\n")(wrong.sdp);
    const auto refused = call.a.pc->setRemoteDescription(wrong);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().message(), ::testing::HasSubstr("rtcp-mux, which was not offered"));
    ASSERT_TRUE(call.a.pc->setRemoteDescription(answer).ok());
    call.expectEverything();
    EXPECT_EQ(Call::transportsOf(call.a), 5u);
  }
}

// RFC 8445 §13: the end of candidates waits for both, and not for one that the answer has made needless.
TEST(RtcpMuxNegotiate, TheEndOfCandidatesWaitsForNoComponentThatHasLeft) {
  auto configuration = with(kNegotiate);
  configuration.iceServers = {{{"stun:198.51.100.9"}, "", ""}};  // nobody answers there
  Call call(911, configuration, with(kRequire), {});
  call.addAll();
  ASSERT_EQ(call.negotiate(call.a, call.b), "");
  call.world.runFor(Duration::seconds(20));
  EXPECT_EQ(call.a.pc->iceGatheringState(), stack::RTCIceGatheringState::kComplete);
  EXPECT_EQ(call.ends[0], 1u);
}

}  // namespace
}  // namespace tincan::inline v0::sim
