// What random walks over the API have found (fuzz/stack_api_walk.h), each as short as it can be.
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/stack_api_walk_world.h"

namespace tincan::inline v0::stack {
namespace {

class WalkFindings : public ::testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(world_.failure(), ""); }

  PeerConnection& pc(size_t i) { return world_.pc(i); }
  static RTCSessionDescription withoutBundle(RTCSessionDescription said) {
    const size_t at = said.sdp.find("a=group:BUNDLE");
    if (at != std::string::npos) said.sdp.erase(at, said.sdp.find("\r\n", at) + 2 - at);
    return said;
  }
  void round(size_t from, bool bundles = true) {
    const auto seen = [&](size_t i) {
      return bundles ? *pc(i).localDescription() : withoutBundle(*pc(i).localDescription());
    };
    ASSERT_TRUE(pc(from).setLocalDescription().ok());
    ASSERT_TRUE(pc(1 - from).setRemoteDescription(seen(from)).ok());
    ASSERT_TRUE(pc(1 - from).setLocalDescription().ok());
    ASSERT_TRUE(pc(from).setRemoteDescription(seen(1 - from)).ok());
    world_.drain();
  }
  static std::vector<RTCRtpCodec> only(std::string_view mimeType) {
    auto codecs = RtpReceiver::getCapabilities(MediaKind::kAudio).codecs;
    std::erase_if(codecs, [&](const RTCRtpCodec& codec) { return codec.mimeType != mimeType; });
    return codecs;
  }
  bool connected() {
    for (size_t i = 0; i < 2; ++i)
      if (pc(i).connectionState() != RTCPeerConnectionState::kConnected) return false;
    return true;
  }

  // As WalkWorld draws it: bundled, and both "balanced".
  explicit WalkFindings(uint8_t kind = 1) : world_(random_, [kind] { return kind; }) {}

  SeededRandom random_{11};
  fuzz::WalkWorld world_;
};

class WalkFindingsMaxBundleAndMaxCompat : public WalkFindings {
 protected:
  WalkFindingsMaxBundleAndMaxCompat() : WalkFindings(21) {}
};

// A section in a recycled place before another one waited on that one's transport, and took it away when the far end did
// not bundle: each side had its own section on the association that stood, and the other one never got any.
TEST_F(WalkFindings, ARecycledPlaceTakesNoTransportThatIsInForce) {
  const auto first = pc(0).addTransceiver(MediaKind::kAudio).value();
  const auto second = pc(0).addTransceiver(MediaKind::kVideo).value();
  round(0, false);
  world_.advance(2'000);
  ASSERT_TRUE(connected());
  const auto stands = second->sender()->transport();
  ASSERT_TRUE(first->stop().ok());
  round(0, false);
  world_.advance(2'000);
  const auto third = pc(0).addTransceiver(MediaKind::kAudio).value();
  round(0, false);
  EXPECT_EQ(second->sender()->transport(), stands);
  EXPECT_NE(third->sender()->transport(), stands);
  world_.advance(5'000);
  EXPECT_TRUE(connected());
}

// An answer of ours that rejects a section takes its track from the streams that the offer told.
TEST_F(WalkFindings, ARejectedTrackLeavesItsStreams) {
  std::shared_ptr<media::MediaStream> heard;
  pc(1).ontrack = [&](const RTCTrackEvent& event) { heard = event.streams.at(0); };
  const auto stream = media::MediaStream::create(random_);
  const auto offered = pc(0).addTransceiver(MediaKind::kAudio, {.streams = {stream}}).value();
  ASSERT_TRUE(offered->setCodecPreferences(only("audio/PCMU")).ok());
  ASSERT_TRUE(pc(0).setLocalDescription().ok());
  ASSERT_TRUE(pc(1).setRemoteDescription(*pc(0).localDescription()).ok());
  world_.drain();
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->getTracks().size(), 1u);
  int removed = 0;
  heard->onremovetrack = [&](const auto&) { ++removed; };
  ASSERT_TRUE(pc(1).getTransceivers().at(0)->setCodecPreferences(only("audio/opus")).ok());
  ASSERT_TRUE(pc(1).setLocalDescription().ok());
  world_.drain();
  EXPECT_TRUE(heard->getTracks().empty());
  EXPECT_EQ(removed, 1);
  heard->onremovetrack = {};
  pc(1).ontrack = {};
}

// A restart that was rolled back leaves the credentials that the far end knows.
TEST_F(WalkFindings, IceParametersAreThoseThatADescriptionTells) {
  const auto transceiver = pc(0).addTransceiver(MediaKind::kAudio).value();
  round(0);
  world_.advance(2'000);
  const auto ice = transceiver->sender()->transport()->iceTransport();
  const auto before = ice->getLocalParameters();
  pc(0).restartIce();
  ASSERT_TRUE(pc(0).setLocalDescription().ok());
  world_.drain();
  EXPECT_FALSE(*ice->getLocalParameters() == *before);
  ASSERT_TRUE(pc(0).setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  world_.drain();
  EXPECT_TRUE(*ice->getLocalParameters() == *before);
}

// An exchange with a provisional answer is rolled back, and the next offer restarts ICE: the answerer took that for another
// peer, because an offer that leaves the DTLS role open is read as one that takes it, and closed its channels alone.
TEST_F(WalkFindings, AnOfferAfterARollbackIsNoOtherPeers) {
  world_.keep(1, pc(1).createDataChannel("x").value());
  round(1);
  world_.advance(2'000);
  ASSERT_EQ(world_[0].channels.size(), 1u);
  const RTCSessionDescription rollback{RTCSdpType::kRollback, ""};
  pc(1).restartIce();
  ASSERT_TRUE(pc(1).setLocalDescription().ok());
  ASSERT_TRUE(pc(1).setLocalDescription(rollback).ok());
  ASSERT_TRUE(pc(0).setLocalDescription().ok());
  ASSERT_TRUE(pc(1).setRemoteDescription(*pc(0).localDescription()).ok());
  ASSERT_TRUE(pc(1).setLocalDescription(RTCSessionDescription{RTCSdpType::kPranswer, ""}).ok());
  ASSERT_TRUE(pc(0).setRemoteDescription(*pc(1).localDescription()).ok());
  world_.drain();
  for (size_t i = 0; i < 2; ++i) ASSERT_TRUE(pc(i).setLocalDescription(rollback).ok());
  world_.drain();
  pc(0).restartIce();
  round(0);
  world_.advance(10'000);
  for (size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(world_[i].channels.at(0)->channel->readyState(), RTCDataChannelState::kOpen) << i;
    ASSERT_TRUE(world_[i].channels[0]->channel->send(std::string_view("still")).ok());
  }
  world_.advance(1'000);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(world_[i].channels[0]->heard, std::vector<std::string>{"still"}) << i;
}

// While ICE restarts two generations have pairs of the same addresses: each has an id of its own.
TEST_F(WalkFindings, StatisticsOfTwoGenerationsHaveTheirIds) {
  ASSERT_TRUE(pc(0).addTransceiver(MediaKind::kAudio).ok());
  round(0);
  world_.advance(2'000);
  for (int i = 0; i < 2; ++i) {
    pc(0).restartIce();
    round(0);
    for (int step = 0; step < 50; ++step) {
      std::set<std::string> ids;
      pc(0).getStats().forEach([&](const auto& stats) {
        EXPECT_TRUE(ids.insert(std::string(stats.id)).second) << stats.id << " after " << step;
      });
      world_.advance(2);
    }
  }
}

// An offer in place of ours takes ours back, and what that frees was only freed when the new offer was there: its data
// section, rejected so far (bundle-only, and nothing bundled), closed this side's channel alone.
TEST_F(WalkFindings, AnOfferInPlaceOfOursClosesNoChannel) {
  ASSERT_TRUE(pc(1).addTransceiver(MediaKind::kVideo).ok());
  round(1);
  ASSERT_TRUE(pc(1).getTransceivers().at(0)->stop().ok());
  ASSERT_TRUE(pc(1).setLocalDescription().ok());
  RTCDataChannelInit init;
  init.negotiated = true;
  init.id = 200;
  for (size_t i = 0; i < 2; ++i) world_.keep(i, pc(i).createDataChannel("pair", init).value());
  ASSERT_TRUE(pc(0).setLocalDescription().ok());
  RTCSessionDescription offer = *pc(0).localDescription();
  const size_t at = offer.sdp.find("m=application 9");
  ASSERT_NE(at, std::string::npos);
  offer.sdp.replace(at, 15, "m=application 0");
  ASSERT_TRUE(pc(1).setRemoteDescription(offer).ok());
  world_.drain();
  for (size_t i = 0; i < 2; ++i)
    ASSERT_TRUE(pc(i).setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  round(0);
  world_.advance(3'000);
  for (size_t i = 0; i < 2; ++i)
    EXPECT_EQ(world_[i].channels.at(0)->channel->readyState(), RTCDataChannelState::kOpen) << i;
}

// What waits to be opened outlives a DTLS association in its place, whichever role is ours there: nobody has heard of it.
// Closed on the side alone whose role changed, a channel stayed open on the other.
TEST_F(WalkFindingsMaxBundleAndMaxCompat, ChannelsThatWaitOutliveAChangeOfRole) {
  ASSERT_TRUE(
      pc(1)
          .addTransceiver(MediaKind::kVideo, {.direction = RTCRtpTransceiverDirection::kRecvonly, .streams = {}})
          .ok());
  round(1);
  world_.advance(343);
  RTCDataChannelInit init;
  init.negotiated = true;
  init.id = 200;
  for (size_t i = 0; i < 2; ++i) {
    world_.keep(i, pc(i).createDataChannel("pair", init).value());
    world_.keep(i, pc(i).createDataChannel("told").value());
  }
  ASSERT_TRUE(pc(0).getTransceivers().at(0)->stop().ok());
  ASSERT_TRUE(pc(1).addTransceiver(MediaKind::kAudio).ok());
  round(0);
  round(1);
  world_.advance(5'000);
  for (size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(world_[i].channels.size(), 3u);
    for (const auto& each : world_[i].channels) {
      EXPECT_EQ(each->channel->readyState(), RTCDataChannelState::kOpen) << i << each->channel->label();
      ASSERT_TRUE(each->channel->send(std::string_view("heard")).ok());
    }
  }
  world_.advance(500);
  for (size_t i = 0; i < 2; ++i)
    for (const auto& each : world_[i].channels) EXPECT_EQ(each->heard, std::vector<std::string>{"heard"}) << i;
}

// An answer that told the role of the association to come a second time, with credentials that a rolled back offer had told
// first, was taken for another peer's, because it was held against the association in force: its channels closed on one side.
// RFC 8842 §5.3.
TEST_F(WalkFindings, AnAnswerThatTellsTheRoleToComeOnceMoreIsNoOtherPeers) {
  ASSERT_TRUE(pc(0).addTransceiver(MediaKind::kAudio).ok());
  round(0);
  world_.advance(461);
  ASSERT_TRUE(connected());
  ASSERT_TRUE(pc(1).getTransceivers().at(0)->stop().ok());
  RTCDataChannelInit init;
  init.negotiated = true;
  init.id = 201;
  for (size_t i = 0; i < 2; ++i) world_.keep(i, pc(i).createDataChannel("pair", init).value());
  round(1);
  pc(0).restartIce();
  ASSERT_TRUE(pc(0).setLocalDescription().ok());
  world_.drain();
  ASSERT_TRUE(pc(0).setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  world_.drain();
  round(1);
  world_.advance(8'000);
  EXPECT_TRUE(connected());
  for (size_t i = 0; i < 2; ++i) {
    ASSERT_EQ(world_[i].channels.at(0)->channel->readyState(), RTCDataChannelState::kOpen) << i;
    ASSERT_TRUE(world_[i].channels[0]->channel->send(std::string_view("still")).ok());
  }
  world_.advance(500);
  for (size_t i = 0; i < 2; ++i) EXPECT_EQ(world_[i].channels[0]->heard, std::vector<std::string>{"still"}) << i;
}

// A data section that was rejected once closed every later channel with the next description, a rollback too, and nobody was
// told that those need a round (webrtc-pc §4.7.3).
TEST_F(WalkFindings, DataThatWasRejectedOnceMayBeAskedForAgain) {
  world_.keep(1, pc(1).createDataChannel("refused").value());
  ASSERT_TRUE(pc(1).addTransceiver(MediaKind::kAudio).ok());
  ASSERT_TRUE(pc(1).setLocalDescription().ok());
  RTCSessionDescription offer = *pc(1).localDescription();
  const size_t at = offer.sdp.find("m=application 9");
  ASSERT_NE(at, std::string::npos);
  offer.sdp.replace(at, 15, "m=application 0");
  ASSERT_TRUE(pc(0).setRemoteDescription(offer).ok());
  ASSERT_TRUE(pc(0).setLocalDescription().ok());
  ASSERT_TRUE(pc(1).setRemoteDescription(*pc(0).localDescription()).ok());
  world_.drain();
  EXPECT_EQ(world_[1].channels.at(0)->channel->readyState(), RTCDataChannelState::kClosed);
  int told = 0;
  pc(1).onnegotiationneeded = [&] { ++told; };
  const auto again = pc(1).createDataChannel("again").value();
  world_.drain();
  EXPECT_EQ(told, 1);
  ASSERT_TRUE(pc(1).setLocalDescription().ok());
  ASSERT_TRUE(pc(1).setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  world_.drain();
  EXPECT_EQ(again->readyState(), RTCDataChannelState::kConnecting);
  round(0);
  EXPECT_EQ(again->readyState(), RTCDataChannelState::kConnecting) << "a round without data";
  round(1);
  world_.advance(2'000);
  EXPECT_EQ(again->readyState(), RTCDataChannelState::kOpen);
  pc(1).onnegotiationneeded = {};
}

// The candidates of an offer that is taken back stayed in the agent: the first pair went to a socket that was closed by then,
// and those of the offer after it, of the same foundation, waited for its end.
// RFC 9429 §5.7.
TEST_F(WalkFindings, CandidatesOfAnOfferThatWasTakenBackAreForgotten) {
  world_.keep(1, pc(1).createDataChannel("x").value());
  for (const bool replaced : {false, true}) {
    ASSERT_TRUE(pc(1).setLocalDescription().ok());
    ASSERT_TRUE(pc(0).setRemoteDescription(*pc(1).localDescription()).ok());
    const char* closed = "candidate:1 1 udp 2130706431 192.0.2.2 9999 typ host";
    ASSERT_TRUE(pc(0).addIceCandidate({closed, "0", 0, {}}).ok());
    world_.drain();
    if (replaced) continue;
    for (size_t i = 0; i < 2; ++i)
      ASSERT_TRUE(pc(i).setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
    world_.drain();
  }
  round(1);
  world_.advance(1'000);
  EXPECT_TRUE(connected());
  for (const std::string& line : pc(0).connectivityReport()) EXPECT_EQ(line.find(":9999"), std::string::npos) << line;
}

// Simulcast that is on hold for a while comes back as it was agreed on: one side forgot the encodings, and the other went on
// expecting all of them, under other tracks.
TEST_F(WalkFindings, SimulcastComesBackFromHold) {
  RTCRtpTransceiverInit init;
  for (const char* rid : {"q", "h", "f"}) init.sendEncodings.emplace_back().rid = rid;
  const auto ours = pc(0).addTransceiver(MediaKind::kVideo, init).value();
  round(0);
  const auto theirs = pc(1).getTransceivers().at(0);
  const auto tracks = [&] {
    std::vector<const void*> out;
    for (const auto& layer : theirs->receiver()->layers()) out.push_back(layer.track.get());
    return out;
  };
  const auto before = tracks();
  ASSERT_EQ(before.size(), 3u);
  for (const size_t offerer : {0, 1}) {
    for (const auto direction : {RTCRtpTransceiverDirection::kSendonly, RTCRtpTransceiverDirection::kSendrecv}) {
      ASSERT_TRUE(theirs->setDirection(direction).ok());
      round(offerer);
    }
    EXPECT_EQ(ours->sender()->getParameters().encodings.size(), 3u) << "offered by " << offerer;
    EXPECT_EQ(tracks(), before) << "offered by " << offerer;
  }
}

// What restartIce() wants replaced is in no description any more once its sections are gone: no round is needed, and none
// would have ended that need (webrtc-pc §4.4.1.5).
TEST_F(WalkFindings, ARestartOfWhatIsGoneEndsWithTheRound) {
  ASSERT_TRUE(pc(1).addTransceiver(MediaKind::kVideo).ok());
  ASSERT_TRUE(pc(1).setLocalDescription().ok());
  pc(1).restartIce();
  ASSERT_TRUE(pc(1).getTransceivers().at(0)->stop().ok());
  ASSERT_TRUE(pc(1).setLocalDescription(RTCSessionDescription{RTCSdpType::kRollback, ""}).ok());
  world_.drain();
  round(1);
  EXPECT_FALSE(pc(1).negotiationNeeded());
}

// Without channels no data section is needed, and the next channel asks for one anew (webrtc-pc §4.7.3): a side that went on
// thinking that a round is due told nobody.
TEST_F(WalkFindings, TheFirstChannelAfterTheLastAsksForARound) {
  int told = 0;
  pc(0).onnegotiationneeded = [&] { ++told; };
  for (int i = 1; i <= 3; ++i) {
    const auto channel = pc(0).createDataChannel("x").value();
    world_.drain();
    EXPECT_EQ(told, i);
    ASSERT_TRUE(channel->close().ok());
    world_.drain();
    EXPECT_EQ(channel->readyState(), RTCDataChannelState::kClosed);
    EXPECT_FALSE(pc(0).negotiationNeeded());
  }
  pc(0).onnegotiationneeded = {};
}

}  // namespace
}  // namespace tincan::inline v0::stack
