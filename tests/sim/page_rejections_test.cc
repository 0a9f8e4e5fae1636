#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/sim/page_call.h"

// A page rejects (port 0) the first section of a call: in a BUNDLE the one that has the transport of all others (RFC 9143
// §7.3.3, §7.5.1). Those go on, and the place of the one that ended is used again.
namespace tincan::inline v0::sim {
namespace {

using stack::MediaKind;
using stack::RTCBundlePolicy;

enum class Where { kFirstOffer, kFirstAnswer, kLaterOffer, kLaterAnswer };

struct Rejection {
  Where where;
  RTCBundlePolicy policy;
  bool bundles;  // whether the two hear of each other's groups
};

/// Sound, pictures and data, in this order, both ways.
struct Talk : Changed {
  explicit Talk(const Rejection& row) : Changed(520, with(row.policy)), bundles(row.bundles) {
    a.addCameraMic();
    b.addCameraMic();
    channel = a.pc->createDataChannel("x").value();
    channel->onmessage = [this](stack::MessageEvent) { ++echoes; };
  }
  static stack::RTCConfiguration with(RTCBundlePolicy policy) {
    stack::RTCConfiguration out;
    out.bundlePolicy = policy;
    return out;
  }
  stack::RTCSessionDescription saidBy(const Peer& peer) const {
    auto out = *peer.pc->localDescription();
    if (!bundles) out.sdp = drop("a=group:BUNDLE[^\r]*")(out.sdp);
    return out;
  }
  /// a offers; `offer` and `answer` are what the pages make of theirs.
  void round(const Rewrite& offer = {}, const Rewrite& answer = {}) {
    ASSERT_EQ(set(a, true, offer), "");
    take(b, a);
    ASSERT_EQ(set(b, false, answer), "");
    take(a, b);
  }
  void take(Peer& to, const Peer& from) {
    const auto taken = to.pc->setRemoteDescription(saidBy(from));
    ASSERT_TRUE(taken.ok()) << taken.error().message();
  }
  /// What comes within two seconds, each way.
  void expectFlow(bool sound, const char* when) {
    uint64_t sounds[2], pictures[2], before = echoes;
    for (Peer* peer : {&a, &b}) {
      sounds[peer == &b] = peer->loudSounds;
      pictures[peer == &b] = peer->pictures;
    }
    if (channel->readyState() == stack::RTCDataChannelState::kConnecting) world.runFor(Duration::seconds(1));
    EXPECT_TRUE(channel->send("hello").ok()) << when;
    world.runFor(Duration::seconds(2));
    EXPECT_EQ(echoes, before + 1) << when;
    for (Peer* peer : {&a, &b}) {
      const auto& of = states[peer == &b];
      EXPECT_TRUE(connected(*peer)) << when << notes(*peer);
      EXPECT_EQ(peer->pc->iceGatheringState(), stack::RTCIceGatheringState::kComplete) << when;
      EXPECT_EQ(std::count(of.begin(), of.end(), stack::RTCPeerConnectionState::kFailed), 0) << when;
      EXPECT_GE(peer->pictures, pictures[peer == &b] + 30) << when;
      if (sound) {
        EXPECT_GE(peer->loudSounds, sounds[peer == &b] + 60) << when;
      } else {
        EXPECT_LE(peer->loudSounds, sounds[peer == &b] + 5) << when << "what was being played";
      }
    }
  }
  /// Sound that ended comes back: in the place that it left, and under another mid.
  void bringSoundBack() {
    for (Peer* peer : {&a, &b}) {
      const auto all = peer->pc->getTransceivers();
      const bool has = std::any_of(all.begin(), all.end(), [](const auto& each) {
        return each->kind() == MediaKind::kAudio && each->direction() != stack::RTCRtpTransceiverDirection::kStopped;
      });
      if (has) continue;
      for (const auto& track : peer->stream->getTracks())
        if (track->kind() == "audio") {
          EXPECT_TRUE(peer->pc->addTrack(track, peer->stream).ok());
        }
    }
  }
  static size_t sections(const std::string& sdp) {
    size_t out = 0;
    for (size_t at = sdp.find("\r\nm="); at != std::string::npos; at = sdp.find("\r\nm=", at + 1)) ++out;
    return out;
  }

  bool bundles;
  std::shared_ptr<stack::DataChannel> channel;
  uint64_t echoes = 0;
};

class PageRejections : public ::testing::TestWithParam<Rejection> {};

// RFC 9143 §7.3.3; RFC 9429 §5.3.1.
TEST_P(PageRejections, TheFirstSectionEndsAlone) {
  const Where where = GetParam().where;
  const bool later = where == Where::kLaterOffer || where == Where::kLaterAnswer;
  const bool offers = where == Where::kFirstOffer || where == Where::kLaterOffer;
  Talk talk(GetParam());
  const auto camera = talk.a.pc->getTransceivers().at(1);
  const auto microphone = talk.a.pc->getTransceivers().at(0), farOne = talk.b.pc->getTransceivers().at(0);
  ASSERT_EQ(microphone->kind(), MediaKind::kAudio);
  if (later) {
    talk.round();
    talk.expectFlow(true, "before");
  }
  const auto reject = replace("m=audio 9 ", "m=audio 0 ");
  talk.round(offers ? reject : Rewrite(), offers ? Rewrite() : reject);
  EXPECT_NE(talk.b.pc->localDescription()->sdp.find("m=audio 0 "), std::string::npos) << "the answer says so";
  EXPECT_EQ(microphone->direction(), stack::RTCRtpTransceiverDirection::kStopped);
  // What was never offered otherwise has no transceiver at the far end: b's microphone waits for a place.
  EXPECT_EQ(farOne->direction() == stack::RTCRtpTransceiverDirection::kStopped, where != Where::kFirstOffer);
  EXPECT_EQ(camera->currentDirection(), stack::RTCRtpTransceiverDirection::kSendrecv);
  talk.expectFlow(false, "without sound");

  talk.bringSoundBack();
  talk.round();
  const std::string sdp = talk.a.pc->localDescription()->sdp;
  EXPECT_EQ(Talk::sections(sdp), 3u) << "in its place";
  EXPECT_LT(sdp.find("m=audio "), sdp.find("m=video"));
  EXPECT_EQ(sdp.find("m=audio 0 "), std::string::npos);
  EXPECT_EQ(sdp.find("a=mid:0\r\n"), std::string::npos) << "under another mid";
  talk.expectFlow(true, "with sound again");
}

std::vector<Rejection> allRejections() {
  std::vector<Rejection> out;
  for (const Where where : {Where::kFirstOffer, Where::kFirstAnswer, Where::kLaterOffer, Where::kLaterAnswer}) {
    for (const auto policy : {RTCBundlePolicy::kBalanced, RTCBundlePolicy::kMaxCompat, RTCBundlePolicy::kMaxBundle})
      out.push_back({where, policy, true});
    for (const auto policy : {RTCBundlePolicy::kBalanced, RTCBundlePolicy::kMaxCompat})
      out.push_back({where, policy, false});
  }
  return out;
}

std::string nameOfRejection(const ::testing::TestParamInfo<Rejection>& each) {
  constexpr const char* kWhere[] = {"FirstOffer", "FirstAnswer", "LaterOffer", "LaterAnswer"};
  const auto policy = replace("-", "")(std::string(toString(each.param.policy)));
  return kWhere[static_cast<size_t>(each.param.where)] + ("_" + policy) + (each.param.bundles ? "_bundled" : "_apart");
}

INSTANTIATE_TEST_SUITE_P(Each, PageRejections, ::testing::ValuesIn(allRejections()), nameOfRejection);

}  // namespace
}  // namespace tincan::inline v0::sim
