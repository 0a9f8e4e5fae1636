#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "sdp/writer.h"
#include "stack/jsep/negotiate.h"
#include "tests/stack/fake_codecs.h"

namespace tincan::inline v0::stack {
namespace {

SessionPlan offerPlan() {
  SessionPlan plan;
  plan.sessionId = 42;
  plan.version = 7;
  plan.transport.iceUfrag = "abcd";
  plan.transport.icePwd = "abcdefghijklmnopqrstuvwx";
  plan.transport.fingerprints = {"sha-256 AB:CD"};
  plan.transport.candidates = {"1 1 udp 2122194687 192.0.2.1 5000 typ host"};
  plan.transport.endOfCandidates = true;
  for (MediaKind kind : {MediaKind::kAudio, MediaKind::kVideo, MediaKind::kApplication}) {
    SectionPlan& section = plan.sections.emplace_back();
    section.kind = kind;
    section.mid = std::to_string(plan.sections.size() - 1);
    const MediaCapabilities ours = capabilities(kind, vp8AndOpus());
    section.codecs = ours.codecs;
    section.extensions = ours.extensions;
    std::erase_if(section.extensions, [](const ExtensionSpec& each) { return !isOfferedUnasked(each.uri); });
    plan.bundle.push_back(section.mid);
  }
  plan.sections[0].direction = Direction::kRecvOnly;
  plan.sections[0].send = SendStreams{{"unseen"}, "unseen", 1, {}, "unseen"};
  plan.sections[1].send = SendStreams{{"s1", "s2"}, "t", 100, 200, "cname"};
  return plan;
}

// RFC 9429 §5.2.1.
TEST(JsepDescribe, OfferLineByLine) {
  const std::string transport =
      "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 AB:CD\r\na=setup:actpass\r\n";
  EXPECT_EQ(
      *sdp::write(describe(offerPlan())),
      "v=0\r\no=- 42 7 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2\r\na=msid-semantic:WMS *\r\n"
      "a=ice-options:trickle ice2\r\na=extmap-allow-mixed\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
      "a=candidate:1 1 udp 2122194687 192.0.2.1 5000 typ host\r\n" +
          transport +
          "a=end-of-candidates\r\na=mid:0\r\n"
          "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n"
          "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
          "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
          "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
          "a=extmap:8/recvonly "
          "urn:ietf:params:rtp-hdrext:csrc-audio-level\r\na=recvonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
          "a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
          "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n" +
          transport +
          "a=mid:1\r\na=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time\r\n"
          "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n"
          "a=extmap:9 urn:3gpp:video-orientation\r\n"
          "a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"
          "a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay\r\n"
          "a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n"
          "a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n"
          "a=extmap:12 https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension\r\n"
          "a=extmap:13 http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00\r\n"
          "a=sendrecv\r\na=msid:s1 t\r\na=msid:s2 t\r\n"
          "a=rtcp-mux\r\na=rtcp-rsize\r\na=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\n"
          "a=rtcp-fb:96 goog-remb\r\na=rtcp-fb:96 transport-cc\r\na=rtcp-fb:96 ccm fir\r\na=rtcp-fb:96 nack\r\n"
          "a=rtcp-fb:96 nack pli\r\na=fmtp:97 apt=96\r\na=ssrc-group:FID 100 200\r\na=ssrc:100 cname:cname\r\n"
          "a=ssrc:100 msid:s1 t\r\na=ssrc:200 cname:cname\r\na=ssrc:200 msid:s1 t\r\n"
          "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n" +
          transport + "a=mid:2\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n");
}

// RFC 9429 §5.8.
TEST(JsepDescribe, ReadsBackAsPlanned) {
  const SessionPlan plan = offerPlan();
  const auto remote = interpret(*sdp::parse(*sdp::write(describe(plan))));
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  EXPECT_EQ(remote->bundle, plan.bundle);
  for (size_t i = 0; i < plan.sections.size(); ++i) {
    std::vector<CodecSpec> codecs = plan.sections[i].codecs;
    for (CodecSpec& codec : codecs) std::erase(codec.feedback, kCongestionFeedback);  // told where it is wanted alone
    EXPECT_EQ(remote->sections[i].codecs, codecs);
    EXPECT_EQ(remote->sections[i].extensions, plan.sections[i].extensions);
    TransportDescription expected = plan.transport;
    if (i > 0) expected.candidates.clear();
    if (i > 0) expected.endOfCandidates = false;
    EXPECT_EQ(remote->sections[i].transport, expected);
  }
  EXPECT_TRUE(remote->sections[0].ssrcs.empty());
  EXPECT_EQ(remote->sections[1].streamIds, (std::vector<std::string>{"s1", "s2"}));
  EXPECT_EQ(remote->sections[1].rtxPairs, (std::vector<RtxPair>{{100, 200}}));
}

// RFC 9429 §5.2.2; RFC 9143 §6.
TEST(JsepDescribe, StoppedAndBundleOnlySections) {
  SessionPlan plan = offerPlan();
  plan.sections[0].rejected = true;
  plan.sections[2].bundleOnly = true;
  plan.bundle = {"1", "2"};
  const auto remote = interpret(*sdp::parse(*sdp::write(describe(plan))));
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  EXPECT_TRUE(remote->sections[0].rejected);
  EXPECT_EQ(remote->sections[0].mid, "0");
  EXPECT_EQ(remote->sections[1].transport.candidates, plan.transport.candidates);
  EXPECT_TRUE(remote->sections[2].bundleOnly);
}

TEST(JsepDescribe, StringsOfTheApiCannotAddLines) {
  const auto refused = [](auto&& spoil) {
    SessionPlan plan = offerPlan();
    spoil(plan);
    return !sdp::write(describe(plan)).ok();
  };
  EXPECT_FALSE(refused([](SessionPlan&) {}));
  EXPECT_TRUE(refused([](SessionPlan& p) { p.sections[1].send->streamIds = {"a\r\na=evil"}; }));
  EXPECT_TRUE(refused([](SessionPlan& p) { p.sections[1].send->streamIds = {"a b"}; }));
  EXPECT_TRUE(refused([](SessionPlan& p) { p.sections[1].send->trackId = "a\na=evil"; }));
  EXPECT_TRUE(refused([](SessionPlan& p) { p.sections[1].send->cname = "a\ra"; }));
  EXPECT_TRUE(refused([](SessionPlan& p) { p.sections[1].codecs[0].parameters = {{"a", "b\r\na=evil"}}; }));
  EXPECT_TRUE(refused([](SessionPlan& p) { p.sections[1].mid = "1 2"; }));
  EXPECT_TRUE(refused([](SessionPlan& p) { p.transport.fingerprints = {"sha-256"}; }));
  EXPECT_TRUE(refused([](SessionPlan& p) { p.transport.candidates = {"1\r\na=evil"}; }));
}

}  // namespace
}  // namespace tincan::inline v0::stack
