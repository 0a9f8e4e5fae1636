#include "sdp/parser.h"

#include <string>

#include <gtest/gtest.h>

#include "sdp/writer.h"

namespace tincan::inline v0::sdp {
namespace {

const std::string kHead = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const std::string kAudio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n";

Result<Session> parseAudio(const std::string& attributes) {
  return parse(kHead + kAudio + attributes);
}

void expectError(const std::string& text, size_t line, std::string_view part, ErrorCode code = ErrorCode::kMalformed) {
  auto session = parse(text);
  ASSERT_FALSE(session.ok()) << text;
  EXPECT_EQ(session.error().code(), code) << text;
  EXPECT_EQ(errorLine(session.error()), line) << session.error().message();
  EXPECT_NE(session.error().message().find(part), std::string::npos) << session.error().message();
}

// RFC 8866 §5.
TEST(SdpParser, SmallestSession) {
  auto session = parse(kHead);
  ASSERT_TRUE(session.ok());
  Session expected;
  expected.origin.sessionId = 1;
  expected.origin.sessionVersion = 2;
  EXPECT_TRUE(*session == expected);
  EXPECT_EQ(*write(*session), kHead);
}

// RFC 8866 §9.
TEST(SdpParser, KeepsEveryLineTypeOfTheGrammar) {
  const std::string text =
      "v=0\r\no=jdoe 1 2 IN IP6 ::1\r\ns=A b\r\ni=info\r\nu=http://x/\r\ne=a@b\r\ne=c@d\r\np=+1\r\nc=IN IP4 "
      "1.2.3.4/127\r\n"
      "b=AS:1\r\nb=CT:2\r\nt=1 2\r\nr=7d 1h 0\r\nt=3 4\r\nz=0 -1h\r\na=group:LS a\r\na=ice-lite\r\na=tool:x y\r\n"
      "m=audio 5/2 RTP/AVP 0 8\r\ni=sound\r\nc=IN IP4 1.1.1.1\r\nb=TIAS:3\r\na=mid:a\r\na=x\r\na=x:\r\na=ptime:20\r\n";
  auto session = parse(text);
  ASSERT_TRUE(session.ok()) << session.error().toString();
  EXPECT_EQ(session->timings.size(), 2u);
  EXPECT_EQ(session->media[0].portCount, 2u);
  EXPECT_NE(session->media[0].otherAttributes[0], session->media[0].otherAttributes[1]) << "no value, empty value";
  const std::string written = *write(*session);
  EXPECT_TRUE(*parse(written) == *session);
  EXPECT_EQ(written.size(), text.size());
}

// RFC 8866 §5.12.
TEST(SdpParser, DiscardsKeys) {
  auto session = parse(kHead + "k=prompt\r\na=tool:x\r\n" + kAudio + "k=clear:x\r\na=mid:0\r\n");
  ASSERT_TRUE(session.ok()) << session.error().toString();
  EXPECT_EQ(write(*session)->find("k="), std::string::npos);
}

// RFC 8866 §5.
TEST(SdpParser, SaysWhichLineIsWrong) {
  expectError("", 0, "needs v=");
  expectError("v=1\r\n", 1, "must be 0");
  expectError("v=0\r\ns=-\r\n", 2, "in this order");
  expectError("v=0\r\no=- 1 2 IN IP4\r\n", 2, "o=");
  expectError("v=0\r\no=- 1 -2 IN IP4 1.1.1.1\r\n", 2, "o=");
  expectError("v=0\r\no=- 1 2 IN IP4 1.1.1.1\r\ns=-\r\na=x\r\n", 4, "needs v=");
  expectError("v=0\r\no=- 1 2 IN IP4 1.1.1.1\r\ns=-\r\nr=x\r\n", 4, "needs v=");
  expectError("v=0\r\no=- 1 2 IN IP4 1.1.1.1\r\ns=-\r\n" + kAudio, 4, "needs v=");
  expectError("v=0\r\no=- 1 2 IN IP4 1.1.1.1\r\ns=-\r\nt=0\r\n", 4, "t=");
  expectError(kHead + "s=-\r\n", 5, "out of order");
  expectError(kHead + "a=x\r\nc=IN IP4 1.1.1.1\r\n", 6, "out of order");
  expectError(kHead + "\r\na=x\r\n", 5, "empty line");
  expectError(kHead + "x\r\n", 5, "expected a letter");
  expectError(kHead + "x=1\r\n", 5, "may not stand");
  expectError(kHead + "a=\r\n", 5, "name");
  expectError(kHead + "a=:x\r\n", 5, "name");
  expectError(kHead + "a=x y\r\n", 5, "name");
  expectError(kHead + "a=x:y\rz\r\n", 5, "control");
  expectError(kHead + "a=x:y" + std::string(1, '\0') + "\r\n", 5, "control");
  expectError(kHead + kAudio + "t=0 0\r\n", 7, "may not stand");
  expectError(kHead + kAudio + "c=IN IP4 1.1.1.1\r\n", 7, "repeated");
  expectError(kHead + kAudio + "a=mid:0\r\nb=AS:1\r\n", 8, "out of order");
  EXPECT_FALSE(errorLine(Error(ErrorCode::kMalformed, "other")));
  EXPECT_TRUE(parse(kHead + "\r\n\n").ok()) << "empty lines at the very end do no harm";
}

// RFC 8866 §5.14.
TEST(SdpParser, MediaLines) {
  for (const char* line : {"m=", "m=audio", "m=audio 9", "m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 9 UDP/TLS/RTP/SAVPF ",
                           "m=audio 65536 RTP/AVP 0", "m=audio -1 RTP/AVP 0", "m=audio 9/0 RTP/AVP 0",
                           "m=audio 9/ RTP/AVP 0", "m=au(dio 9 RTP/AVP 0", "m= 9 RTP/AVP 0", "m=audio  9 RTP/AVP 0"})
    expectError(kHead + line + "\r\n", 5, "m=");
  EXPECT_EQ(parse(kHead + "m=audio 65535 RTP/AVP 0\r\n")->media[0].port, 65535);
}

// RFC 8866 §9; RFC 8839 §5.4.
TEST(SdpParser, RefusesBrokenAttributes) {
  const std::string ufrag4 = "abcd", pwd22(22, 'x');
  for (const std::string& line : {
           std::string("mid"),
           std::string("mid:"),
           std::string("mid:a b"),
           std::string("ice-ufrag:abc"),
           "ice-ufrag:" + std::string(257, 'a'),
           std::string("ice-ufrag:ab-d"),
           "ice-pwd:" + std::string(21, 'a'),
           "ice-pwd:" + std::string(257, 'a'),
           std::string("ice-options"),
           std::string("fingerprint:sha-256"),
           std::string("fingerprint:sha-256 "),
           std::string("fingerprint:sha-256 A"),
           std::string("fingerprint:sha-256 AB:"),
           std::string("fingerprint:sha-256 AB:C"),
           std::string("fingerprint:sha-256 AB-CD"),
           std::string("fingerprint:sha-256 AG"),
           std::string("fingerprint: AB"),
           std::string("setup:both"),
           std::string("setup"),
           std::string("candidate:"),
           std::string("end-of-candidates:x"),
           std::string("rtcp-mux:x"),
           std::string("rtcp:65536"),
           std::string("rtcp:9 IN IP4"),
           std::string("rtcp:9 "),
           std::string("rtpmap:128 a/1"),
           std::string("rtpmap:96"),
           std::string("rtpmap:96 a"),
           std::string("rtpmap:96 a/"),
           std::string("rtpmap:96 a/0"),
           std::string("rtpmap:96 a/4294967296"),
           std::string("rtpmap:96 a/1/"),
           std::string("rtpmap:96 a/1/0"),
           std::string("rtpmap:96 a/1/2/3"),
           std::string("rtpmap:-1 a/1"),
           std::string("fmtp:96"),
           std::string("fmtp: a=b"),
           std::string("rtcp-fb:96"),
           std::string("rtcp-fb:128 nack"),
           std::string("rtcp-fb:x nack"),
           std::string("rtcp-fb:96 "),
           std::string("extmap:0 urn:x"),
           std::string("extmap:256 urn:x"),
           std::string("extmap:4095 urn:x"),
           std::string("extmap:4352 urn:x"),
           std::string("extmap:1"),
           std::string("extmap:1 "),
           std::string("extmap:1/both urn:x"),
           std::string("extmap:1/ urn:x"),
           std::string("msid:"),
           std::string("msid:a b c"),
           std::string("ssrc:1"),
           std::string("ssrc:4294967296 cname:x"),
           std::string("ssrc:x cname:y"),
           std::string("ssrc:1 :x"),
           std::string("ssrc-group:"),
           std::string("ssrc-group:FID 4294967296"),
           std::string("ssrc-group:FID x"),
           std::string("rid:a"),
           std::string("rid:a both"),
           std::string("rid:a! send"),
           std::string("simulcast:"),
           std::string("simulcast:send"),
           std::string("simulcast:send ;a"),
           std::string("simulcast:send a;"),
           std::string("simulcast:send a,"),
           std::string("simulcast:send ~"),
           std::string("simulcast:both a"),
           std::string("simulcast:send a send a"),
           std::string("sctp-port:65536"),
           std::string("sctp-port:"),
           std::string("max-message-size:18446744073709551616"),
           std::string("ptime:x"),
           std::string("cryptex:1"),
           std::string("ptime:20."),
       })
    expectError(kHead + kAudio + "a=rid:a send\r\na=" + line + "\r\n", 8, "a=");
}

// RFC 8839 §5.4; RFC 8285 §5.
TEST(SdpParser, AcceptsTheBounds) {
  for (const std::string& line : {
           "ice-ufrag:" + std::string(256, '/'),
           "ice-pwd:" + std::string(22, '+'),
           std::string("rtpmap:127 a/4294967295/255"),
           std::string("extmap:1 urn:x"),
           std::string("extmap:255/inactive urn:x a b"),
           std::string("extmap:4096 urn:x"),
           std::string("extmap:4351 urn:x"),
           std::string("ssrc:4294967295 cname:"),
           std::string("ssrc:0 x"),
           std::string("max-message-size:18446744073709551615"),
           std::string("sctp-port:65535"),
           std::string("rtcp-fb:* nack pli"),
           std::string("simulcast:recv a;~b,c send d"),
           std::string("ptime:2.5"),
           std::string("fingerprint:SHA-256 ab:CD"),
           std::string("rtcp:9"),
           std::string("msid:a"),
           std::string("rid:x-_1 recv max-width=1;pt=96"),
       }) {
    auto session = parseAudio("a=rid:a recv\r\na=rid:b recv\r\na=rid:c recv\r\na=rid:d send\r\na=" + line + "\r\n");
    ASSERT_TRUE(session.ok()) << line << session.error().toString();
    EXPECT_TRUE(session->media[0].otherAttributes.empty()) << line;
    EXPECT_TRUE(*parse(*write(*session)) == *session) << line;
  }
}

// RFC 5888 §4; RFC 8285 §5; RFC 8851 §4.
TEST(SdpParser, RefusesDuplicates) {
  const std::string other = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
  expectError(kHead + kAudio + "a=mid:0\r\n" + other + "a=mid:0\r\n", 9, "mid");
  expectError(kHead + kAudio + "a=mid:0\r\na=mid:1\r\n", 8, "twice");
  expectError(kHead + kAudio + "a=extmap:1 urn:x\r\na=extmap:1 urn:y\r\n", 8, "twice");
  expectError(kHead + kAudio + "a=rtpmap:96 a/1\r\na=rtpmap:96 b/1\r\n", 8, "twice");
  expectError(kHead + kAudio + "a=ssrc:1 cname:x\r\n" + other + "a=ssrc:1 cname:x\r\n", 9, "earlier section");
  expectError(kHead + kAudio + "a=ssrc:1 cname:x\r\na=ssrc:1 cname:y\r\n", 8, "two cnames");
  expectError(kHead + kAudio + "a=rid:a send\r\na=rid:a recv\r\n", 8, "twice");
  expectError(kHead + kAudio + "a=sendrecv\r\na=recvonly\r\n", 8, "twice");
  for (const char* line :
       {"a=ice-ufrag:abcd", "a=ice-options:x", "a=setup:active", "a=sctp-port:1", "a=rtcp:9", "a=ptime:1"})
    expectError(kHead + kAudio + line + "\r\n" + line + "\r\n", 8, "twice");
  EXPECT_TRUE(parse(kHead + kAudio + "a=extmap:1 urn:x\r\na=rtpmap:96 a/1\r\na=rid:a send\r\n" + other +
                    "a=extmap:1 urn:x\r\na=rtpmap:96 a/1\r\na=rid:a send\r\n")
                  .ok())
      << "each section has its own";
}

// RFC 8853 §5.1.
TEST(SdpParser, SimulcastNamesDeclaredRids) {
  expectError(kHead + kAudio + "a=rid:a send\r\na=simulcast:send a;b\r\n", 8, "no a=rid");
  expectError(kHead + kAudio + "a=simulcast:recv a\r\nm=video 9 X 1\r\na=rid:a recv\r\n", 8, "no a=rid");
  EXPECT_TRUE(parseAudio("a=simulcast:send a\r\na=rid:a send\r\n").ok()) << "in whatever order";
}

// LIMITS B08
TEST(SdpParser, HoldsItsLimits) {
  std::string text = kHead;
  for (size_t i = 0; i < kMaxMediaSections; ++i) text += "m=audio 9 RTP/AVP 0\r\n";
  EXPECT_EQ(parse(text)->media.size(), kMaxMediaSections);
  expectError(text + "m=audio 9 RTP/AVP 0\r\n", 4 + kMaxMediaSections + 1, "128", ErrorCode::kLimit);
  std::string full = kHead + "a=x:";
  full.append(kMaxTextSize - full.size(), 'y');
  EXPECT_TRUE(parse(full).ok());
  EXPECT_TRUE(write(*parse(full)).ok() == false) << "the CRLF that write() adds is past the limit";
  expectError(full + "y", 1, "longer", ErrorCode::kLimit);
}

// RFC 8866 §6; RFC 8122 §5.
TEST(SdpParser, SessionLevelAttributesApplyToSectionsWithoutTheirOwn) {
  const std::string pwd(24, 'p');
  auto session = parse(
      kHead + "a=ice-ufrag:sess\r\na=ice-pwd:" + pwd + "\r\na=ice-options:ice2,trickle\r\na=setup:actpass\r\n" +
      "a=fingerprint:sha-1 AA\r\na=extmap:1 urn:x\r\na=sendonly\r\na=rtpmap:96 not/here\r\n" + kAudio +
      "a=ice-ufrag:own0\r\na=setup:active\r\na=fingerprint:sha-1 BB\r\na=extmap:2 urn:y\r\na=inactive\r\n" + kAudio);
  ASSERT_TRUE(session.ok()) << session.error().toString();
  const Media &own = session->media[0], &lent = session->media[1];
  EXPECT_EQ(session->iceUfragOf(own), "own0");
  EXPECT_EQ(session->iceUfragOf(lent), "sess");
  EXPECT_EQ(session->icePwdOf(own), pwd);
  EXPECT_EQ(session->setupOf(own), Setup::kActive);
  EXPECT_EQ(session->setupOf(lent), Setup::kActpass);
  EXPECT_EQ(session->fingerprintsOf(own)[0].toString(), "sha-1 BB");
  EXPECT_EQ(session->fingerprintsOf(lent)[0].toString(), "sha-1 AA");
  EXPECT_EQ(session->extmapsOf(own)[0].id, 2);
  EXPECT_EQ(session->extmapsOf(lent)[0].id, 1);
  EXPECT_EQ(session->directionOf(own), Direction::kInactive);
  EXPECT_EQ(session->directionOf(lent), Direction::kSendOnly);
  EXPECT_TRUE(session->hasIceOption(own, "trickle"));
  EXPECT_FALSE(session->hasIceOption(own, "trick"));
  EXPECT_EQ(session->otherAttributes[0].name, "rtpmap") << "what makes no sense here is kept, not used";
}

// RFC 9335 §4: of the session or of a section.
TEST(SdpParser, CryptexOfEitherLevel) {
  auto session = parse(kHead + kAudio + "a=cryptex\r\n" + kAudio);
  ASSERT_TRUE(session.ok()) << session.error().toString();
  EXPECT_FALSE(session->cryptex);
  EXPECT_TRUE(session->cryptexIn(session->media[0]));
  EXPECT_FALSE(session->cryptexIn(session->media[1]));
  session = parse(kHead + "a=cryptex\r\n" + kAudio);
  ASSERT_TRUE(session.ok()) << session.error().toString();
  EXPECT_FALSE(session->media[0].cryptex);
  EXPECT_TRUE(session->cryptexIn(session->media[0]));
  EXPECT_EQ(write(*session)->find("a=cryptex\r\n"), write(*session)->rfind("a=cryptex\r\n")) << "once, where it stood";
  EXPECT_LT(write(*session)->find("a=cryptex\r\n"), write(*session)->find("m=audio"));
}

// RFC 8866 §6.15.
TEST(SdpFmtp, SplitsParameters) {
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ((Fmtp{"111", "minptime=10; useinbandfec=1 ;;x;y=a=b"}.pairs()),
            (Pairs{{"minptime", "10"}, {"useinbandfec", "1"}, {"x", ""}, {"y", "a=b"}}));
  EXPECT_EQ((Fmtp{"101", "0-15"}.pairs()), (Pairs{{"0-15", ""}}));
}

}  // namespace
}  // namespace tincan::inline v0::sdp
