#include <gtest/gtest.h>

#include "tests/sim/peer.h"

// States, events and descriptions, clause by clause of W3C webrtc-pc.
namespace tincan::inline v0::sim {
namespace {

using stack::RTCSdpType;
using Signaling = stack::RTCSignalingState;
using Gathering = stack::RTCIceGatheringState;

class SessionEvents : public ::testing::Test {
 protected:
  SessionEvents() : a(world, world.addHost("a", "203.0.113.1")), b(world, world.addHost("b", "203.0.113.2")) {}

  /// What handlers of `pc` read, in their order.
  void listen(stack::PeerConnection& pc) {
    pc.onsignalingstatechange = [&] { heard.push_back(std::string(toString(pc.signalingState()))); };
    pc.onicegatheringstatechange = [&] { heard.push_back(std::string(toString(pc.iceGatheringState()))); };
    pc.onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) {
      heard.push_back(!event.candidate ? "null" : event.candidate->candidate.empty() ? "end" : "candidate");
    };
    pc.ontrack = [&](stack::RTCTrackEvent) { heard.push_back("track"); };
    pc.onnegotiationneeded = [&] { heard.push_back("needed"); };
  }
  std::string said() {
    world.runFor(Duration::zero());
    std::string out;
    for (const std::string& each : std::exchange(heard, {})) out += (out.empty() ? "" : " ") + each;
    return out;
  }
  void settle() { world.runFor(Duration::seconds(2)); }
  static void ok(const Result<void>& result) { ASSERT_TRUE(result.ok()) << result.error().toString(); }
  static stack::RTCSessionDescription rollback() { return {RTCSdpType::kRollback, ""}; }
  void connect() {
    trickle(a, b);
    trickle(b, a);
    signal(a, b);
    ASSERT_TRUE(world.runUntil([&] { return connected(a) && connected(b); }, Duration::seconds(20)));
  }

  World world{1};
  Peer a, b;
  std::vector<std::string> heard;
};

// §4.4.1.5: the state changes in the task that fires the event; whoever called sees it changed at once.
TEST_F(SessionEvents, HandlersReadTheStateOfTheirEvent) {
  a.addCameraMic();
  settle();
  listen(*a.pc);
  a.pc->onicecandidate = nullptr;
  ok(a.pc->setLocalDescription());
  EXPECT_EQ(a.pc->signalingState(), Signaling::kHaveLocalOffer);
  ok(b.pc->setRemoteDescription(*a.pc->localDescription()));
  ok(b.pc->setLocalDescription());
  ok(a.pc->setRemoteDescription(*b.pc->localDescription()));
  EXPECT_EQ(a.pc->signalingState(), Signaling::kStable);
  EXPECT_EQ(said(), "have-local-offer stable gathering complete");
  EXPECT_EQ(a.pc->signalingState(), Signaling::kStable);
}

// §4.4.1.5: "fire signalingstatechange" comes before "fire track".
TEST_F(SessionEvents, TracksComeAfterTheState) {
  a.addCameraMic();
  ok(a.pc->setLocalDescription());
  listen(*b.pc);
  ok(b.pc->setRemoteDescription(*a.pc->localDescription()));
  EXPECT_EQ(said(), "have-remote-offer track track");
}

// §4.4.2 setRemoteDescription: ours is rolled back first, and that stands, whatever becomes of theirs.
TEST_F(SessionEvents, GlareGoesByWayOfStable) {
  a.addCameraMic();
  b.addCameraMic();
  ok(a.pc->setLocalDescription());
  ok(b.pc->setLocalDescription());
  settle();
  listen(*b.pc);
  ok(b.pc->setRemoteDescription(*a.pc->localDescription()));
  EXPECT_EQ(b.pc->signalingState(), Signaling::kHaveRemoteOffer);
  EXPECT_EQ(said(), "stable new have-remote-offer track track");
  listen(*a.pc);
  EXPECT_FALSE(a.pc->setRemoteDescription({RTCSdpType::kOffer, "no sdp"}).ok());
  EXPECT_EQ(a.pc->signalingState(), Signaling::kStable);
  EXPECT_EQ(said(), "stable needed new");
}

// §5.6.2: one gathering of candidates, its end, the state, and null.
// W3C §4.8.2, §4.3.2, §4.4.1.4.
TEST_F(SessionEvents, AGenerationOfCandidatesHasAnEnd) {
  ok(a.pc->createDataChannel("x").ok() ? Result<void>() : Error(ErrorCode::kIo, ""));
  settle();
  listen(*a.pc);
  std::vector<stack::RTCIceCandidate> told;
  auto before = a.pc->onicecandidate;
  a.pc->onicecandidate = [&](stack::RTCPeerConnectionIceEvent event) {
    if (event.candidate) told.push_back(*event.candidate);
    before(event);
  };
  ok(a.pc->setLocalDescription());
  EXPECT_EQ(said(), "have-local-offer gathering candidate end complete null");
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1].sdpMid, told[0].sdpMid);
  EXPECT_EQ(told[1].usernameFragment, told[0].usernameFragment);
  EXPECT_TRUE(told[1].usernameFragment);
}

// §4.4.2 restartIce, and §5.6.2: "gathering" is seen, and then "complete".
TEST_F(SessionEvents, ARestartGathersAnew) {
  a.addCameraMic();
  connect();
  settle();
  listen(*a.pc);
  a.pc->restartIce();
  EXPECT_EQ(said(), "needed");
  ok(a.pc->setLocalDescription());
  EXPECT_EQ(said(), "have-local-offer gathering candidate end complete null");
}

// An offer that restarts ICE and is never set changes nothing.
// W3C §4.4.2.
TEST_F(SessionEvents, ARestartThatIsOnlyOfferedIsNone) {
  a.addCameraMic();
  connect();
  settle();
  const auto ufrags = [&] { return std::string(a.pc->ufrags()[0]) + "," + std::string(a.pc->ufrags()[1]); };
  const std::string before = ufrags();
  listen(*a.pc);
  const auto offer = a.pc->createOffer({.iceRestart = true}).value();
  EXPECT_EQ(offer.sdp.find("a=ice-ufrag:" + before.substr(0, before.find(','))), std::string::npos);
  settle();
  EXPECT_EQ(said(), "");
  EXPECT_EQ(ufrags(), before);
  ok(a.pc->setLocalDescription(offer));
  said();
  EXPECT_NE(ufrags(), before);
}

// §4.4.2 restartIce: [[LocalIceCredentialsToReplace]] has those of the pending description; the first answer does not
// replace them.
TEST_F(SessionEvents, ARestartBeforeTheFirstAnswerIsNotForgotten) {
  a.addCameraMic();
  ok(a.pc->setLocalDescription());
  settle();
  listen(*a.pc);
  a.pc->onicecandidate = nullptr;
  a.pc->restartIce();
  EXPECT_EQ(said(), "") << "not in the middle of a round";
  const std::string first(a.pc->ufrags()[0]);
  ok(b.pc->setRemoteDescription(*a.pc->localDescription()));
  ok(b.pc->setLocalDescription());
  ok(a.pc->setRemoteDescription(*b.pc->localDescription()));
  EXPECT_EQ(said(), "stable needed");
  signal(a, b);
  settle();
  EXPECT_EQ(said(), "have-local-offer stable gathering complete") << "and now it is done";
  EXPECT_NE(a.pc->localDescription()->sdp.find("a=ice-ufrag:"), std::string::npos);
  EXPECT_EQ(a.pc->localDescription()->sdp.find("a=ice-ufrag:" + first), std::string::npos);
}

// W3C §4.4.2.
TEST_F(SessionEvents, ARestartBeforeAnyDescriptionIsNone) {
  listen(*a.pc);
  a.pc->restartIce();
  settle();
  EXPECT_EQ(said(), "");
}

// §4.7.3: what was rolled back is needed still, and no more than once.
TEST_F(SessionEvents, ARestartThatWasRolledBackIsNeededStill) {
  a.addCameraMic();
  connect();
  settle();
  a.pc->onicecandidate = nullptr;  // of an offer that nobody gets
  a.pc->restartIce();
  ok(a.pc->setLocalDescription());
  settle();
  listen(*a.pc);
  a.pc->onicecandidate = nullptr;
  ok(a.pc->setLocalDescription(rollback()));
  EXPECT_EQ(said(), "stable needed");
  signal(a, b);
  settle();
  EXPECT_EQ(said(), "have-local-offer stable gathering complete") << "it restarts now";
  EXPECT_TRUE(connected(a) && connected(b));
}

// §5.6.2: without a transport the state is "new"; the next offer tells what there is.
TEST_F(SessionEvents, RolledBackToNoTransport) {
  ASSERT_TRUE(a.pc->createDataChannel("x").ok());
  ok(a.pc->setLocalDescription());
  settle();
  EXPECT_EQ(a.pc->iceGatheringState(), Gathering::kComplete);
  listen(*a.pc);
  ok(a.pc->setLocalDescription(rollback()));
  EXPECT_EQ(said(), "stable needed new");
  EXPECT_EQ(a.pc->iceGatheringState(), Gathering::kNew);
  settle();
  ok(a.pc->setLocalDescription());
  EXPECT_EQ(said(), "have-local-offer gathering candidate end complete null");
}

// W3C §4.3.2.
TEST_F(SessionEvents, AllTransportsGone) {
  const auto transceiver = a.pc->addTransceiver(stack::MediaKind::kAudio).value();
  connect();
  settle();
  listen(*a.pc);
  ok(a.pc->setDirection(transceiver, stack::RTCRtpTransceiverDirection::kStopped));
  signal(a, b);
  settle();
  EXPECT_EQ(a.pc->iceGatheringState(), Gathering::kNew);
}

// W3C §4.3.2.
TEST_F(SessionEvents, AnOfferWithoutSectionsGathersNothing) {
  listen(*a.pc);
  ok(a.pc->setLocalDescription(a.pc->createOffer().value()));
  settle();
  EXPECT_EQ(said(), "have-local-offer");
  EXPECT_EQ(a.pc->iceGatheringState(), Gathering::kNew);
}

// §5.6.3: one task changes both states, then fires both events.
// W3C §4.4.1.3, §4.3.3.
TEST_F(SessionEvents, BothConnectionStatesChangeBeforeEitherEvent) {
  a.addCameraMic();
  std::vector<std::string> read;
  a.pc->oniceconnectionstatechange = [&] {
    read.push_back(std::string(toString(a.pc->iceConnectionState())) + "/" +
                   std::string(toString(a.pc->connectionState())));
  };
  connect();
  ASSERT_GE(read.size(), 2u);
  EXPECT_EQ(read[0], "checking/connecting");
  EXPECT_EQ(read[1], "connected/connecting") << "DTLS has yet to come";
}

// §4.4.1.6: what was added shows in remoteDescription.
TEST_F(SessionEvents, AddedCandidatesAreDescribed) {
  a.addCameraMic();
  ok(a.pc->setLocalDescription());
  const auto offer = *a.pc->localDescription();
  ok(b.pc->setRemoteDescription(offer));
  EXPECT_EQ(b.pc->remoteDescription()->sdp, offer.sdp);
  const std::string line = "candidate:1 1 udp 2122260223 203.0.113.9 5000 typ host";
  ok(b.pc->addIceCandidate({line, "1", {}, {}}));
  const std::string with = b.pc->remoteDescription()->sdp;
  EXPECT_EQ(with, offer.sdp + "a=" + line + "\r\n");
  ok(b.pc->addIceCandidate({"", "0", {}, {}}));
  EXPECT_EQ(b.pc->remoteDescription()->sdp.find("a=end-of-candidates"), with.find("m=video"));
  EXPECT_FALSE(b.pc->addIceCandidate({line, "1", {}, "another"}).ok());
  ok(b.pc->addIceCandidate({"", {}, {}, {}}));
  const std::string ended = b.pc->remoteDescription()->sdp;
  EXPECT_TRUE(ended.ends_with("a=end-of-candidates\r\n"));
  // It is a description like others.
  Peer c(world, world.addHost("c", "203.0.113.3"));
  ok(c.pc->setRemoteDescription({RTCSdpType::kOffer, ended}));
  EXPECT_TRUE(c.pc->descriptionNotes().empty());
}

// §4.4.2 setLocalDescription: without an SDP it is the last created one, or a new one.
TEST_F(SessionEvents, AnEmptySdpIsTheLastCreated) {
  a.addCameraMic();
  const auto offer = a.pc->createOffer().value();
  ok(a.pc->setLocalDescription(stack::RTCSessionDescription{RTCSdpType::kOffer, ""}));
  EXPECT_EQ(a.pc->localDescription()->sdp, offer.sdp);
  ok(a.pc->setLocalDescription(rollback()));
  ok(a.pc->setLocalDescription());
  EXPECT_EQ(a.pc->localDescription()->sdp, offer.sdp) << "after a rollback, too";
  ok(b.pc->setRemoteDescription(offer));
  for (const RTCSdpType type : {RTCSdpType::kPranswer, RTCSdpType::kAnswer}) {
    const auto answer = b.pc->createAnswer().value();
    ok(b.pc->setLocalDescription(stack::RTCSessionDescription{type, ""}));
    EXPECT_EQ(b.pc->localDescription()->sdp, answer.sdp);
  }
  ok(a.pc->setRemoteDescription(*b.pc->localDescription()));
  settle();
  // What it would say has changed since: a new one.
  const auto early = a.pc->createOffer().value();
  ASSERT_TRUE(a.pc->createDataChannel("x").ok());
  ok(a.pc->setLocalDescription());
  EXPECT_NE(a.pc->localDescription()->sdp.find("m=application"), std::string::npos);
  EXPECT_EQ(early.sdp.find("m=application"), std::string::npos);
}

// §4.4.2: an offer that restarts ICE is still what there is to say; restartIce() after createOffer() is not in it.
TEST_F(SessionEvents, AnEmptySdpKeepsARestart) {
  a.addCameraMic();
  connect();
  const auto offer = a.pc->createOffer({.iceRestart = true}).value();
  ok(a.pc->setLocalDescription());
  EXPECT_EQ(a.pc->localDescription()->sdp.substr(0, offer.sdp.find("a=candidate")),
            offer.sdp.substr(0, offer.sdp.find("a=candidate")));
  ok(a.pc->setLocalDescription(rollback()));
  signal(a, b);
  settle();
  const auto plain = a.pc->createOffer().value();
  const std::string ufrag(a.pc->ufrags()[0]);
  EXPECT_NE(plain.sdp.find(ufrag), std::string::npos);
  a.pc->restartIce();
  ok(a.pc->setLocalDescription());
  EXPECT_EQ(a.pc->localDescription()->sdp.find(ufrag), std::string::npos);
}

// §4.4.2: a created offer outlives a rollback of the peer's, and an answer that was created between.
TEST_F(SessionEvents, ACreatedOfferOutlivesARollback) {
  a.addCameraMic();
  b.addCameraMic();
  const auto mine = a.pc->createOffer().value();
  const auto theirs = b.pc->createOffer().value();
  ok(a.pc->setRemoteDescription(theirs));
  ASSERT_TRUE(a.pc->createAnswer().ok());
  ok(a.pc->setRemoteDescription(rollback()));
  ok(a.pc->setLocalDescription(mine));
  ok(b.pc->setRemoteDescription(mine));
  ok(b.pc->setLocalDescription());
  ok(a.pc->setRemoteDescription(*b.pc->localDescription()));
  trickle(a, b);
  trickle(b, a);
  EXPECT_EQ(a.pc->getTransceivers().size(), 2u);
  for (const auto& transceiver : a.pc->getTransceivers())
    EXPECT_EQ(transceiver->currentDirection(), stack::RTCRtpTransceiverDirection::kSendrecv);
}

// §4.4.1.5: the state is looked at first.
TEST_F(SessionEvents, AnswersInTheWrongState) {
  a.addCameraMic();
  const auto refused = [&](RTCSdpType type, const char* sdp) {
    const auto result = a.pc->setLocalDescription(stack::RTCSessionDescription{type, sdp});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidStateError);
  };
  for (const bool offered : {false, true}) {
    if (offered) ok(a.pc->setLocalDescription());
    for (const char* sdp : {"", "v=0"}) {
      refused(RTCSdpType::kAnswer, sdp);
      refused(RTCSdpType::kPranswer, sdp);
    }
  }
}

}  // namespace
}  // namespace tincan::inline v0::sim
