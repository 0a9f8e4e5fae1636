// `tincan sdp` on what telephones, media servers and older browsers write: what it says of them is true.
#include <array>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/sdp/input.h"
#include "apps/sdp/overview.h"
#include "apps/sdp/text.h"

namespace tincan::inline v0::apps {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kHead = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";
const std::string kFingerprint =
    "a=fingerprint:sha-256 "
    "6B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08\r\n";
const std::string kIce = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n";
const std::string kSecure = kFingerprint + kIce + "a=setup:actpass\r\na=rtcp-mux\r\n";
const std::string kAudio = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n" + kSecure;

SdpOverview read(const std::string& text) {
  return overview(unwrapSdp("a.sdp", text), "");
}
std::string said(const std::string& text) {
  return toText(read(text), {});
}

// m=application is not data channels alone (RFC 4583).
TEST(SdpShapes, AnApplicationThatIsNoDataChannel) {
  const std::string out = said(kHead + kAudio +
                               "m=application 5070 UDP/BFCP *\r\na=mid:1\r\na=floorctrl:c-s\r\na=setup:actpass\r\n"
                               "m=text 9 UDP/TLS/RTP/SAVPF 98\r\na=mid:2\r\na=rtpmap:98 t140/1000\r\n" +
                               kSecure + "m=image 9 UDPTL t38\r\na=mid:3\r\n");
  EXPECT_THAT(out, HasSubstr("An offer of audio "));
  EXPECT_THAT(out, HasSubstr("m-line 1: application over UDP/BFCP, mid \"1\"  "));
  EXPECT_THAT(out, HasSubstr("m-line 3: image over UDPTL"));
  for (const char* untrue : {"data", "SCTP", "max-message-size", "t140"}) EXPECT_THAT(out, Not(HasSubstr(untrue)));
  EXPECT_THAT(out, HasSubstr("\"application UDP/BFCP\" is not spoken here"));
}

TEST(SdpShapes, ATelephoneWithoutWebRtc) {
  const std::string out = said(kHead + "m=audio 2222 RTP/AVP 9 0\r\nc=IN IP4 192.0.2.1\r\na=rtpmap:9 G722/8000\r\n");
  EXPECT_THAT(out, HasSubstr("neither ICE nor a certificate's fingerprint: plain RTP"));
  EXPECT_THAT(out, Not(HasSubstr("trickle that would promise")));
  // One that says nothing of ICE is named by what it is: it has no mid.
  const auto keys =
      read(kHead + "m=audio 2222 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3Q\r\n");
  EXPECT_THAT(toComplaints(keys, {}), HasSubstr("the section of audio has no a=ice-ufrag and a=ice-pwd"));
}

TEST(SdpShapes, OneThingIsSaidOnce) {
  std::string bare = kHead + kAudio;
  bare.erase(bare.find("a=mid:0\r\n"), 9);
  const std::string out = said(bare);
  EXPECT_THAT(out, HasSubstr("the section has no a=mid: \"0\" here"));
  EXPECT_THAT(out, Not(HasSubstr("can only be told by their place")));
}

// As libwebrtc wrote them until 2021: several tracks in one m-line, each in its a=ssrc lines.
TEST(SdpShapes, PlanB) {
  std::string text = kHead + kAudio;
  for (int i = 1; i <= 6; ++i) {
    const std::string n = std::to_string(i);
    text += "a=ssrc:" + n + " cname:c\r\na=ssrc:" + n + " msid:stream" + n + " track" + n + "\r\n";
  }
  const std::string out = said(text);
  EXPECT_THAT(out, HasSubstr("6 tracks in one m-line (Plan B"));
  EXPECT_THAT(out, HasSubstr("track track1 of stream stream1"));
  EXPECT_THAT(out, HasSubstr("2 more tracks"));
  const std::string one = said(kHead + kAudio + "a=ssrc:1 cname:c\r\na=ssrc:1 msid:s t\r\n");
  EXPECT_THAT(one, HasSubstr("track t of stream s"));
  EXPECT_THAT(one, Not(HasSubstr("Plan B")));
}

TEST(SdpShapes, NumbersThatPeopleRead) {
  const std::string opus =
      "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nb=TIAS:4000000\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
      "a=fmtp:111 maxaveragebitrate=128000\r\na=rtcp-fb:111 ccm tmmbr\r\n";
  const std::string out = said(kHead + opus + kSecure);
  EXPECT_THAT(out, HasSubstr("at most 4,000,000 bit/s (b=TIAS)"));
  EXPECT_THAT(out, HasSubstr("at most 128,000 bit/s"));
  EXPECT_THAT(out, HasSubstr("a lower rate asked for (TMMBR)"));
}

// RFC 6184 §8.1: without profile-level-id it is Baseline at level 1.
TEST(SdpShapes, H264WithoutParameters) {
  const std::string out =
      said(kHead + "m=video 9 UDP/TLS/RTP/SAVPF 99\r\na=mid:0\r\na=rtpmap:99 H264/90000\r\n" + kSecure);
  EXPECT_THAT(out, HasSubstr("H264 baseline 1.0 unfragmented (99)"));
}

TEST(SdpShapes, WhatMayGoWrong) {
  const std::string video = "m=video 9 UDP/TLS/RTP/SAVPF 72\r\na=mid:0\r\na=rtpmap:72 VP8/90000\r\n";
  EXPECT_THAT(said(kHead + video + kSecure), HasSubstr("payload type 72 is taken for RTCP"));
  EXPECT_THAT(said(kHead + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\na=rtcp-mux\r\n" + kFingerprint + kIce),
              HasSubstr("no a=setup: who begins with DTLS is left open"));
  const std::string main =
      "m=video 9 UDP/TLS/RTP/SAVPF 99\r\na=mid:0\r\na=rtpmap:99 H264/90000\r\n"
      "a=fmtp:99 packetization-mode=1;profile-level-id=7a0028\r\n";
  EXPECT_THAT(said(kHead + main + kSecure), HasSubstr("theirs: H264 7a0028;"));
  const std::string data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\na=sctp-port:0\r\n";
  EXPECT_THAT(said(kHead + data + kSecure), HasSubstr("a=sctp-port is 0: taken as 5000"));
}

// A bundle's candidates may stand in any of its sections.
TEST(SdpShapes, CandidatesOfTheSecondSection) {
  const std::string out = said(kHead + "a=group:BUNDLE 0 1\r\n" + kAudio +
                               "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n" + kSecure +
                               "a=candidate:1 1 udp 1 192.0.2.9 5000 typ host\r\n");
  EXPECT_THAT(out, HasSubstr("candidates   host 192.0.2.9:5000"));
  EXPECT_THAT(out, Not(HasSubstr("no candidates")));
}

// What an editor has put in front.
TEST(SdpShapes, AMarkOfByteOrder) {
  const SdpOverview seen = read("\xef\xbb\xbf" + kHead + kAudio);
  EXPECT_THAT(toComplaints(seen, {}), HasSubstr("a.sdp:1:1: forgiven: the mark of byte order in front is passed over"));
  EXPECT_THAT(toComplaints(seen, {}), Not(HasSubstr("v=")));
}

// As it stands in a log, between quotation marks that were left behind.
TEST(SdpShapes, LinesThatALogHasEscaped) {
  std::string escaped;
  for (const char c : kHead + kAudio)
    escaped += c == '\r' ? "\\r" : c == '\n' ? "\\n" : c == '/' ? "\\/" : std::string(1, c);
  EXPECT_EQ(read(escaped).sections.size(), 1u);
  EXPECT_EQ(unwrapSdp("a", escaped).text, kHead + kAudio);
}

TEST(SdpShapes, WhoHasWrittenIt) {
  for (const auto& [origin, name, writer] :
       std::vector<std::array<const char*, 3>>{{"mediasoup-client", "-", "mediasoup"},
                                               {"-", "VideoRoom 1234", "Janus"},
                                               {"CSCO", "SIP Call", "Cisco"},
                                               {"Mozilla-SIPUA-24.0", "SIP Call", "Firefox"},
                                               {"root", "Asterisk PBX 11.2", "Asterisk"},
                                               {"-", "-", ""}})
    EXPECT_EQ(read("v=0\r\no=" + std::string(origin) + " 1 2 IN IP4 192.0.2.1\r\ns=" + name + "\r\nt=0 0\r\n" + kAudio)
                  .writer,
              writer);
}

}  // namespace
}  // namespace tincan::inline v0::apps
