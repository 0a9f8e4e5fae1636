#include "tests/sim/rewritten_call.h"

// A page that changes what createOffer() or createAnswer() made before it sets it, as programs have done since there is
// WebRTC. W3C §4.4.1.5 forbids it; every browser takes it.
namespace tincan::inline v0::sim {
namespace {

using stack::RTCSdpType;
using stack::RTCSessionDescription;

/// The exchange with the page's changes in it; what is set is told.
struct Changed : Two {
  using Two::Two;

  static std::string set(Peer& peer, bool offer, const Rewrite& change) {
    auto made = offer ? peer.pc->createOffer() : peer.pc->createAnswer();
    if (!made) return made.error().message();
    RTCSessionDescription description = *made;
    if (change) {
      description.sdp = change(made->sdp);
      EXPECT_TRUE(description.sdp != made->sdp) << "nothing was changed";
    }
    if (const auto done = peer.pc->setLocalDescription(description); !done) return done.error().message();
    if (change) {
      EXPECT_EQ(peer.pc->localDescription()->sdp, description.sdp) << "what was set is what is told";
    }
    return {};
  }
  std::string exchangeWith(const Rewrite& offer, const Rewrite& answer) {
    if (auto why = set(a, true, offer); !why.empty()) return why;
    if (const auto done = b.pc->setRemoteDescription(*a.pc->localDescription()); !done) return done.error().message();
    if (auto why = set(b, false, answer); !why.empty()) return why;
    if (const auto done = a.pc->setRemoteDescription(*b.pc->localDescription()); !done) return done.error().message();
    return {};
  }
};

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

// What would be another description than ours, or one that we cannot keep to: one error, and nothing has changed.
TEST(PageChanges, WhatIsNotAPagesToChangeIsRefusedAndLeavesEverythingAsItWas) {
  const std::pair<const char*, Rewrite> offers[] = {
      {"fingerprint", replace("(a=fingerprint:sha-256 )..", "$0100")},
      {"ICE credentials", replace("a=ice-ufrag:[^\r]*", "a=ice-ufrag:page")},
      {"a=mid", chain({replace("a=mid:0", "a=mid:7"), replace("BUNDLE 0", "BUNDLE 7")})},
      {"port 0", replace("m=video 9 ", "m=video 0 ")},
      {"a=ssrc", replace("a=ssrc:\\d+ ", "a=ssrc:77 ")},
      {"codec that is not ours: none-such", replace("VP8/90000", "none-such/90000")},
      {"m= sections in place of", replace("m=video[^]*", "")},
      {"a=sctp-port", replace("a=sctp-port:5000", "a=sctp-port:5001")},
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
      {"goes a way", replace("a=recvonly", "a=sendrecv")},
      {"takes no side", replace("a=setup:active", "a=setup:actpass")},
      {"BUNDLE is the offer's", replace("a=group:BUNDLE[^\r]*\r\n", "")},
      {"codec that is not ours",
       chain({replace("(m=video 9 UDP/TLS/RTP/SAVPF) 96 ", "$1 35 "), replace("(a=rtpmap:)96 VP8", "$0135 VP8")})},
  };
  for (const auto& [what, change] : answers) {
    Changed two(503);
    two.a.addCameraMic();
    ASSERT_EQ(Changed::set(two.a, true, {}), "");
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
