#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "sdp/writer.h"
#include "tests/sdp/corpus.h"

// What browsers forgive: everything here is refused by the letter (parse()) and read by parseLeniently().
namespace tincan::inline v0::sdp {
namespace {

const std::string kHead = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const std::string kAudio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n";
const std::string kUfrag = "a=ice-ufrag:abcd\r\n", kPwd = "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n",
                  kPrint = "a=fingerprint:sha-256 AB:CD\r\n";

/// Reads it; whatever was read is a session by the letter, too.
Result<Session> read(const std::string& text, Notes& notes) {
  auto session = parseLeniently(text, notes);
  if (!session) return session;
  const auto written = write(*session);
  EXPECT_TRUE(written.ok()) << text;
  if (written) {
    Notes none;
    const auto again = parseLeniently(*written, none);
    EXPECT_TRUE(again.ok() && *again == *session) << *written;
    EXPECT_TRUE(none.all().empty()) << none.all().front().what;
  }
  return session;
}

Session readOne(const std::string& text, size_t line, std::string_view part, std::string_view rule = "") {
  EXPECT_FALSE(parse(text).ok()) << "the letter takes it: " << text;
  Notes notes;
  auto session = read(text, notes);
  EXPECT_TRUE(session.ok()) << text << session.error().toString();
  EXPECT_EQ(notes.all().size(), 1u) << text;
  if (notes.all().empty()) return {};
  const Note& note = notes.all().front();
  EXPECT_EQ(note.line, line) << note.what;
  EXPECT_NE(note.what.find(part), std::string::npos) << note.what;
  EXPECT_NE(note.rule.find(rule), std::string::npos) << note.rule;
  EXPECT_EQ(note.rule.rfind("RFC ", 0), 0u) << note.rule;
  return session.ok() ? *session : Session{};
}

Media audioWith(const std::string& attributes, std::string_view part, std::string_view rule = "") {
  Session session = readOne(kHead + kAudio + attributes, 7, part, rule);
  return session.media.empty() ? Media{} : session.media[0];
}

TEST(SdpLenient, SaysNothingOfWhatIsRight) {
  for (const auto& file : test::sdpCorpus()) {
    Notes notes;
    const auto session = parseLeniently(file.text, notes);
    ASSERT_TRUE(session.ok()) << file.name;
    EXPECT_TRUE(*session == *parse(file.text)) << file.name;
    EXPECT_TRUE(notes.all().empty()) << file.name << ": " << notes.all().front().what;
  }
}

TEST(SdpLenient, BlanksAtTheEndsOfLines) {
  EXPECT_EQ(audioWith("a=rtpmap:111 opus/48000/2 \r\n", "blanks").rtpmaps.at(0).encoding, "opus");
  EXPECT_EQ(audioWith("a=rtcp-fb:111 nack \t \r\n", "blanks").rtcpFbs.at(0).value, "nack");
  EXPECT_EQ(audioWith(" a=ptime:20\r\n", "blanks").ptime, 20u);
  EXPECT_TRUE(audioWith("a=rtcp-mux \r\n", "blanks").rtcpMux);
  EXPECT_EQ(audioWith("a=setup:active\t\r\n", "blanks").setup, Setup::kActive);
}

TEST(SdpLenient, BlanksWithinLines) {
  EXPECT_EQ(audioWith("a=rtpmap: 111  opus/48000/2\r\n", "read as", "RFC 8866 §6.6").rtpmaps.at(0).payloadType, 111);
  EXPECT_EQ(audioWith("a=mid: x\r\n", "read as", "RFC 5888").mid, "x");
  EXPECT_EQ(audioWith("a=extmap:1\turn:x\r\n", "read as", "RFC 8285").extmaps.at(0).uri, "urn:x");
  EXPECT_EQ(audioWith("a=fingerprint:sha-256  AB:CD\r\n", "read as", "RFC 8122").fingerprints.at(0).value.size(), 2u);
  const Session session = readOne(kHead + "m=audio  9\tUDP/TLS/RTP/SAVPF  111 0\r\n", 5, "blanks");
  ASSERT_EQ(session.media.size(), 1u);
  EXPECT_EQ(session.media[0].formats, (std::vector<std::string>{"111", "0"}));
}

// RFC 8866 §5.
TEST(SdpLenient, LineEnds) {
  readOne(kHead + "\r\n" + kAudio, 5, "empty line");
  readOne(kHead + kAudio + "  \r\n" + "a=mid:0\r\n", 7, "empty line");
  std::string bare = kHead + kAudio + "a=mid:0\r\n";
  std::erase(bare, '\n');
  Notes notes;
  const auto session = read(bare, notes);
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(session->media.at(0).mid, "0");
  EXPECT_EQ(notes.all().size(), 7u) << "one for each line";
  Notes none;
  EXPECT_TRUE(read(kHead + kAudio + "\n\r\n\n", none).ok());
  EXPECT_TRUE(none.all().empty()) << "at the very end nobody minds";
}

// RFC 8866 §5.
TEST(SdpLenient, OrderOfLines) {
  EXPECT_EQ(readOne(kHead + kAudio + "a=mid:0\r\nb=AS:50\r\n", 8, "out of order").media[0].bandwidths.at(0).value, 50u);
  EXPECT_EQ(readOne(kHead + "m=audio 9 X 1\r\nb=AS:50\r\nc=IN IP4 1.2.3.4\r\n", 7, "out of order")
                .media[0]
                .connection->address,
            "1.2.3.4");
  EXPECT_EQ(readOne(kHead + "a=ice-lite\r\ns=x\r\n", 6, "stands twice").name, "-");
  EXPECT_EQ(readOne("v=0\r\ns=x\r\no=- 1 2 IN IP4 127.0.0.1\r\nt=0 0\r\n", 3, "out of order").name, "x");
  EXPECT_EQ(readOne(kHead + kAudio + "c=IN IP4 1.2.3.4\r\n", 7, "stands twice").media[0].connection->address, "0.0.0.0")
      << "RFC 8866 §5.7: the first is the base";
}

TEST(SdpLenient, LinesThatNobodyNeeds) {
  for (const char* line :
       {"x=1", "A=mid:0", "hello", "a", "=", "b=AS", "b=:1", "c=IN IP4", "t=0", "a=", "a=:x", "r=7d", "a=(:x"}) {
    Notes notes;
    const auto session = read(kHead + kAudio + line + "\r\n", notes);
    EXPECT_TRUE(session.ok()) << line;
    EXPECT_EQ(notes.all().size(), 1u) << line;
  }
  for (const char* missing : {"v=0\r\n", "o=- 1 2 IN IP4 127.0.0.1\r\n", "s=-\r\n", "t=0 0\r\n"}) {
    std::string text = kHead + kAudio;
    text.erase(text.find(missing), std::string(missing).size());
    readOne(text, 4, std::string("lacks ") + missing[0], "RFC 8866");
  }
  readOne("v=0\r\no=- 99999999999999999999999 1 IN IP4 x\r\ns=-\r\nt=0 0\r\n", 2, "o=");
  readOne("v=1\r\n" + kHead.substr(5), 1, "v=");
}

TEST(SdpLenient, ValuesThatAreWrong) {
  EXPECT_FALSE(audioWith("a=maxptime:x\r\n", "a=maxptime", "RFC 8866 §6.5").maxptime);
  EXPECT_FALSE(audioWith("a=ptime:\r\n", "left out").ptime);
  EXPECT_FALSE(audioWith("a=setup:both\r\n", "left out", "RFC 8842").setup);
  EXPECT_FALSE(audioWith("a=rtcp:x\r\n", "left out").rtcp);
  EXPECT_FALSE(audioWith("a=mid:a b\r\n", "left out").mid);
  EXPECT_TRUE(audioWith("a=ssrc:x cname:y\r\n", "left out").ssrcs.empty());
  EXPECT_TRUE(audioWith("a=extmap:0 urn:x\r\n", "left out").extmaps.empty());
  EXPECT_TRUE(audioWith("a=fmtp:111\r\n", "left out").fmtps.empty());
  EXPECT_TRUE(audioWith("a=candidate:\r\n", "left out").candidates.empty());
  EXPECT_TRUE(audioWith("a=rtpmap:111 opus\r\n", "left out").rtpmaps.empty());
  EXPECT_TRUE(audioWith("a=rtcp-mux:1\r\n", "takes no value", "RFC 5761").rtcpMux);
  EXPECT_TRUE(audioWith("a=rtcp-rsize:x\r\n", "takes no value").rtcpRsize);
  EXPECT_EQ(audioWith("a=setup:ACTPASS\r\n", "actpass", "RFC 8842").setup, Setup::kActpass);
  EXPECT_EQ(audioWith("a=rtpmap:96 VP8/90000/\r\n", "VP8/90000").rtpmaps.at(0).clockRate, 90000u);
  EXPECT_EQ(audioWith("a=rtpmap:111 opus / 48000 / 2\r\n", "opus/48000/2").rtpmaps.at(0).channels, 2u);
  EXPECT_EQ(audioWith("a=max-message-size:99999999999999999999\r\n", "read as").maxMessageSize, UINT64_MAX);
}

TEST(SdpLenient, NamesInOtherCases) {
  Notes notes;
  const auto session = read(kHead + kAudio + "a=MID:0\r\na=SendOnly\r\na=RTCP-mux\r\na=X-Unknown:Y\r\n", notes);
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(session->media[0].mid, "0");
  EXPECT_EQ(session->media[0].direction, Direction::kSendOnly);
  EXPECT_TRUE(session->media[0].rtcpMux);
  EXPECT_EQ(session->media[0].otherAttributes.at(0).name, "X-Unknown") << "what is not known stays as it is";
  EXPECT_EQ(notes.all().size(), 3u);
}

TEST(SdpLenient, OfTwoSingleLinesTheLastCounts) {
  const auto last = [](const std::string& lines) { return readOne(kHead + kAudio + lines, 8, "twice").media.at(0); };
  EXPECT_EQ(last("a=mid:0\r\na=mid:0\r\n").mid, "0");
  EXPECT_EQ(last("a=mid:0\r\na=mid:1\r\n").mid, "1");
  EXPECT_EQ(last("a=setup:active\r\na=setup:passive\r\n").setup, Setup::kPassive);
  EXPECT_EQ(last("a=sendrecv\r\na=recvonly\r\n").direction, Direction::kRecvOnly);
  EXPECT_EQ(last(kUfrag + "a=ice-ufrag:efgh\r\n").iceUfrag, "efgh");
  EXPECT_EQ(last("a=ptime:10\r\na=ptime:20\r\n").ptime, 20u);
  EXPECT_EQ(last("a=ice-options:trickle\r\na=ice-options:ice2\r\n").iceOptions.size(), 2u);
}

TEST(SdpLenient, OfListsTheFirstEntryCounts) {
  const auto first = [](const std::string& lines) {
    return readOne(kHead + kAudio + lines, 8, "left out").media.at(0);
  };
  EXPECT_EQ(first("a=extmap:1 urn:x\r\na=extmap:1 urn:y\r\n").extmaps.at(0).uri, "urn:x");
  EXPECT_EQ(first("a=rtpmap:96 VP8/90000\r\na=rtpmap:96 VP9/90000\r\n").rtpmaps.at(0).encoding, "VP8");
  EXPECT_EQ(first("a=rid:a send\r\na=rid:a recv\r\n").rids.size(), 1u);
  EXPECT_EQ(first("a=ssrc:1 cname:x\r\na=ssrc:1 cname:y\r\n").ssrcs.size(), 1u);
  const std::string other = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n";
  EXPECT_TRUE(readOne(kHead + kAudio + "a=ssrc:1 cname:x\r\n" + other + "a=ssrc:1 cname:x\r\n", 9, "earlier section")
                  .media[1]
                  .ssrcs.empty());
  EXPECT_FALSE(readOne(kHead + kAudio + "a=mid:0\r\n" + other + "a=mid:0\r\n", 9, "earlier section").media[1].mid);
}

// RFC 8853 §5.1.
TEST(SdpLenient, SimulcastOfManyForms) {
  const std::string rids = "a=rid:a send\r\na=rid:b send\r\n";
  const auto streams = [&](const std::string& value) {
    Notes notes;
    const auto session = read(kHead + kAudio + rids + "a=simulcast:" + value + "\r\n", notes);
    EXPECT_TRUE(session.ok());
    EXPECT_FALSE(notes.all().empty()) << value;
    return session->media[0].simulcast ? session->media[0].simulcast->send.size() : 0;
  };
  EXPECT_EQ(streams("SEND a;b"), 2u);
  EXPECT_EQ(streams(" send rid=a;b"), 2u) << "draft-ietf-mmusic-sdp-simulcast-03";
  EXPECT_EQ(streams("send a;b;"), 2u);
  EXPECT_EQ(streams("send a;c"), 1u) << "c is not declared";
  EXPECT_EQ(streams("send c"), 0u);
  EXPECT_EQ(streams("both a"), 0u);
}

void expectError(const std::string& text, size_t line, std::string_view part) {
  Notes notes;
  const auto session = parseLeniently(text, notes);
  ASSERT_FALSE(session.ok()) << text;
  EXPECT_EQ(errorLine(session.error()), line) << session.error().message();
  EXPECT_NE(session.error().message().find(part), std::string::npos) << session.error().message();
}

// RFC 9429 §5.8; RFC 8839 §5.4.
TEST(SdpLenient, WhatNoCallGoesWithoutStaysAnError) {
  expectError("", 0, "no session description");
  expectError("hello\r\n", 1, "no session description");
  for (const char* line : {"m=", "m=audio", "m=audio 9 UDP/TLS/RTP/SAVPF", "m=audio 65536 X 1", "m=audio x X 1"})
    expectError(kHead + line + "\r\n", 5, "m=");
  expectError(kHead + kAudio + "a=ice-ufrag:ab\r\n" + kPwd + kPrint, 7, "ice-ufrag");
  expectError(kHead + kAudio + kUfrag + "a=ice-pwd:short\r\n" + kPrint, 8, "ice-pwd");
  // As Chromium 156 and Firefox 153: 22 characters of a password, 4 of a fragment, and not one less.
  for (const size_t size : {size_t{8}, size_t{21}})
    expectError(kHead + kAudio + kUfrag + "a=ice-pwd:" + std::string(size, 'x') + "\r\n" + kPrint, 8, "22 to 256");
  expectError(kHead + kAudio + "a=ice-ufrag:abc\r\n" + kPwd + kPrint, 7, "4 to 256");
  expectError(kHead + kAudio + "a=ice-ufrag:abc\r\na=ice-pwd:" + std::string(257, 'x') + "\r\n" + kPrint, 7,
              "4 to 256");
  expectError(kHead + kAudio + kUfrag + kPwd + "a=fingerprint:sha-256 XY\r\na=mid:0\r\n" + kAudio, 9, "fingerprint");
  expectError(kHead + "a=fingerprint:x\r\n" + kAudio, 5, "fingerprint");
}

TEST(SdpLenient, SomethingElseMayStandIn) {
  for (const std::string& text :
       {kHead + "a=ice-ufrag:ab\r\n" + kAudio + kUfrag, kHead + kUfrag + kAudio + "a=ice-ufrag:ab\r\n",
        kHead + kAudio + "a=fingerprint:x\r\n" + kPrint, kHead + "m=audio 0 X 1\r\na=fingerprint:x\r\n"}) {
    Notes notes;
    EXPECT_TRUE(read(text, notes).ok()) << text;
  }
}

// The letter has no '-' and '_' (RFC 8839 §5.4), browsers do.
TEST(SdpLenient, CredentialsInBase64Url) {
  Notes notes;
  const auto session = parseLeniently(kHead + kAudio + "a=ice-ufrag:ab-_=#\r\n", notes);
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(session->media[0].iceUfrag, "ab-_=#");
  EXPECT_EQ(notes.all().size(), 1u);
}

TEST(SdpLenient, NotesAreBounded) {
  std::string text = kHead + kAudio;
  for (int i = 0; i < 1000; ++i) text += "a=ptime:x\r\n";
  Notes notes;
  EXPECT_TRUE(parseLeniently(text, notes).ok());
  EXPECT_EQ(notes.all().size(), Notes::kMaxNotes);
  EXPECT_EQ(notes.omitted(), 1000 - Notes::kMaxNotes);
  Notes long_;
  EXPECT_TRUE(parseLeniently(kHead + kAudio + "a=mid:" + std::string(100'000, ' ') + "x y\r\n", long_).ok());
  EXPECT_LT(long_.all().at(0).what.size(), 200u);
}

/// Each line of a real offer left out, doubled, moved or with blanks about it: read, and by the letter afterwards.
TEST(SdpLenient, EveryLineOfAnOfferMutated) {
  std::vector<std::string> lines;
  const std::string& text = test::sdpCorpusFile("chromium-156-audio-video-data-offer.sdp");
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  const auto check = [](const std::vector<std::string>& all) {
    std::string joined;
    for (const std::string& line : all) joined += line;
    Notes notes;
    EXPECT_TRUE(read(joined, notes).ok()) << joined;
  };
  for (size_t i = 0; i < lines.size(); ++i) {
    auto without = lines, twice = lines, swapped = lines, blank = lines, empty = lines;
    without.erase(without.begin() + static_cast<ptrdiff_t>(i));
    if (lines[i][0] != 'm') {
      twice.insert(twice.begin() + static_cast<ptrdiff_t>(i), lines[i]);
      check(twice);
    }
    if (i + 1 < lines.size()) std::swap(swapped[i], swapped[i + 1]);
    blank[i].insert(blank[i].size() - 2, " ");
    empty[i] += "\r\n";
    for (const auto& all : {without, swapped, blank, empty}) check(all);
  }
}

}  // namespace
}  // namespace tincan::inline v0::sdp
