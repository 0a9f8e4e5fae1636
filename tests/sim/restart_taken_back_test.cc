// An ICE restart that is offered and taken back (RFC 9429 §4.1.10.2): as if it had never been. What answers say then has the
// credentials in force (§5.3.1), and the call goes on without a break.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/peer.h"

namespace tincan::inline v0::sim {
namespace {

using stack::RTCSdpType;
using stack::RTCSessionDescription;

const RTCSessionDescription kRollback{RTCSdpType::kRollback, ""};

struct RestartTakenBack : testing::Test {
  World world{91};
  Peer a{world, world.addHost("a", "203.0.113.1", {.delay = Duration::millis(15)})};
  Peer b{world, world.addHost("b", "203.0.113.2", {.delay = Duration::millis(15)})};

  void SetUp() override {
    for (Peer* from : {&a, &b})
      from->pc->onicecandidate = [this, from](stack::RTCPeerConnectionIceEvent event) {
        // Of an offer that is never told they are of a generation that nobody knows: refused.
        if (event.candidate) (void)(from == &a ? b : a).pc->addIceCandidate(*event.candidate);
      };
  }
  void connect() {
    a.addCameraMic();
    b.addCameraMic();
    signal(a, b);
    ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(10)));
    world.runFor(Duration::seconds(2));
  }
  static void ok(const Result<void>& result) { ASSERT_TRUE(result.ok()) << result.error().toString(); }
  static std::string lineOf(const std::string& sdp, const std::string& prefix) {
    const size_t at = sdp.find(prefix);
    return at == std::string::npos ? "" : sdp.substr(at, sdp.find_first_of("\r ", at) - at);
  }
  static std::string ufragOf(const std::string& sdp) { return lineOf(sdp, "a=ice-ufrag:"); }
  static std::string credentials(const std::string& sdp) { return ufragOf(sdp) + " " + lineOf(sdp, "a=ice-pwd:"); }
  static std::vector<std::string> candidatesOf(const Peer& peer) {
    std::vector<std::string> out;
    for (const auto& each : peer.pc->getStats().candidates)
      if (each.type == stack::RTCStatsType::kLocalCandidate)
        out.push_back(each.address + ":" + std::to_string(each.port.value_or(0)));
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string offerRestart() {
    const auto offer = a.pc->createOffer({.iceRestart = true}).value();
    ok(a.pc->setLocalDescription(offer));
    return credentials(offer.sdp);
  }
  /// A while without a gap in what b hears and sees.
  void expectUnbroken(Duration time, const char* when) {
    const auto sounds = b.sounds, pictures = b.pictures;
    const auto concealed = [this] {
      uint64_t out = 0;
      for (const auto& stats : b.pc->getStats().inboundRtp) out += stats.concealedSamples;
      return out;
    };
    const uint64_t before = concealed();
    for (Duration passed; passed < time; passed += Duration::millis(50)) {
      world.runFor(Duration::millis(50));
      for (const Peer* each : {&a, &b}) {
        EXPECT_EQ(each->pc->connectionState(), stack::RTCPeerConnectionState::kConnected) << when;
        EXPECT_TRUE(each->pc->iceConnectionState() == stack::RTCIceConnectionState::kConnected ||
                    each->pc->iceConnectionState() == stack::RTCIceConnectionState::kCompleted)
            << when;
      }
    }
    EXPECT_GE(b.sounds - sounds, static_cast<uint64_t>(time.millis()) / 20 - 3) << when;
    EXPECT_GE(b.pictures - pictures, static_cast<uint64_t>(time.millis()) / 34 - 4) << when;
    EXPECT_EQ(concealed() - before, 0u) << when;
  }
  void answerOrdinaryOffer(const std::string& before) {
    ok(b.pc->setLocalDescription());
    ok(a.pc->setRemoteDescription(*b.pc->localDescription()));
    ok(a.pc->setLocalDescription());
    EXPECT_EQ(credentials(a.pc->localDescription()->sdp), before) << "the offer asked for no restart";
    ok(b.pc->setRemoteDescription(*a.pc->localDescription()));
  }
  void restartInEarnest(const std::string& before) {
    const std::string restarted = offerRestart();
    EXPECT_NE(restarted, before);
    ok(b.pc->setRemoteDescription(*a.pc->localDescription()));
    ok(b.pc->setLocalDescription());
    ok(a.pc->setRemoteDescription(*b.pc->localDescription()));
    expectUnbroken(Duration::seconds(8), "a restart");
    EXPECT_EQ(credentials(a.pc->localDescription()->sdp), restarted);
    EXPECT_EQ("a=ice-ufrag:" + std::string(a.pc->ufrags()[0]), ufragOf(restarted));
    EXPECT_EQ(a.pc->ufrags()[1], "") << "the generation before is gone";
  }
};

TEST_F(RestartTakenBack, TheNextAnswerHasTheCredentialsInForce) {
  connect();
  const std::string before = credentials(a.pc->localDescription()->sdp);
  const auto candidates = candidatesOf(a);
  std::string told;
  for (int i = 0; i < 2; ++i) {  // twice: each has credentials of its own
    const std::string offered = offerRestart();
    EXPECT_NE(offered, before);
    EXPECT_NE(offered, told);
    told = offered;
    if (i == 0) expectUnbroken(Duration::seconds(3), "while it is offered");
    ok(a.pc->setLocalDescription(kRollback));
    EXPECT_EQ(credentials(a.pc->localDescription()->sdp), before);
    expectUnbroken(Duration::seconds(1), "taken back");
    EXPECT_EQ("a=ice-ufrag:" + std::string(a.pc->ufrags()[0]), ufragOf(before));
    EXPECT_EQ(a.pc->ufrags()[1], "");
    EXPECT_EQ(candidatesOf(a), candidates);
  }
  const std::string sdp = a.pc->localDescription()->sdp;
  EXPECT_NE(sdp.find("a=candidate:"), std::string::npos) << "those of the generation in force are told again";
  EXPECT_NE(sdp.find("a=end-of-candidates"), std::string::npos);
  answerOrdinaryOffer(before);
  expectUnbroken(Duration::seconds(40), "longer than consent lasts (RFC 7675 §5.1)");
  restartInEarnest(before);
}

// W3C §4.4.2: the offer that takes the place of ours does the same.
TEST_F(RestartTakenBack, SoDoesAnOfferThatMeetsOurs) {
  connect();
  const std::string before = credentials(a.pc->localDescription()->sdp);
  a.pc->restartIce();
  ok(a.pc->setLocalDescription());
  EXPECT_NE(credentials(a.pc->localDescription()->sdp), before);
  answerOrdinaryOffer(before);  // in the same moment: the agent has heard of neither
  expectUnbroken(Duration::seconds(2), "glare");
  EXPECT_TRUE(a.pc->createOffer().ok());
  EXPECT_NE(credentials(a.pc->createOffer()->sdp), before) << "restartIce() is still owed (W3C §4.7.3)";
  restartInEarnest(before);
}

// A call that is not up yet goes on with its checks, too.
TEST_F(RestartTakenBack, ChecksThatRunGoOn) {
  a.addCameraMic();
  b.addCameraMic();
  signal(a, b);
  const std::string before = credentials(a.pc->localDescription()->sdp);
  world.runFor(Duration::millis(5));
  ASSERT_FALSE(connected(a));
  offerRestart();
  world.runFor(Duration::millis(5));
  ok(a.pc->setLocalDescription(kRollback));
  EXPECT_EQ(credentials(a.pc->localDescription()->sdp), before);
  EXPECT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(5)));
  EXPECT_EQ("a=ice-ufrag:" + std::string(a.pc->ufrags()[0]), ufragOf(before));
}

// RFC 9429 §5.3.1: an answer that was made for a restart of the peer's is none for the offer after that.
TEST_F(RestartTakenBack, ThePeersOfferOfOne) {
  connect();
  const std::string before = credentials(b.pc->localDescription()->sdp);
  for (const bool implicit : {false, true}) {
    offerRestart();
    ok(b.pc->setRemoteDescription(*a.pc->localDescription()));
    EXPECT_NE(credentials(b.pc->createAnswer()->sdp), before);
    world.runFor(Duration::millis(500));
    ok(b.pc->setRemoteDescription(kRollback));
    ok(a.pc->setLocalDescription(kRollback));
    world.runFor(Duration::millis(500));
    const auto offer = a.pc->createOffer().value();
    ok(a.pc->setLocalDescription(offer));
    ok(b.pc->setRemoteDescription(*a.pc->localDescription()));
    if (implicit) {
      ok(b.pc->setLocalDescription());
    } else {
      ok(b.pc->setLocalDescription(b.pc->createAnswer().value()));
    }
    EXPECT_EQ(credentials(b.pc->localDescription()->sdp), before) << implicit;
    ok(a.pc->setRemoteDescription(*b.pc->localDescription()));
    expectUnbroken(Duration::seconds(2), "the peer's offer");
  }
  restartInEarnest(credentials(a.pc->localDescription()->sdp));
}

}  // namespace
}  // namespace tincan::inline v0::sim
