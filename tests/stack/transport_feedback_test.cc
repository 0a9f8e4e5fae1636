// Our descriptions ask for transport-wide feedback in all sections: numbers on sound alone, beside pictures without,
// would have the peer take the rate of the sound for that of the line.
#include <algorithm>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "stack/peer_connection.h"

namespace tincan::inline v0::stack {
namespace {

using Way = RTCRtpTransceiverDirection;

class TransportFeedback : public ::testing::Test {
 protected:
  TransportFeedback() {
    for (auto& pc : {&ours_, &peer_}) *pc = PeerConnection::create({}, {random_, pool_, 1'700'000'000'000'000}).value();
  }
  void add(PeerConnection& pc, Way audio, Way video) {
    ASSERT_TRUE(pc.addTransceiver(MediaKind::kAudio, {audio, {}}).ok());
    ASSERT_TRUE(pc.addTransceiver(MediaKind::kVideo, {video, {}}).ok());
  }
  /// What a browser offers: both ways, feedback asked for in all sections.
  RTCSessionDescription browserOffer() {
    add(*peer_, Way::kRecvonly, Way::kRecvonly);
    RTCSessionDescription offer = peer_->createOffer().value();
    for (size_t at; (at = offer.sdp.find("a=recvonly")) != std::string::npos;) offer.sdp.replace(at, 10, "a=sendrecv");
    return offer;
  }

  SeededRandom random_{7};
  PacketPool pool_;
  std::unique_ptr<PeerConnection> ours_, peer_;
};

/// For each section in order: '-' asks for nothing, 'A' asks by feedback and by extension, 'x' by one of them alone.
std::string asks(const RTCSessionDescription& description) {
  const auto session = sdp::parse(description.sdp).value();
  std::string out;
  for (const sdp::Media& media : session.media) {
    const bool feedback = std::any_of(media.rtcpFbs.begin(), media.rtcpFbs.end(),
                                      [](const sdp::RtcpFeedback& each) { return each.value == "transport-cc"; });
    const bool extension = std::any_of(media.extmaps.begin(), media.extmaps.end(), [](const sdp::ExtMap& each) {
      return each.uri.find("transport-wide-cc") != std::string::npos;
    });
    out += feedback && extension ? 'A' : feedback || extension ? 'x' : '-';
  }
  return out;
}

bool saysRemb(const RTCSessionDescription& description) {
  return description.sdp.find("a=rtcp-fb:96 goog-remb\r\n") != std::string::npos;
}

struct Case {
  Way audio, video;
  const char* asked;
};

class TransportFeedbackIn : public TransportFeedback, public ::testing::WithParamInterface<Case> {};

TEST_P(TransportFeedbackIn, AnOfferOfOurs) {
  add(*ours_, GetParam().audio, GetParam().video);
  const auto offer = ours_->createOffer().value();
  EXPECT_EQ(asks(offer), GetParam().asked) << offer.sdp;
  EXPECT_TRUE(saysRemb(offer)) << "REMB is always welcome";
}

TEST_P(TransportFeedbackIn, AnAnswerOfOurs) {
  const auto offer = browserOffer();
  ASSERT_EQ(asks(offer), "AA");
  ASSERT_TRUE(ours_->setRemoteDescription(offer).ok());
  const auto made = ours_->getTransceivers();
  ASSERT_TRUE(ours_->setDirection(made.at(0), GetParam().audio).ok());
  ASSERT_TRUE(ours_->setDirection(made.at(1), GetParam().video).ok());
  const auto answer = ours_->createAnswer().value();
  EXPECT_EQ(asks(answer), GetParam().asked) << answer.sdp;
  EXPECT_TRUE(saysRemb(answer));
}

INSTANTIATE_TEST_SUITE_P(
    Directions, TransportFeedbackIn,
    ::testing::Values(Case{Way::kSendrecv, Way::kSendrecv, "AA"}, Case{Way::kSendrecv, Way::kSendonly, "AA"},
                      Case{Way::kSendrecv, Way::kRecvonly, "AA"}, Case{Way::kRecvonly, Way::kRecvonly, "AA"},
                      Case{Way::kRecvonly, Way::kSendrecv, "AA"}, Case{Way::kSendonly, Way::kInactive, "AA"}));

}  // namespace
}  // namespace tincan::inline v0::stack
