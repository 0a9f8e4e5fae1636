#include "sdp/writer.h"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "fuzz/sdp_writer.h"
#include "sdp/attribute_names.h"
#include "sdp/parser.h"
#include "tests/sdp/corpus.h"

namespace tincan::inline v0::sdp {
namespace {

using fuzz::rich;

const std::vector<fuzz::WriterPlace>& places() {
  return fuzz::writerPlaces();
}

// RFC 8866 §9.
TEST(SdpWriter, StringsCannotAddLines) {
  for (const fuzz::WriterPlace& place : places()) {
    for (const std::string& evil :
         {std::string("aaaa\r\na=evil:1"), std::string("aaaa\na=evil:1"), std::string("aaaa\rb"), std::string("aaaa\n"),
          std::string("aaaa\r"), std::string("\r\naaaa"), std::string("aa\0aa", 5),
          std::string("aaaaaaaaaaaaaaaaaaaaaaaa\r\nm=audio 9 X 0")}) {
      Session session = rich();
      place.put(session, evil);
      auto text = write(session);
      EXPECT_FALSE(text.ok()) << place.name << ": " << (text.ok() ? *text : "");
    }
  }
}

// RFC 8866 §9.
TEST(SdpWriter, StringsCannotAddFields) {
  for (const fuzz::WriterPlace& place : places()) {
    Session good = rich(), spaced = rich();
    place.put(good, "abcdefghijklmnopqrstuvwx");
    EXPECT_TRUE(write(good).ok()) << place.name;
    place.put(spaced, "abcdefghijkl mnopqrstuvwx");
    EXPECT_EQ(write(spaced).ok(), place.takesSpaces) << place.name;
  }
}

// RFC 8866 §9.
TEST(SdpWriter, RefusesModelsThatMeanNothing) {
  const auto refused = [](const std::function<void(Session&)>& spoil) {
    Session session = rich();
    spoil(session);
    return !write(session).ok();
  };
  EXPECT_FALSE(refused([](Session&) {}));
  EXPECT_TRUE(refused([](Session& s) { s.timings.clear(); }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].formats.clear(); }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].mid = ""; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].simulcast = Simulcast{}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].simulcast = Simulcast{{{{"none", false}}}, {}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].rtpmaps = {{128, "x", 1, {}}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].extmaps = {{0, {}, "urn:x", ""}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].extmaps = {{1, {}, "urn:x", ""}, {1, {}, "urn:y", ""}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].extmaps = {{256, {}, "urn:x", ""}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].extmaps = {{4352, {}, "urn:x", ""}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].rtpmaps = {{96, "x", 0, {}}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].rtpmaps = {{96, "x", 1, 0}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].rtpmaps = {{96, "x", 1, 256}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].rtpmaps = {{96, "x", 1, {}}, {96, "y", 1, {}}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].rtcpFbs = {{128, "nack"}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].portCount = 0; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].rids = {{"a", true, ""}, {"a", false, ""}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].simulcast = Simulcast{{{}}, {}}; })) << "a stream without a rid";
  EXPECT_TRUE(refused([](Session& s) {
    s.media[0].ssrcs = {{1, {{"cname", "x"}}}, {1, {{"label", "x"}}}};
  })) << "an SSRC stands once";
  EXPECT_TRUE(refused([](Session& s) { s.media[0].ssrcs = {{1, {{"cname", "x"}, {"cname", "y"}}}}; }));
  EXPECT_TRUE(refused([](Session& s) {
    s.media.push_back(s.media[0]);
    s.media[0].ssrcs = s.media[1].ssrcs = {{1, {{"cname", "x"}}}};
  })) << "and in one section";
  EXPECT_TRUE(refused([](Session& s) { s.media[0].ssrcs = {{1, {}}}; })) << "an SSRC without a line";
  EXPECT_TRUE(refused([](Session& s) { s.media[0].fingerprints = {{"sha-256", {}}}; }));
  EXPECT_TRUE(refused([](Session& s) { s.media[0].fingerprints = {{"SHA-256", {1}}}; })) << "kept in lower case";
  EXPECT_TRUE(refused([](Session& s) {
    s.otherAttributes = {{"ice-lite", std::nullopt}};
  })) << "has a field of its own";
  EXPECT_TRUE(refused([](Session& s) {
    s.media[0].mid = "0";
    s.media.push_back(s.media[0]);
  }));
  EXPECT_TRUE(refused([](Session& s) { s.media.resize(kMaxMediaSections + 1, s.media[0]); }));
}

// write() looks at each string by itself; that it looks at it as the parser does, reading back shows.
TEST(SdpWriter, WhatIsWrittenReadsBackAndNothingElseIs) {
  const std::vector<std::string> values = {"",
                                           "a",
                                           "A",
                                           "ab:cd",
                                           "ab/cd",
                                           "ab,cd",
                                           "ab;cd",
                                           "~ab",
                                           " ab",
                                           "ab ",
                                           "a b",
                                           "a  b",
                                           "\t",
                                           "a\tb",
                                           "\x7f",
                                           "\xff",
                                           "*",
                                           "-",
                                           "_",
                                           "0",
                                           "1",
                                           "128",
                                           "sendrecv",
                                           "inactive",
                                           "sha-256",
                                           "mid",
                                           "rtcp-mux",
                                           "ice-lite",
                                           "group",
                                           "cname",
                                           "abcdefgh\x7f",
                                           "abcdefgh ",
                                           "abcdefghijklmnop",
                                           "abcdefgh\x1f",
                                           "0123456789abcdefghijkl",
                                           "abcdefg\xffh",
                                           "a\rb",
                                           "a\nb",
                                           std::string("a\0b", 3),
                                           std::string(256, 'a'),
                                           std::string(257, 'a')};
  size_t written = 0, refused = 0;
  for (const fuzz::WriterPlace& place : places()) {
    for (const std::string& value : values) {
      Session session = rich();
      place.put(session, value);
      const auto text = write(session);
      ++(text ? written : refused);
      if (!text) continue;
      const auto again = parse(*text);
      ASSERT_TRUE(again) << place.name << " \"" << value << "\": " << again.error().message();
      EXPECT_TRUE(*again == session) << place.name << " \"" << value << "\"\n" << *text;
    }
  }
  EXPECT_GT(written, 400u);
  EXPECT_GT(refused, 400u);
}

// The writer knows by name what the parser reads into fields.
TEST(SdpWriter, AttributesThatHaveAFieldAreNoOthers) {
  for (const bool inMedia : {false, true}) {
    std::vector<std::string_view> names(kSharedNames.begin(), kSharedNames.end());
    names.insert(names.end(), kSessionNames.begin(), kSessionNames.end());
    names.insert(names.end(), kMediaNames.begin(), kMediaNames.end());
    for (const std::string_view name : names) {
      Session session = rich();
      Section& section = inMedia ? static_cast<Section&>(session.media[0]) : session;
      section.otherAttributes = {{std::string(name), "x"}};
      EXPECT_EQ(write(session).ok(), !hasField(name, inMedia)) << name;
      // As text: it is either in a field, or refused as a bad value of one.
      const std::string line = "a=" + std::string(name) + ":x\r\n";
      const std::string text = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n" + (inMedia ? "" : line) +
                               "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" + (inMedia ? line : "");
      const auto read = parse(text);
      const bool other = read && !(inMedia ? read->media[0].otherAttributes : read->otherAttributes).empty();
      EXPECT_EQ(other, !hasField(name, inMedia)) << name;
    }
  }
}

TEST(SdpWriter, SaysWhichLineCannotBeWritten) {
  Session session = rich();
  session.media[0].mid = "two words";
  const auto text = write(session);
  ASSERT_FALSE(text);
  EXPECT_NE(text.error().message().find("line 6: a=mid: expected a token"), std::string::npos)
      << text.error().message();
}

// RFC 8866 §5.
TEST(SdpWriter, UsesCrLf) {
  const std::string text = *write(rich());
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    EXPECT_EQ(text[at - 1], '\r');
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace tincan::inline v0::sdp
