#pragma once

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "sdp/parser.h"
#include "sdp/writer.h"

namespace tincan::inline v0::fuzz {

/// Every string of the model, reached by name.
struct WriterPlace {
  const char* name;
  std::function<void(sdp::Session&, const std::string&)> put;
  bool takesSpaces = false;  ///< a space inside is part of the value
};

inline sdp::Session rich() {
  sdp::Session session;
  session.name = "x";
  sdp::Media& media = session.media.emplace_back();
  media.kind = "video";
  media.protocol = "UDP/TLS/RTP/SAVPF";
  media.formats = {"96"};
  media.rids = {{"r", true, ""}};
  return session;
}

inline const std::vector<WriterPlace>& writerPlaces() {
  using S = sdp::Session;
  using T = const std::string&;
  static const std::vector<WriterPlace> all = {
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
         s.media[0].connection = sdp::Connection{"IN", "IP4", t};
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

/// Two strings in two places of a model, chosen by the first two bytes: what is written reads back as the same model.
inline void fuzzSdpWriter(ByteView data) {
  if (data.size() < 3) return;
  const auto& places = writerPlaces();
  const size_t size = std::min<size_t>(data[2], data.size() - 3);
  sdp::Session session = rich();
  places[data[0] % places.size()].put(session, std::string(asText(data.subspan(3, size))));
  places[data[1] % places.size()].put(session, std::string(asText(data.subspan(3 + size))));
  const auto text = sdp::write(session);
  if (!text) return;
  const auto again = sdp::parse(*text);
  if (!again || !(*again == session)) std::abort();
}

}  // namespace tincan::inline v0::fuzz
