#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "sdp/writer.h"
#include "stack/jsep/default_candidate.h"
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
      "m=audio 5000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 192.0.2.1\r\na=rtcp:5000 IN IP4 192.0.2.1\r\n"
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

// RFC 8839 §4.2.1.2: by how likely each is to work without ICE.
TEST(JsepDescribe, DefaultCandidates) {
  const std::string host = "1 1 udp 2130706175 192.0.2.1 5000 typ host",
                    v6 = "2 1 udp 2130706431 2001:db8::1 5001 typ host",
                    mapped = "3 1 udp 1694498815 203.0.113.1 5002 typ srflx raddr 192.0.2.1 rport 5000",
                    relay = "4 1 udp 41885439 198.51.100.1 5003 typ relay raddr 203.0.113.1 rport 5002",
                    relayV6 = "5 1 udp 41885439 2001:db8::9 5004 typ relay raddr 2001:db8::1 rport 5001",
                    tcp = "6 1 tcp 1518214911 192.0.2.1 9 typ host tcptype active",
                    hidden = "7 1 udp 2130706175 0f8f1cbe-2d8a-4a8b-a9a7-6a3c1d9a2c11.local 5005 typ host",
                    second = "1 2 udp 2130706174 192.0.2.1 6000 typ host";
  const auto port = [](const std::vector<std::string>& candidates, uint8_t component = 1) {
    const auto found = defaultCandidate(candidates, component);
    return found ? found->port : 0;
  };
  EXPECT_EQ(port({}), 0);
  EXPECT_EQ(port({v6, host}), 5000);
  EXPECT_EQ(port({v6}), 5001);
  EXPECT_EQ(port({host, mapped, v6}), 5002);
  EXPECT_EQ(port({relay, host, mapped, relayV6}), 5003);
  EXPECT_EQ(port({relayV6, host}), 5000) << "who reads these lines alone may know no IPv6";
  EXPECT_EQ(port({tcp, hidden, second, "no candidate"}), 0);
  EXPECT_EQ(port({host, second}, 2), 6000);
  EXPECT_EQ(port({host}, 2), 0);
}

// RFC 9429 §5.2.2.
TEST(JsepDescribe, LinesHaveTheDefaultCandidates) {
  SessionPlan plan = offerPlan();
  plan.transport.candidates.clear();
  plan.sections[0].ownRtcp = true;
  plan.sections[0].candidates = {"1 1 udp 2130706431 2001:db8::1 5000 typ host",
                                 "1 2 udp 2130706430 2001:db8::1 5001 typ host"};
  plan.sections[1].ownRtcp = true;
  plan.sections[1].candidates = {"1 1 udp 2130706431 192.0.2.1 5002 typ host"};
  plan.sections[2].bundleOnly = true;
  plan.sections[2].candidates = plan.sections[1].candidates;
  const std::string text = *sdp::write(describe(plan));
  const auto has = [&](const char* lines) { return text.find(lines) != std::string::npos; };
  EXPECT_TRUE(has("m=audio 5000 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP6 2001:db8::1\r\na=rtcp:5001 IN IP6 2001:db8::1\r\n"))
      << text;
  EXPECT_TRUE(has("m=video 5002 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 192.0.2.1\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"))
      << "RTCP's have yet to come: " << text;
  EXPECT_TRUE(has("m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n")) << text;
}

// Of a description that a page has changed, what the page has not changed.
TEST(JsepDescribe, DefaultsInTheTextOfAPage) {
  const SocketAddress v4 = SocketAddress::parse("192.0.2.1:5000").value(),
                      v6 = SocketAddress::parse("[::1]:5001").value();
  const std::string head = "v=0\r\nc=IN IP4 0.0.0.0\r\n", rtcp = "a=rtcp:9 IN IP4 0.0.0.0\r\n";
  const auto with = [&](const std::string& sections, const DefaultCandidates& second) {
    return withDefaults(head + "m=audio 9 X 0\r\n" + sections, {{1, second}}).substr(head.size() + 15);
  };
  EXPECT_EQ(with("m=video 9 X 9 9\r\nc=IN IP4 0.0.0.0\r\n" + rtcp, {v4, v6}),
            "m=video 5000 X 9 9\r\nc=IN IP4 192.0.2.1\r\na=rtcp:5001 IN IP6 ::1\r\n");
  EXPECT_EQ(with("m=video 9 X 9\n" + rtcp + "m=x 9 y\nc=IN IP4 0.0.0.0", {v4, std::nullopt}),
            "m=video 5000 X 9\n" + rtcp + "m=x 9 y\nc=IN IP4 0.0.0.0");
  for (const char* kept : {"m=video 0 X 9\r\nc=IN IP4 0.0.0.0\r\n", "m=video 7 X 9\r\nc=IN IP4 0.0.0.0\r\n", "m=video",
                           "m=", "m=video 9", "m=video 99 X\r\n"})
    EXPECT_EQ(with(kept, {v4, v4}), kept);
  EXPECT_EQ(with("m=video 9 X 9\r\nc=IN IP4 10.0.0.1\r\n", {v4, v4}), "m=video 5000 X 9\r\nc=IN IP4 10.0.0.1\r\n");
  EXPECT_EQ(withDefaults("", {{0, {v4, v4}}}), "");
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
