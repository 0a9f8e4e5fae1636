#include "tests/sim/page_call.h"

// A page that changes what createOffer() or createAnswer() made before it sets it, as programs have done since there is
// WebRTC. W3C §4.4.1.5 forbids it; every browser takes it.
namespace tincan::inline v0::sim {
namespace {

using stack::RTCSdpType;
using stack::RTCSessionDescription;

class PageChanges : public ::testing::TestWithParam<Form> {};

TEST_P(PageChanges, TheCallComesUp) {
  Changed two(500);
  two.a.addCameraMic();
  const auto channel = two.a.pc->createDataChannel("x").value();
  ASSERT_EQ(two.exchangeWith(GetParam().offer, GetParam().answer), "");
  two.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(two.a)) << two.notes(two.a);
  EXPECT_TRUE(connected(two.b)) << two.notes(two.b);
  EXPECT_GE(two.b.loudSounds, 50u);
  if (GetParam().pictures) {
    EXPECT_GE(two.b.pictures, 20u);
  }
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  EXPECT_NE(two.a.pc->localDescription()->sdp.find("a=candidate:"), std::string::npos)
      << "candidates join what was set";
}

const Rewrite kNothing;
// libp2p's WebRTC Direct: both are what the far end knows without signalling.
Rewrite asLibp2p(const std::string& who) {
  return replace("a=ice-(ufrag|pwd):[^\r]*", "a=ice-$1:libp2p+webrtc+v1/" + who);
}
// What pages are known to do: with Opus, with bit rates, with what they do not want of codecs, extensions and feedback.
INSTANTIATE_TEST_SUITE_P(
    Field, PageChanges,
    ::testing::Values(
        Form{"opus_stereo", replace("useinbandfec=1", "useinbandfec=1;stereo=1;sprop-stereo=1"), kNothing, true},
        Form{"opus_stereo_in_the_answer", kNothing, replace("useinbandfec=1", "useinbandfec=1;stereo=1"), true},
        Form{"opus_rate_and_dtx", replace("useinbandfec=1", "useinbandfec=1;maxaveragebitrate=20000;usedtx=0"),
             replace("useinbandfec=1", "maxaveragebitrate=20000"), true},
        Form{"bandwidth", replace("(m=video[^\r]*\r\nc=[^\r]*\r\n)", "$1b=AS:500\r\n"),
             replace("(m=video[^\r]*\r\nc=[^\r]*\r\n)", "$1b=TIAS:400000\r\n"), true},
        Form{"google_bitrates", replace("(a=rtpmap:96 VP8/90000\r\n)", "$1a=fmtp:96 x-google-start-bitrate=800\r\n"),
             kNothing, true},
        Form{"unknown_lines", replace("(a=mid:[^\r]*\r\n)", "$1a=x-page:yes\r\n"),
             replace("(s=-\r\n)", "$1a=x-page\r\n"), true},
        Form{"no_ssrcs", replace("a=ssrc[^\r]*\r\n", ""), kNothing, true},
        Form{"no_msid", replace("a=msid[^\r]*\r\n", ""), kNothing, true},
        Form{"no_transport_cc", replace("a=rtcp-fb:[^\r]*transport-cc\r\n", ""), kNothing, true},
        Form{"no_feedback", replace("a=rtcp-fb:[^\r]*\r\n", ""), kNothing, true},
        Form{"no_extensions", replace("a=extmap:[^\r]*\r\n", ""), kNothing, true},
        Form{"an_unknown_extension", replace("(a=mid:[^\r]*\r\n)", "$1a=extmap:14 urn:example:page\r\n"), kNothing,
             true},
        Form{"no_extensions_in_the_answer", kNothing, replace("a=extmap:[^\r]*\r\n", ""), true},
        Form{"other_extension_ids", replace("a=extmap:3 ", "a=extmap:14 "), kNothing, true},
        Form{"no_rtx", replace("a=fmtp:\\d+ apt=[^\r]*\r\n", ""), kNothing, true},
        Form{"fewer_ways", replace("a=sendrecv", "a=sendonly"), kNothing, true},
        Form{"takes_a_side", replace("a=setup:actpass", "a=setup:active"), kNothing, true},
        Form{"takes_the_other_side", replace("a=setup:actpass", "a=setup:passive"), kNothing, true},
        Form{"the_answer_waits", kNothing, replace("a=setup:active", "a=setup:passive"), true},
        Form{"no_bundle", replace("a=group:BUNDLE[^\r]*\r\n", ""), kNothing, true},
        Form{"another_group", replace("BUNDLE", "SOMETHING"), kNothing, true},
        Form{"line_ends", replace("\r\n", "\n"), replace("\r\n", "\n"), true},
        Form{"no_pictures", kNothing, replace("m=video 9 ", "m=video 0 "), false},
        Form{"other_ice_credentials", asLibp2p("offerer"), asLibp2p("answerer"), true},
        Form{"another_sctp_port", replace("a=sctp-port:5000", "a=sctp-port:5001"),
             replace("a=sctp-port:5000", "a=sctp-port:5002"), true},
        Form{"an_answer_that_goes_more_ways", kNothing, replace("a=recvonly", "a=sendrecv"), true},
        Form{"pictures_that_are_not_offered", replace("m=video 9 ", "m=video 0 "), kNothing, false},
        Form{"message_size", replace("a=max-message-size:\\d+", "a=max-message-size:16384"), kNothing, true}),
    nameOf);

// What counts is what was set: codecs that the page left out are not agreed on.
TEST(PageChanges, CodecsThatAPageLeavesOutAreNotAgreedOn) {
  Changed two(501);
  two.a.addCameraMic();
  const auto without = [](const std::string& name) -> Rewrite {
    return [name](std::string sdp) {
      std::smatch found;
      const std::string text = sdp;
      std::regex_search(text, found, std::regex("a=rtpmap:(\\d+) " + name));
      const std::string type = found[1];
      return chain({replace("a=(rtpmap|fmtp|rtcp-fb):" + type + " [^\r]*\r\n", ""),
                    replace("(m=(audio|video)[^\r]*) " + type + "(?=[ \r])", "$1")})(std::move(sdp));
    };
  };
  ASSERT_EQ(two.exchangeWith(without("VP8"), without("opus")), "");
  two.world.runFor(Duration::seconds(2));
  const auto first = [&](size_t i) { return two.a.pc->getSenders()[i]->getParameters().codecs.front().mimeType; };
  const bool soundFirst = two.a.pc->getSenders()[0]->track()->kind() == "audio";
  EXPECT_NE(first(soundFirst ? 1 : 0), "video/VP8");
  EXPECT_NE(first(soundFirst ? 0 : 1), "audio/opus");
  EXPECT_EQ(two.b.pc->remoteDescription()->sdp.find("VP8"), std::string::npos);
}

// What is offered with port 0 ends as if it had been stopped, with the answer.
TEST(PageChanges, WhatIsOfferedWithPort0IsStopped) {
  Changed two(506);
  two.a.addCameraMic();
  const auto all = two.a.pc->getTransceivers();
  const auto camera = all[all[0]->kind() == stack::MediaKind::kVideo ? 0 : 1];
  const auto video = [](const std::string& sdp) { return sdp.find("m=video 0 ") != std::string::npos; };
  ASSERT_EQ(two.exchangeWith({}, {}), "");
  two.world.runFor(Duration::seconds(1));
  EXPECT_GE(two.b.pictures, 10u);
  ASSERT_EQ(Changed::set(two.a, true, replace("m=video 9 ", "m=video 0 ")), "");
  EXPECT_NE(camera->direction(), stack::RTCRtpTransceiverDirection::kStopped) << "the answer says so";
  ASSERT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
  ASSERT_EQ(Changed::set(two.b, false, {}), "");
  EXPECT_TRUE(video(two.b.pc->localDescription()->sdp));
  ASSERT_TRUE(two.a.pc->setRemoteDescription(*two.b.pc->localDescription()).ok());
  EXPECT_EQ(camera->direction(), stack::RTCRtpTransceiverDirection::kStopped);
  const uint64_t sounds = two.b.loudSounds;
  two.world.runFor(Duration::seconds(1));
  EXPECT_GE(two.b.loudSounds, sounds + 40) << "the transport's first section may have been the one that ended";
  ASSERT_EQ(two.exchangeWith({}, {}), "");
  EXPECT_TRUE(video(two.a.pc->localDescription()->sdp)) << "it stays rejected";
}

TEST(PageChanges, DataThatIsOfferedWithPort0Closes) {
  Changed two(507);
  two.a.addCameraMic();
  const auto channel = two.a.pc->createDataChannel("x").value();
  ASSERT_EQ(two.exchangeWith(replace("m=application 9 ", "m=application 0 "), {}), "");
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kClosed);
  EXPECT_TRUE(connected(two.a));
}

// Other credentials in a running call are a restart; a page has to change both, and in every section.
TEST(PageChanges, OtherCredentialsRestartIceAndStay) {
  Changed two(508);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchangeWith(asLibp2p("first/offerer"), {}), "");
  two.world.runFor(Duration::seconds(1));
  ASSERT_EQ(two.exchangeWith({}, {}), "");
  EXPECT_NE(two.a.pc->localDescription()->sdp.find("a=ice-pwd:libp2p+webrtc+v1/first/offerer\r"), std::string::npos)
      << "the next offer is no restart";
  const uint64_t before = two.b.pictures;
  ASSERT_EQ(two.exchangeWith(asLibp2p("second/offerer"), asLibp2p("second/answerer")), "");
  two.world.runFor(Duration::seconds(2));
  EXPECT_TRUE(connected(two.a));
  EXPECT_GE(two.b.pictures, before + 30);
  EXPECT_EQ(two.a.pc->ufrags()[0], "libp2p+webrtc+v1/second/offerer");
  EXPECT_EQ(two.b.pc->ufrags()[0], "libp2p+webrtc+v1/second/answerer");
  const auto refuses = [&](Peer& peer, bool offer, const Rewrite& change, const char* what) {
    const std::string why = Changed::set(peer, offer, change);
    EXPECT_NE(why.find(what), std::string::npos) << why;
  };
  refuses(two.a, true, replace("a=ice-pwd:[^\r]*", "a=ice-pwd:another/password/of/ours"), "change both");
  ASSERT_EQ(Changed::set(two.a, true, {}), "");
  ASSERT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
  refuses(two.b, false, asLibp2p("third/answerer"), "restarts nothing");
  EXPECT_EQ(Changed::set(two.b, false, {}), "");
}

// SCTP's ports are those of the two descriptions; a round that says others leaves what runs as it is.
TEST(PageChanges, AnotherSctpPortStays) {
  Changed two(509);
  const auto channel = two.a.pc->createDataChannel("x").value();
  const auto port = replace("a=sctp-port:5000", "a=sctp-port:4999");
  ASSERT_EQ(two.exchangeWith(port, port), "");
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
  ASSERT_EQ(two.exchangeWith({}, {}), "");
  for (Peer* peer : {&two.a, &two.b})
    EXPECT_NE(peer->pc->localDescription()->sdp.find("a=sctp-port:4999"), std::string::npos);
  two.world.runFor(Duration::seconds(1));
  EXPECT_EQ(channel->readyState(), stack::RTCDataChannelState::kOpen);
}

// A transceiver that only receives, and whose page offers or answers both ways: it sends once it has something to send.
TEST(PageChanges, MoreWaysAreThereForATrackThatComesLater) {
  for (const bool offers : {false, true}) {
    Changed two(510);
    Peer& changes = offers ? two.a : two.b;
    Peer& other = offers ? two.b : two.a;
    other.addCameraMic();
    other.pc->ontrack = [&](stack::RTCTrackEvent event) { other.watch(event.track); };
    if (offers) {
      const stack::RTCRtpTransceiverInit receives{stack::RTCRtpTransceiverDirection::kRecvonly, {}, {}};
      for (const auto kind : {stack::MediaKind::kAudio, stack::MediaKind::kVideo})
        ASSERT_TRUE(two.a.pc->addTransceiver(kind, receives).ok());
    }
    const auto more = replace("a=recvonly", "a=sendrecv");
    ASSERT_EQ(two.exchangeWith(offers ? more : Rewrite(), offers ? Rewrite() : more), "");
    for (const auto& transceiver : changes.pc->getTransceivers()) {
      EXPECT_EQ(transceiver->direction(), stack::RTCRtpTransceiverDirection::kRecvonly);
      EXPECT_EQ(transceiver->currentDirection(), stack::RTCRtpTransceiverDirection::kSendrecv);
    }
    two.world.runFor(Duration::seconds(1));
    EXPECT_EQ(other.pictures, 0u);
    media::MediaStreamConstraints camera;
    camera.video = media::VideoConstraints{};
    const auto track = media::getUserMedia(camera, changes.world.newRandom()).value()->getTracks().front();
    for (const auto& transceiver : changes.pc->getTransceivers())
      if (transceiver->kind() == stack::MediaKind::kVideo) {
        ASSERT_TRUE(transceiver->sender()->replaceTrack(track).ok());
      }
    two.world.runFor(Duration::seconds(2));
    EXPECT_GE(other.pictures, 20u) << (offers ? "offer" : "answer");
  }
}

// What would be another description than ours, or one that we cannot keep to: one error, and nothing has changed.
TEST(PageChanges, WhatIsNotAPagesToChangeIsRefusedAndLeavesEverythingAsItWas) {
  const std::pair<const char*, Rewrite> offers[] = {
      {"fingerprint", replace("(a=fingerprint:sha-256 )..", "$0100")},
      {"a=mid", chain({replace("a=mid:0", "a=mid:7"), replace("BUNDLE 0", "BUNDLE 7")})},
      {"a=ssrc", replace("a=ssrc:\\d+ ", "a=ssrc:77 ")},
      {"codec that is not ours: none-such", replace("VP8/90000", "none-such/90000")},
      {"m= sections in place of", replace("m=video[^]*", "")},
      {"changed after it was made", [](const std::string&) { return std::string("nonsense"); }},
  };
  for (const auto& [what, change] : offers) {
    Changed two(502);
    two.a.addCameraMic();
    (void)two.a.pc->createDataChannel("x");
    const auto made = two.a.pc->createOffer().value();
    const auto refused = two.a.pc->setLocalDescription(RTCSessionDescription{RTCSdpType::kOffer, change(made.sdp)});
    ASSERT_FALSE(refused) << what;
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidModificationError) << what;
    EXPECT_NE(refused.error().message().find(what), std::string::npos) << refused.error().message();
    EXPECT_EQ(two.a.pc->signalingState(), stack::RTCSignalingState::kStable);
    EXPECT_TRUE(two.a.pc->setLocalDescription(made).ok()) << what << ": what was made can still be set";
  }
  const std::pair<const char*, Rewrite> answers[] = {
      {"goes a way that was not offered", replace("a=recvonly", "a=sendrecv")},
      {"takes no side", replace("a=setup:active", "a=setup:actpass")},
      {"BUNDLE is the offer's", replace("a=group:BUNDLE[^\r]*\r\n", "")},
      {"codec that is not ours",
       chain({replace("(m=video 9 UDP/TLS/RTP/SAVPF) 96 ", "$1 35 "), replace("(a=rtpmap:)96 VP8", "$0135 VP8")})},
  };
  for (const auto& [what, change] : answers) {
    Changed two(503);
    two.a.addCameraMic();
    ASSERT_EQ(Changed::set(two.a, true, replace("a=sendrecv", "a=sendonly")), "");
    ASSERT_TRUE(two.b.pc->setRemoteDescription(*two.a.pc->localDescription()).ok());
    const auto made = two.b.pc->createAnswer().value();
    const auto refused = two.b.pc->setLocalDescription(RTCSessionDescription{RTCSdpType::kAnswer, change(made.sdp)});
    ASSERT_FALSE(refused) << what;
    EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidModificationError) << what;
    EXPECT_NE(refused.error().message().find(what), std::string::npos) << refused.error().message();
    EXPECT_TRUE(two.b.pc->setLocalDescription(made).ok()) << what;
  }
}

// The letter: what was made, as it was made.
TEST(PageChanges, StrictTakesNone) {
  Changed two(504, true);
  two.a.addCameraMic();
  auto offer = two.a.pc->createOffer().value();
  offer.sdp += "a=x-page:1\r\n";
  const auto refused = two.a.pc->setLocalDescription(offer);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidModificationError);
}

// The next offer is ours again, and goes on from what was agreed on.
TEST(PageChanges, TheNextExchangeGoesOnFromThere) {
  Changed two(505);
  two.a.addCameraMic();
  ASSERT_EQ(two.exchangeWith(replace("a=extmap:3 ", "a=extmap:14 "), {}), "");
  two.world.runFor(Duration::seconds(1));
  ASSERT_EQ(two.exchangeWith({}, {}), "");
  EXPECT_NE(two.a.pc->localDescription()->sdp.find("a=extmap:14 http://www.ietf.org/id/draft-holmer"),
            std::string::npos);
  two.world.runFor(Duration::seconds(1));
  EXPECT_TRUE(connected(two.a));
  EXPECT_GE(two.b.pictures, 30u);
}

}  // namespace
}  // namespace tincan::inline v0::sim
