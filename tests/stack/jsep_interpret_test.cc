#include <string>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "stack/jsep/negotiate.h"
#include "tests/sdp/corpus.h"

namespace tincan::inline v0::stack {
namespace {

const std::string kHead = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const std::string kIce = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n";
const std::string kDtls = "a=fingerprint:sha-256 AB:CD\r\na=setup:actpass\r\n";
const std::string kAudio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-mux\r\n";
const std::string kVideo = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\na=rtcp-mux\r\n";
const std::string kData = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:2\r\na=sctp-port:5000\r\n";

Result<RemoteDescription> interpretText(const std::string& text) {
  auto session = sdp::parse(text);
  EXPECT_TRUE(session.ok()) << session.error().toString() << text;
  return interpret(*session);
}

void expectError(const std::string& text, std::string_view part, ErrorCode code = ErrorCode::kInvalidAccessError) {
  auto remote = interpretText(text);
  ASSERT_FALSE(remote.ok()) << text;
  EXPECT_EQ(remote.error().code(), code);
  EXPECT_NE(remote.error().message().find(part), std::string::npos) << remote.error().message();
}

std::string without(std::string text, const std::string& line) {
  const size_t at = text.find(line + "\r\n");
  EXPECT_NE(at, std::string::npos) << line;
  return text.erase(at, line.size() + 2);
}

// RFC 9429 §5.8.3.
TEST(JsepInterpret, NamesWhatIsMissing) {
  const std::string whole = kHead + kAudio + kIce + kDtls;
  EXPECT_TRUE(interpretText(whole).ok());
  expectError(without(whole, "a=mid:0"), "a=mid");
  expectError(without(whole, "a=ice-ufrag:abcd"), "ice-ufrag");
  expectError(without(whole, "a=ice-pwd:abcdefghijklmnopqrstuvwx"), "ice-pwd");
  expectError(without(whole, "a=fingerprint:sha-256 AB:CD"), "fingerprint");
  EXPECT_EQ(interpretText(without(whole, "a=setup:actpass"))->sections[0].transport.setup, sdp::Setup::kActpass);
  EXPECT_FALSE(interpretText(without(whole, "a=rtcp-mux"))->sections[0].rtcpMux) << "alone: the policy decides";
  expectError(kHead + "a=group:BUNDLE 0\r\n" + without(kAudio, "a=rtcp-mux") + kIce + kDtls, "rtcp-mux");
  expectError(kHead + without(kData, "a=sctp-port:5000") + kIce + kDtls, "sctp-port");
  expectError(kHead + kAudio + kIce + "a=fingerprint:sha-256 AB\r\na=setup:holdconn\r\n", "holdconn",
              ErrorCode::kNotSupportedError);
  std::string many = whole;
  for (int i = 0; i < 16; ++i) many += "a=fingerprint:sha-256 AB\r\n";
  expectError(many, "fingerprint");
  std::string longHash = "a=fingerprint:sha-256 AB";
  for (int i = 0; i < 64; ++i) longHash += ":AB";
  expectError(whole + longHash + "\r\n", "longer than any hash");
}

// RFC 3264 §6.
TEST(JsepInterpret, RejectedSectionsNeedNothing) {
  auto remote = interpretText(kHead + "m=audio 0 UDP/TLS/RTP/SAVPF 0\r\n" + kData + kIce + kDtls);
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  EXPECT_TRUE(remote->sections[0].rejected);
  EXPECT_EQ(remote->transportSection(), &remote->sections[1]);
  EXPECT_EQ(remote->sections[1].maxMessageSize, 65'536u) << "RFC 8841 §6.1: the default";
}

// RFC 9143 §7.2.
TEST(JsepInterpret, BundleGroups) {
  const auto group = [](const std::string& mids) { return kHead + "a=group:BUNDLE " + mids + "\r\n"; };
  const std::string three = kAudio + kIce + kDtls + kVideo + kIce + kDtls + kData + kIce + kDtls;
  expectError(group("0 9") + three, "which no section has");
  expectError(group("0 0") + three, "twice");
  expectError(group("0 1") + "a=group:BUNDLE 1 2\r\n" + three, "twice");
  const auto two = interpretText(group("0 2") + "a=group:BUNDLE 1\r\n" + three);
  ASSERT_TRUE(two.ok()) << two.error().toString();
  EXPECT_EQ(two->bundle, (BundleGroup{"0", "2"}));
  EXPECT_EQ(two->otherBundles, (std::vector<BundleGroup>{{"1"}}));
  EXPECT_EQ(two->groupOf("2"), &two->bundle);
  EXPECT_EQ(two->groupOf("1"), &two->otherBundles.front());
  auto remote = interpretText(group("2 1") + "a=group:LS 0 1\r\n" + three);
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  EXPECT_FALSE(remote->sections[0].bundled);
  EXPECT_EQ(remote->transportSection(), &remote->sections[2]);
}

// RFC 9143 §6.
TEST(JsepInterpret, BundleOnlySectionsLendFromTheTaggedOne) {
  const std::string bundleOnly =
      "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=bundle-only\r\na=rtpmap:96 VP8/90000\r\n";
  const std::string tagged = kAudio + kIce + kDtls + "a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n";
  auto remote = interpretText(kHead + "a=group:BUNDLE 0 1\r\n" + tagged + bundleOnly);
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  const RemoteSection& video = remote->sections[1];
  EXPECT_FALSE(video.rejected);
  EXPECT_TRUE(video.rtcpMux);
  EXPECT_EQ(video.transport.iceUfrag, "abcd");
  EXPECT_EQ(video.transport.fingerprints, (std::vector<std::string>{"sha-256 AB:CD"}));
  EXPECT_TRUE(video.transport.candidates.empty());
  expectError(kHead + tagged + bundleOnly, "bundle-only");
  expectError(kHead + "a=group:BUNDLE 0\r\n" + tagged + bundleOnly, "bundle-only");
  EXPECT_TRUE(interpretText(kHead + "a=group:BUNDLE 0 1\r\n" + tagged + without(bundleOnly, "a=bundle-only"))
                  ->sections[1]
                  .rejected);
}

// As both browsers read it: one that has all that a transport wants is not lost.
TEST(JsepInterpret, BundleOnlySectionsOfNoGroup) {
  const std::string bare =
      "m=video 0 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=bundle-only\r\na=rtpmap:96 VP8/90000\r\na=rtcp-mux\r\n";
  const auto section = [](const std::string& text) {
    sdp::Notes notes;
    const auto session = sdp::parseLeniently(text, notes);
    return interpret(*session, {&notes, nullptr})->sections.at(1);
  };
  EXPECT_TRUE(section(kHead + kAudio + kIce + kDtls + bare).rejected);
  const std::string other = "a=ice-ufrag:efgh\r\na=ice-pwd:" + std::string(22, 'x') + "\r\n";
  const RemoteSection whole = section(kHead + kAudio + kIce + kDtls + bare + other + kDtls);
  EXPECT_FALSE(whole.rejected);
  EXPECT_FALSE(whole.bundleOnly);
  EXPECT_EQ(whole.transport.iceUfrag, "efgh");
  // What a max-bundle offer has when its group got lost: one transport for all.
  EXPECT_TRUE(section(kHead + kAudio + kIce + kDtls + bare + kIce + kDtls).rejected);
  EXPECT_TRUE(section(kHead + kIce + kDtls + kAudio + bare).rejected) << "of the session";
}

// The transport is the first section's, which is alone; behind it is a group of others. Nothing of the first holds for
// them, and nobody stumbles over that (found by the stack_negotiation fuzzer).
// RFC 9429 §4.1.20: by whichever section of the group a candidate comes, it is of the one transport.
TEST(JsepInterpret, CandidatesOfABundleStandInAnyOfItsSections) {
  const std::string one = "a=candidate:1 1 udp 1 192.0.2.1 5 typ host\r\n",
                    other = "a=candidate:2 1 udp 1 192.0.2.2 5 typ host\r\n";
  const std::string head = kHead + "a=group:BUNDLE 0 1\r\n";
  const auto candidates = [](const std::string& text) {
    return interpretText(text)->transportSection()->transport.candidates;
  };
  EXPECT_EQ(candidates(head + kAudio + kIce + kDtls + kVideo + kIce + kDtls + one).size(), 1u);
  EXPECT_EQ(candidates(head + kAudio + kIce + kDtls + kVideo + one).size(), 1u) << "without a ufrag of its own";
  const auto both = candidates(head + kAudio + kIce + kDtls + one + kVideo + kIce + kDtls + other);
  ASSERT_EQ(both.size(), 1u) << "those of the tagged section are what counts";
  EXPECT_NE(both[0].find("192.0.2.1"), std::string::npos);
  std::string foreign = kIce;
  foreign.replace(foreign.find("abcd"), 4, "efgh");
  EXPECT_TRUE(candidates(head + kAudio + kIce + kDtls + kVideo + foreign + kDtls + one).empty())
      << "of another transport";
  EXPECT_TRUE(candidates(kHead + kAudio + kIce + kDtls + kVideo + kIce + kDtls + one).empty()) << "no BUNDLE";
  // The tagged section is of a kind that nobody speaks: its candidates are the group's all the same.
  const std::string text = "m=text 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:0\r\n";
  const auto remote = interpretText(head + text + kIce + kDtls + one + kVideo + kIce + kDtls);
  EXPECT_EQ(remote->sections[1].transport.candidates.size(), 1u);
}

TEST(JsepInterpret, AGroupBehindALoneSection) {
  const std::string text =
      kHead + "a=group:BUNDLE 1 2\r\n" + kAudio + kIce + kDtls + kVideo + kIce + kDtls + kData + kIce + kDtls;
  const auto remote = interpretText(text);
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  EXPECT_FALSE(remote->sections[0].bundled);
  EXPECT_TRUE(remote->sections[1].bundled && remote->sections[2].bundled);
}

// RFC 9335 §4 and RFC 9143 §7.1.3: the tagged section says it for its BUNDLE, whatever the others say; data has nothing
// to say of it.
TEST(JsepInterpret, CryptexIsOfTheTransport) {
  const std::string lines[] = {"", "a=cryptex\r\n"};
  const auto agreed = [&](const std::string& group, int session, int audio, int video, int data) {
    auto remote = interpretText(kHead + group + lines[session] + kAudio + kIce + kDtls + lines[audio] + kVideo + kIce +
                                kDtls + lines[video] + kData + kIce + kDtls + lines[data]);
    EXPECT_TRUE(remote.ok()) << remote.error().toString();
    std::string out;
    for (const RemoteSection& section : remote->sections) out += section.transport.cryptex ? 'x' : '-';
    return out;
  };
  for (int bits = 0; bits < 8; ++bits) {
    const int audio = bits & 1, video = bits >> 1 & 1, data = bits >> 2;
    EXPECT_EQ(agreed("a=group:BUNDLE 0 1 2\r\n", 1, audio, video, data), "xxx");
    EXPECT_EQ(agreed("a=group:BUNDLE 0 1 2\r\n", 0, audio, video, data), audio ? "xxx" : "---");
    EXPECT_EQ(agreed("a=group:BUNDLE 1 0 2\r\n", 0, audio, video, data), video ? "xxx" : "---");
    EXPECT_EQ(agreed("a=group:BUNDLE 2 0 1\r\n", 0, audio, video, data), data || (audio && video) ? "xxx" : "---");
    // Outside the group each section has its own transport.
    EXPECT_EQ(agreed("a=group:BUNDLE 0 2\r\n", 0, audio, video, data),
              std::string(audio ? "x" : "-") + (video ? "x" : "-") + (audio ? "x" : "-"));
  }
  auto dataAlone = interpretText(kHead + "a=group:BUNDLE 2\r\n" + kData + kIce + kDtls);
  ASSERT_TRUE(dataAlone.ok());
  EXPECT_FALSE(dataAlone->sections[0].transport.cryptex);
}

TEST(JsepInterpret, FirefoxMaxBundleOffer) {
  auto remote = interpretText(test::sdpCorpusFile("firefox-153-bundle-max-bundle-offer.sdp"));
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  for (const RemoteSection& section : remote->sections) {
    EXPECT_FALSE(section.rejected);
    EXPECT_EQ(section.transport.iceUfrag, remote->sections[0].transport.iceUfrag);
  }
  EXPECT_TRUE(remote->sections[1].bundleOnly);
  EXPECT_EQ(remote->bundle.size(), 3u);
}

// RFC 9143 §9.1.
TEST(JsepInterpret, OneBundleIsOneRtpSession) {
  const std::string head = kHead + "a=group:BUNDLE 0 1\r\n" + kAudio + kIce + kDtls + "a=extmap:3 urn:x\r\n";
  EXPECT_TRUE(interpretText(head + kVideo + kIce + kDtls + "a=extmap:3 urn:x\r\n").ok());
  expectError(head + kVideo + kIce + kDtls + "a=extmap:3 urn:y\r\n", "extension id 3");
  expectError(
      head + "m=video 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=rtpmap:111 VP8/90000\r\na=rtcp-mux\r\n" + kIce + kDtls,
      "payload type 111");
}

// What the letter refuses the field does, and MID and SSRC tell the packets apart.
TEST(JsepInterpret, OneNumberForTwoCodecsOfABundle) {
  const std::string text = kHead + "a=group:BUNDLE 0 1\r\n" + kAudio + kIce + kDtls +
                           "m=video 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:1\r\na=rtpmap:111 VP8/90000\r\na=rtcp-mux\r\n" +
                           kIce + kDtls;
  const auto session = sdp::parse(text);
  ASSERT_TRUE(session.ok());
  sdp::Notes notes;
  const auto remote = interpret(*session, {&notes, nullptr});
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  EXPECT_EQ(remote->sections[0].codecs.front().name, "opus");
  ASSERT_EQ(remote->sections[1].codecs.size(), 1u);
  EXPECT_EQ(remote->sections[1].codecs[0].name, "VP8");
  ASSERT_EQ(notes.all().size(), 1u);
  EXPECT_EQ(notes.all()[0].what, "payload type 111 means two codecs in one BUNDLE: MID and SSRC say which");
}

TEST(JsepInterpret, ChromiumOfferInFull) {
  auto remote = interpretText(test::sdpCorpusFile("chromium-156-audio-video-data-offer.sdp"));
  ASSERT_TRUE(remote.ok());
  const RemoteSection &audio = remote->sections[0], &video = remote->sections[1], &data = remote->sections[2];
  ASSERT_EQ(audio.codecs.size(), 8u);
  EXPECT_EQ(audio.codecs[0].name, "opus");
  EXPECT_EQ(audio.codecs[0].parameter("useinbandfec"), "1");
  EXPECT_EQ(audio.codecs[1].parameters.front().first, "111/111");
  EXPECT_EQ(video.codecs[0].rtxPayloadType, 97);
  EXPECT_EQ(video.codecs[0].feedback.size(), 5u);
  EXPECT_EQ(video.codecs.back().name, "ulpfec");
  EXPECT_EQ(video.ssrcs, (std::vector<uint32_t>{175402671}));
  EXPECT_EQ(video.rtxPairs, (std::vector<RtxPair>{{175402671, 3450522825}}));
  EXPECT_EQ(video.cname, "D4TppWNVJd4HxPvu");
  EXPECT_EQ(video.streamIds, (std::vector<std::string>{"17989edb-575a-41c6-86b1-9793cdcfe843"}));
  EXPECT_EQ(video.trackId, "c8027fe0-67a2-4a41-a804-602bb22333e6");
  EXPECT_EQ(video.extensions.size(), 11u);
  EXPECT_TRUE(video.extmapAllowMixed);
  EXPECT_TRUE(video.rtcpReducedSize);
  EXPECT_EQ(data.maxMessageSize, 262'144u);
  EXPECT_EQ(data.transport.candidates.size(), 4u);
}

// RFC 8830 §2; RFC 8851 §4.
TEST(JsepInterpret, StreamlessTracksAndRids) {
  auto remote =
      interpretText(kHead + kAudio + kIce + kDtls + "a=msid:- t\r\n" + kVideo + kIce + kDtls +
                    "a=rid:a send\r\na=rid:b send\r\na=simulcast:send b,a;a\r\na=msid:s t2\r\na=msid:r t2\r\n");
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  EXPECT_TRUE(remote->sections[0].streamIds.empty());
  EXPECT_EQ(remote->sections[0].trackId, "t");
  EXPECT_EQ(remote->sections[1].streamIds, (std::vector<std::string>{"s", "r"}));
  EXPECT_EQ(remote->sections[1].sendRids, (std::vector<std::string>{"b", "a"}));
  expectError(kHead + kVideo + kIce + kDtls + "a=rid:a send\r\na=rid:b send\r\n", "without a=simulcast");
  EXPECT_TRUE(interpretText(kHead + kVideo + kIce + kDtls + "a=rid:a send\r\n").ok()) << "RFC 8829 §5.2.1: one may";
}

// RFC 8866 §6.6, §6.15; RFC 4585 §4.2.
TEST(JsepInterpret, CodecsFromAllTheirLines) {
  auto remote = interpretText(
      kHead +
      "m=video 9 UDP/TLS/RTP/SAVPF 0 96 97 98 99 96 x 101\r\na=mid:0\r\na=rtcp-mux\r\na=rtpmap:96 VP8/90000\r\n"
      "a=rtpmap:97 rtx/90000\r\na=fmtp:97 rtx-time=100;apt=96\r\na=rtpmap:98 rtx/90000\r\na=fmtp:98 apt=77\r\n"
      "a=rtpmap:100 VP9/90000\r\na=rtcp-fb:* nack\r\na=rtcp-fb:96 nack pli\r\na=rtcp-fb:100 x\r\n"
      "a=rtcp-fb:111 x\r\na=rtpmap:101 RTX/90000\r\na=fmtp:101 apt=96\r\n" +
      kIce + kDtls);
  ASSERT_TRUE(remote.ok()) << remote.error().toString();
  const auto& codecs = remote->sections[0].codecs;
  ASSERT_EQ(codecs.size(), 2u) << "99 has no rtpmap, 100 no place in the m= line, 96 stands twice";
  EXPECT_EQ(codecs[0].name, "PCMU") << "static, RFC 3551";
  EXPECT_EQ(codecs[1].feedback, (std::vector<std::string>{"nack pli", "nack"}));
  EXPECT_EQ(codecs[1].rtxPayloadType, 97) << "the first of two";
}

// RFC 9429 §5.3.1.
TEST(JsepInterpret, UnknownKindsAndProtocols) {
  for (const char* line : {"m=text 9 UDP/TLS/RTP/SAVPF 98", "m=audio 9 RTP/AVP 0", "m=application 9 DTLS/SCTP 5000",
                           "m=application 9 UDP/DTLS/SCTP x", "m=message 9 TCP/MSRP *"}) {
    auto remote = interpretText(kHead + line + "\r\na=mid:0\r\n");
    ASSERT_TRUE(remote.ok()) << line;
    EXPECT_FALSE(remote->sections[0].supported) << line;
    EXPECT_TRUE(planAnswer(*remote, {}, {}).sections[0].rejected) << line;
  }
}

}  // namespace
}  // namespace tincan::inline v0::stack
