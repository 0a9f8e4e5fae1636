#include "sdp/writer.h"

#include <functional>

#include <gtest/gtest.h>

#include "sdp/parser.h"
#include "tests/sdp/corpus.h"

namespace tincan::inline v0::sdp {
namespace {

/// Every string of the model, reached by name.
struct Place {
  const char* name;
  std::function<void(Session&, const std::string&)> put;
  bool takesSpaces = false;  ///< a space inside is part of the value
};

Session rich() {
  Session session;
  session.name = "x";
  Media& media = session.media.emplace_back();
  media.kind = "video";
  media.protocol = "UDP/TLS/RTP/SAVPF";
  media.formats = {"96"};
  media.rids = {{"r", true, ""}};
  return session;
}

const std::vector<Place>& places() {
  using S = Session;
  using T = const std::string&;
  static const std::vector<Place> all = {
      {"o= username", [](S& s, T t) { s.origin.username = t; }},
      {"o= address", [](S& s, T t) { s.origin.connection.address = t; }},
      {"s=", [](S& s, T t) { s.name = t; }, true},
      {"i=", [](S& s, T t) { s.information = t; }, true},
      {"u=", [](S& s, T t) { s.uri = t; }, true},
      {"e=", [](S& s, T t) { s.emails = {t}; }, true},
      {"p=", [](S& s, T t) { s.phones = {t}; }, true},
      {"r=", [](S& s, T t) { s.timings[0].repeats = {t}; }, true},
      {"z=", [](S& s, T t) { s.timeZones = t; }, true},
      {"group",
       [](S& s, T t) {
         s.groups = {{"BUNDLE", {t}}};
       }},
      {"msid-semantic",
       [](S& s, T t) {
         s.msidSemantics = {{t, {}}};
       }},
      {"attribute name",
       [](S& s, T t) {
         s.otherAttributes = {{t, std::nullopt}};
       }},
      {"attribute value",
       [](S& s, T t) {
         s.otherAttributes = {{"tool", t}};
       },
       true},
      {"media attribute value",
       [](S& s, T t) {
         s.media[0].otherAttributes = {{"x", t}};
       },
       true},
      {"m= kind", [](S& s, T t) { s.media[0].kind = t; }},
      {"m= protocol", [](S& s, T t) { s.media[0].protocol = t; }},
      {"m= format", [](S& s, T t) { s.media[0].formats = {t}; }},
      {"c=",
       [](S& s, T t) {
         s.media[0].connection = Connection{"IN", "IP4", t};
       }},
      {"b=",
       [](S& s, T t) {
         s.media[0].bandwidths = {{t, 1}};
       }},
      {"ice-ufrag", [](S& s, T t) { s.media[0].iceUfrag = t; }},
      {"ice-pwd", [](S& s, T t) { s.media[0].icePwd = t; }},
      {"ice-options", [](S& s, T t) { s.media[0].iceOptions = {t}; }},
      {"fingerprint",
       [](S& s, T t) {
         s.media[0].fingerprints = {{t, {1}}};
       }},
      {"tls-id", [](S& s, T t) { s.media[0].tlsId = t; }},
      {"mid", [](S& s, T t) { s.media[0].mid = t; }},
      {"candidate", [](S& s, T t) { s.media[0].candidates = {t}; }, true},
      {"rtpmap",
       [](S& s, T t) {
         s.media[0].rtpmaps = {{96, t, 90000, {}}};
       }},
      {"fmtp format",
       [](S& s, T t) {
         s.media[0].fmtps = {{t, "a=b"}};
       }},
      {"fmtp",
       [](S& s, T t) {
         s.media[0].fmtps = {{"96", t}};
       },
       true},
      {"rtcp-fb",
       [](S& s, T t) {
         s.media[0].rtcpFbs = {{96, t}};
       },
       true},
      {"extmap",
       [](S& s, T t) {
         s.media[0].extmaps = {{1, {}, t, ""}};
       }},
      {"extmap attributes",
       [](S& s, T t) {
         s.media[0].extmaps = {{1, {}, "urn:x", t}};
       },
       true},
      {"msid stream",
       [](S& s, T t) {
         s.media[0].msids = {{t, "track"}};
       }},
      {"msid track",
       [](S& s, T t) {
         s.media[0].msids = {{"stream", t}};
       }},
      {"ssrc attribute",
       [](S& s, T t) {
         s.media[0].ssrcs = {{1, {{t, "x"}}}};
       }},
      {"ssrc cname",
       [](S& s, T t) {
         s.media[0].ssrcs = {{1, {{"cname", t}}}};
       },
       true},
      {"ssrc-group",
       [](S& s, T t) {
         s.media[0].ssrcGroups = {{t, {1}}};
       }},
      {"rid",
       [](S& s, T t) {
         s.media[0].rids = {{t, true, ""}};
       }},
      {"rid restrictions",
       [](S& s, T t) {
         s.media[0].rids = {{"a", true, t}};
       },
       true},
  };
  return all;
}

TEST(SdpWriter, StringsCannotAddLines) {
  for (const Place& place : places()) {
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

TEST(SdpWriter, StringsCannotAddFields) {
  for (const Place& place : places()) {
    Session good = rich(), spaced = rich();
    place.put(good, "abcdefghijklmnopqrstuvwx");
    EXPECT_TRUE(write(good).ok()) << place.name;
    place.put(spaced, "abcdefghijkl mnopqrstuvwx");
    EXPECT_EQ(write(spaced).ok(), place.takesSpaces) << place.name;
  }
}

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

TEST(SdpWriter, UsesCrLf) {
  const std::string text = *write(rich());
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    EXPECT_EQ(text[at - 1], '\r');
  EXPECT_EQ(text.back(), '\n');
}

}  // namespace
}  // namespace tincan::inline v0::sdp
