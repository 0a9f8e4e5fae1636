#include "apps/sdp/overview.h"

#include <algorithm>
#include <set>
#include <utility>

#include "apps/sdp/answering.h"
#include "apps/sdp/unusual.h"
#include "apps/sdp/words.h"
#include "sdp/notes.h"
#include "sdp/parser.h"
#include "sdp/text.h"
#include "stack/jsep/remote_description.h"
#include "stack/jsep/section_reader.h"

namespace tincan::inline v0::apps {
namespace {

using Kind = SdpFinding::Kind;

// What is wrong with a line is most often its value: behind the colon of an attribute, else behind "x=".
size_t columnOf(std::string_view line) {
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return 1;
  const size_t colon = line.starts_with("a=") ? line.find(':') : std::string_view::npos;
  return (colon == std::string_view::npos ? equals : colon) + 2;
}

std::string guessType(const sdp::Session& session) {
  // RFC 8842 §5.2: an offer says actpass, and an answer never does.
  bool sided = false;
  for (const sdp::Media& media : session.media) {
    const auto setup = session.setupOf(media);
    if (setup == sdp::Setup::kActpass) return "offer";
    sided |= setup == sdp::Setup::kActive || setup == sdp::Setup::kPassive;
  }
  return sided ? "answer" : "offer";
}

SdpSection readSection(const sdp::Session& session, const sdp::Media& media) {
  SdpSection out;
  out.kind = media.kind;
  out.protocol = media.protocol;
  out.mid = media.mid.value_or("");
  out.direction = session.directionOf(media);
  out.bundleOnly = media.bundleOnly;
  out.rejected = media.port == 0 && !media.bundleOnly;
  if (out.isMedia()) out.codecs = stack::readCodecs(media);
  out.extensions = session.extmapsOf(media);
  out.bandwidths = media.bandwidths;
  out.msids = media.msids;
  std::set<std::string> tracks;
  for (const sdp::Ssrc& ssrc : media.ssrcs) {
    out.ssrcs.push_back(ssrc.id);
    if (const std::string* cname = ssrc.find("cname")) out.cname = *cname;
    const std::string* msid = ssrc.find("msid");
    if (!msid || !media.msids.empty() || !tracks.insert(*msid).second) continue;
    std::string_view rest = *msid;
    const std::string_view stream = sdp::takeWord(rest);
    out.msids.push_back({std::string(stream), std::string(sdp::takeWord(rest))});
  }
  out.sourceTracks = tracks.size();
  out.rids = media.rids;
  out.sctpPort = media.sctpPort;
  out.maxMessageSize = media.maxMessageSize;
  return out;
}

std::vector<ice::Candidate> readCandidates(const sdp::Media& media) {
  std::vector<ice::Candidate> out;
  for (const std::string& line : media.candidates) {
    if (auto candidate = ice::Candidate::parse(line)) out.push_back(*std::move(candidate));
  }
  return out;
}

SdpTransport readTransport(const sdp::Session& session, size_t index) {
  const sdp::Media& media = session.media[index];
  SdpTransport out;
  out.sections = {index};
  out.ufrag = session.iceUfragOf(media).value_or("");
  out.trickle = session.hasIceOption(media, "trickle");
  out.lite = session.iceLite;
  out.endOfCandidates = session.endOfCandidatesIn(media);
  for (const sdp::Fingerprint& each : session.fingerprintsOf(media)) out.fingerprints.push_back(each.toString());
  out.setup = session.setupOf(media);
  out.candidates = readCandidates(media);
  return out;
}

std::vector<SdpTransport> readTransports(const sdp::Session& session) {
  std::vector<SdpTransport> out;
  std::vector<bool> done(session.media.size());
  const auto add = [&](SdpTransport& transport, size_t index) {
    if (!transport.sections.empty()) {
      transport.sections.push_back(index);
      // Where the first has none, those of another count.
      if (transport.candidates.empty())
        transport.candidates = readCandidates(session.media[index]);
      else
        transport.otherCandidates += session.media[index].candidates.size();
    } else {
      transport = readTransport(session, index);
    }
    done[index] = true;
  };
  for (const sdp::Group& group : session.groups) {
    if (group.semantics != "BUNDLE") continue;
    SdpTransport transport;
    for (const std::string& mid : group.mids) {
      for (size_t i = 0; i < session.media.size(); ++i) {
        if (session.media[i].mid == mid && !done[i]) add(transport, i);
      }
    }
    transport.bundle = true;
    if (!transport.sections.empty()) out.push_back(std::move(transport));
  }
  for (size_t i = 0; i < session.media.size(); ++i) {
    const bool rejected = session.media[i].port == 0 && !session.media[i].bundleOnly;
    if (!done[i] && !rejected) out.push_back(readTransport(session, i));
  }
  return out;
}

void addFinding(SdpOverview& out, Kind kind, size_t line, std::string what, std::string rule) {
  // Of an error the parser says the line in its words too.
  const std::string prefix = "line " + std::to_string(line) + ": ";
  if (what.starts_with(prefix)) what.erase(0, prefix.size());
  out.findings.push_back({kind, line, line ? columnOf(lineOf(out.text, line)) : 0, std::move(what), std::move(rule)});
}

// What reading it as browsers do forgives, and then what only the letter of the grammar refuses.
std::optional<sdp::Session> readText(SdpOverview& out, sdp::Notes& notes) {
  auto session = sdp::parseLeniently(out.text, notes);
  const auto strict = sdp::parse(out.text);
  if (session) {
    const size_t line = strict ? 0 : sdp::errorLine(strict.error()).value_or(0);
    const bool told = std::any_of(notes.all().begin(), notes.all().end(),
                                  [&](const sdp::Note& note) { return note.line == line || line == 0; });
    if (!strict && !told) addFinding(out, Kind::kForgiven, line, strict.error().message(), "RFC 8866 §9");
    return *std::move(session);
  }
  addFinding(out, Kind::kRefused, sdp::errorLine(session.error()).value_or(0), session.error().message(), "");
  return std::nullopt;
}

}  // namespace

bool SdpSection::isData() const {
  return kind == "application" && sdp::lowerCase(protocol).find("sctp") != std::string::npos;
}

std::string_view name(SdpFinding::Kind kind) {
  switch (kind) {
    case Kind::kRefused: return "refused";
    case Kind::kForgiven: return "forgiven";
    case Kind::kUnusual: return "unusual";
  }
  return "";
}

bool SdpOverview::refused() const {
  return std::any_of(findings.begin(), findings.end(), [](const auto& each) { return each.kind == Kind::kRefused; });
}

std::string_view lineOf(std::string_view text, size_t line) {
  for (; line > 1 && !text.empty(); --line) {
    const size_t end = text.find('\n');
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  return text.ends_with('\r') ? text.substr(0, text.size() - 1) : text;
}

SdpOverview overview(const SdpInput& input, const std::string& type) {
  SdpOverview out;
  out.name = input.name;
  out.text = input.text;
  out.lines = static_cast<size_t>(std::count(out.text.begin(), out.text.end(), '\n')) +
              (out.text.empty() || out.text.ends_with('\n') ? 0 : 1);
  out.type = type.empty() ? input.type : type;
  if (out.type != "offer" && out.type != "answer" && out.type != "pranswer") out.type.clear();
  sdp::Notes notes;
  const auto session = readText(out, notes);
  if (session) {
    out.readable = true;
    if (out.type.empty()) out.type = guessType(*session);
    const bool semantic = !session->msidSemantics.empty() && session->msidSemantics.front().semantic == "WMS";
    const bool marks = semantic && session->extmapAllowMixed && session->origin.connection.address == "127.0.0.1";
    out.writer = writerText(session->origin.username, session->name, marks);
    out.sessionId = session->origin.sessionId;
    out.version = session->origin.sessionVersion;
    for (size_t i = 0; i < session->media.size(); ++i) {
      out.sections.push_back(readSection(*session, session->media[i]));
      notes.atSection(i);
      out.sections.back().line = notes.line();
    }
    out.transports = readTransports(*session);
    notes.at(0);
    if (auto meaning = stack::interpret(*session, {&notes, nullptr}); !meaning && out.type != "offer")
      addFinding(out, Kind::kRefused, 0, meaning.error().message(), "");
  }
  for (const sdp::Note& note : notes.all()) addFinding(out, Kind::kForgiven, note.line, note.what, note.rule);
  if (notes.omitted() > 0)
    addFinding(out, Kind::kForgiven, 0, "and " + countText(notes.omitted(), "thing") + " more", "");
  if (session) addUnusual(*session, out);
  if (session && out.type == "offer") answerOffer(out);
  std::stable_sort(out.findings.begin(), out.findings.end(),
                   [](const SdpFinding& a, const SdpFinding& b) { return a.line < b.line; });
  return out;
}

}  // namespace tincan::inline v0::apps
