#include "sdp/attribute_parser.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "sdp/attribute_values.h"
#include "sdp/mending.h"
#include "sdp/text.h"

namespace tincan::inline v0::sdp {
namespace {

Error malformed(std::string_view name, std::string_view why) {
  return Error(ErrorCode::kMalformed, "a=" + std::string(name) + ": " + std::string(why));
}

template <class T>
Result<void> append(std::vector<T>& list, std::optional<T> value, std::string_view name, std::string_view form) {
  if (!value) return malformed(name, "expected " + std::string(form));
  list.push_back(std::move(*value));
  return {};
}

std::optional<std::string> parseToken(std::string_view text) {
  return isToken(text) ? std::optional(std::string(text)) : std::nullopt;
}

template <class T>
std::optional<T> parseNumberAs(std::string_view text, uint64_t max) {
  const auto value = parseNumber(text, max);
  return value ? std::optional(static_cast<T>(*value)) : std::nullopt;
}

// RFC 8866 §6.4 lets a packet time have a fraction; nobody needs it, so it is read and dropped.
std::optional<uint32_t> parseMilliseconds(std::string_view text) {
  const size_t point = text.find('.');
  if (point != std::string_view::npos && !parseNumber(text.substr(point + 1))) return std::nullopt;
  return parseNumberAs<uint32_t>(text.substr(0, point), UINT32_MAX);
}

std::optional<std::string> parseCandidate(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(std::string(text));
}

// What no call goes without (RFC 8829 §5.8): never guessed, never left out in silence.
bool isEssential(std::string_view name) {
  return name == "ice-ufrag" || name == "ice-pwd" || name == "fingerprint";
}

constexpr size_t kMaxBroken = 16;

}  // namespace

template <class T>
Result<void> AttributeParser::setOnce(std::optional<T>& field, std::optional<T> value, std::string_view name,
                                      std::string_view form) {
  if (!value) return malformed(name, "expected " + std::string(form));
  if (field) {
    if (!notes_) return malformed(name, "stands twice in one section");
    note("a=" + std::string(name) + " stands twice in one section: the last one counts", name);
  }
  field = std::move(value);
  return {};
}

Result<void> AttributeParser::setFlag(bool& flag, std::string_view name, std::string_view value) {
  if (!value.empty()) {
    if (!notes_) return malformed(name, "takes no value");
    note("a=" + std::string(name) + " takes no value: read without it", name);
  }
  flag = true;
  return {};
}

void AttributeParser::note(std::string what, std::string_view name) {
  notes_->add(std::move(what), ruleOf(name));
}

Result<void> AttributeParser::parse(std::string_view line) {
  const bool hasValue = line.find(':') != std::string_view::npos;
  std::string_view value = line;
  std::string_view name = takeUntil(value, ':');
  if (notes_) {
    while (!name.empty() && (name.front() == ' ' || name.front() == '\t')) name.remove_prefix(1);
    while (!name.empty() && (name.back() == ' ' || name.back() == '\t')) name.remove_suffix(1);
  }
  if (!isToken(name)) {
    if (!notes_) return Error(ErrorCode::kMalformed, "a= needs a name");
    note("an attribute without a name is left out", "");
    return {};
  }
  bool known = true;
  auto done = notes_ ? parseLeniently(name, value, known) : parseStrictly(name, value, known);
  if (known) return done;
  keep(name, hasValue ? std::optional(value) : std::nullopt);
  return {};
}

void AttributeParser::keep(std::string_view name, std::optional<std::string_view> value) {
  Section& section = media_ ? static_cast<Section&>(*media_) : session_;
  section.otherAttributes.push_back({std::string(name), value ? std::optional(std::string(*value)) : std::nullopt});
}

Result<void> AttributeParser::parseStrictly(std::string_view name, std::string_view value, bool& known) {
  Section& section = media_ ? static_cast<Section&>(*media_) : session_;
  known = true;
  if (auto done = parseShared(section, name, value, known); known) return done;
  known = true;
  return media_ ? parseForMedia(name, value, known) : parseForSession(name, value, known);
}

// As it stands; then with single blanks; then as the attribute's own habits go. What no way reads is left out.
Result<void> AttributeParser::parseLeniently(std::string_view name, std::string_view value, bool& known) {
  auto done = parseStrictly(name, value, known);
  const std::string lower = lowerCase(name);
  if (!known && lower != name) {
    done = parseStrictly(lower, value, known);
    if (!known) return {};
    note("a=" + std::string(name) + " is read as a=" + lower, lower);
  }
  if (!known || done) return done;
  const auto retry = [&](const std::string& mended) {
    if (mended == value || !parseStrictly(lower, mended, known)) return false;
    note("a=" + lower + " is read as \"" + mended.substr(0, 64) + "\"", lower);
    return true;
  };
  const std::string collapsed = collapseBlanks(value);
  if (retry(collapsed)) return {};
  if (const auto mended = mendValue(lower, collapsed); mended && retry(*mended)) return {};
  if (!isEssential(lower)) {
    note(done.error().message() + ": left out", lower);
    return {};
  }
  Essentials& broken = media_ ? brokenOfSection_ : brokenOfSession_;
  if (broken.size() < kMaxBroken)
    broken.emplace_back(
        lower, Error(done.error().code(), "line " + std::to_string(notes_->line()) + ": " + done.error().message()));
  return {};
}

void AttributeParser::enter(Media& media) {
  media_ = &media;
  extmapIds_.clear();
  payloadTypes_.reset();
  rids_.clear();
  brokenOfSection_.clear();
}

Result<void> AttributeParser::leave() {
  if (!media_) return {};
  if (auto done = checkEssentials(); !done) return done;
  return pruneSimulcast();
}

Result<void> AttributeParser::checkEssentials() const {
  if (media_->port == 0 && !media_->bundleOnly) return {};  // rejected: nothing of it is used
  for (const Essentials* all : {&brokenOfSection_, &brokenOfSession_}) {
    for (const auto& [name, error] : *all) {
      const bool has = name == "ice-ufrag" ? session_.iceUfragOf(*media_).has_value()
                       : name == "ice-pwd" ? session_.icePwdOf(*media_).has_value()
                                           : !session_.fingerprintsOf(*media_).empty();
      if (!has) return error;
    }
  }
  return {};
}

// RFC 8853 §5.1: every rid of a simulcast line is declared by an a=rid of its section.
Result<void> AttributeParser::pruneSimulcast() {
  if (!media_->simulcast) return {};
  const auto undeclared = [&](const SimulcastLayer& layer) { return !rids_.contains(layer.rid); };
  bool pruned = false;
  for (SimulcastStreams* streams : {&media_->simulcast->send, &media_->simulcast->receive}) {
    for (auto& alternatives : *streams) {
      if (std::none_of(alternatives.begin(), alternatives.end(), undeclared)) continue;
      if (!notes_) return malformed("simulcast", "names a rid that no a=rid declares");
      std::erase_if(alternatives, undeclared);
      pruned = true;
    }
    std::erase_if(*streams, [](const auto& alternatives) { return alternatives.empty(); });
  }
  if (pruned) note("a=simulcast names a rid that no a=rid declares: left out", "simulcast");
  if (media_->simulcast->send.empty() && media_->simulcast->receive.empty()) media_->simulcast.reset();
  return {};
}

Result<void> AttributeParser::parseShared(Section& section, std::string_view name, std::string_view value,
                                          bool& known) {
  if (name == "ice-ufrag") return setOnce(section.iceUfrag, parseIce(value, 4), name, "4 to 256 ice-chars");
  if (name == "ice-pwd") return setOnce(section.icePwd, parseIce(value, 22), name, "22 to 256 ice-chars");
  if (name == "fingerprint")
    return append(section.fingerprints, parseFingerprint(value), name, "a hash name and bytes in hex (AB:CD…)");
  if (name == "setup") return setOnce(section.setup, parseSetup(value), name, "actpass, active, passive or holdconn");
  if (name == "extmap") return addExtMap(section, value);
  if (name == "extmap-allow-mixed") return setFlag(section.extmapAllowMixed, name, value);
  if (name == "cryptex") return setFlag(section.cryptex, name, value);
  if (name == "end-of-candidates") return setFlag(section.endOfCandidates, name, value);
  if (name == "tls-id") return setOnce(section.tlsId, parseToken(value), name, "a token");
  if (name == "ice-options") {
    auto options = parseWords(value);
    if (!options || options->empty()) return malformed(name, "expected words");
    if (!section.iceOptions.empty()) {
      if (!notes_) return malformed(name, "stands twice in one section");
      note("a=ice-options stands twice in one section: both count", name);
    }
    section.iceOptions.insert(section.iceOptions.end(), options->begin(), options->end());
    return {};
  }
  if (value.empty() || notes_)
    if (const auto direction = parseDirection(name))
      return setOnce(section.direction, direction, name, "one direction");
  known = false;
  return {};
}

Result<void> AttributeParser::parseForSession(std::string_view name, std::string_view value, bool& known) {
  if (name == "group") return append(session_.groups, parseGroup(value), name, "semantics and mids");
  if (name == "msid-semantic")
    return append(session_.msidSemantics, parseMsidSemantic(value), name, "a token and stream ids");
  if (name == "ice-lite") return setFlag(session_.iceLite, name, value);
  known = false;
  return {};
}

Result<void> AttributeParser::parseForMedia(std::string_view name, std::string_view value, bool& known) {
  if (name == "mid") return setMid(value);
  if (name == "candidate") return append(media_->candidates, parseCandidate(value), name, "a candidate");
  if (name == "bundle-only") return setFlag(media_->bundleOnly, name, value);
  if (name == "sctp-port")
    return setOnce(media_->sctpPort, parseNumberAs<uint16_t>(value, 65535), name, "a port number");
  if (name == "max-message-size") return setOnce(media_->maxMessageSize, parseNumber(value), name, "a number of bytes");
  if (auto done = parseRtp(name, value, known); known) return done;
  known = true;
  return parseSources(name, value, known);
}

Result<void> AttributeParser::parseRtp(std::string_view name, std::string_view value, bool& known) {
  if (name == "rtpmap") return addRtpMap(value);
  if (name == "fmtp") return addFmtp(value);
  if (name == "rtcp-fb")
    return append(media_->rtcpFbs, parseRtcpFeedback(value), name, "a payload type (or *) and a kind of feedback");
  if (name == "rtcp-mux") return setFlag(media_->rtcpMux, name, value);
  if (name == "rtcp-mux-only") return setFlag(media_->rtcpMuxOnly, name, value);
  if (name == "rtcp-rsize") return setFlag(media_->rtcpRsize, name, value);
  if (name == "rtcp") return setOnce(media_->rtcp, parseRtcpAddress(value), name, "a port, and perhaps an address");
  if (name == "ptime") return setOnce(media_->ptime, parseMilliseconds(value), name, "milliseconds");
  if (name == "maxptime") return setOnce(media_->maxptime, parseMilliseconds(value), name, "milliseconds");
  known = false;
  return {};
}

Result<void> AttributeParser::parseSources(std::string_view name, std::string_view value, bool& known) {
  if (name == "msid") return append(media_->msids, parseMsid(value), name, "a stream id and a track id");
  if (name == "ssrc") return addSsrc(value);
  if (name == "ssrc-group") return addSsrcGroup(value);
  if (name == "rid") return addRid(value);
  if (name == "simulcast")
    return setOnce(media_->simulcast, parseSimulcast(value), name, "send and/or recv with a list of rids");
  known = false;
  return {};
}

std::optional<std::string> AttributeParser::parseIce(std::string_view value, size_t minimum) const {
  if (auto text = parseIceText(value, minimum)) return text;
  // Beyond RFC 8839 §5.4: what browsers let pass, for gateways that take their random text from base64url.
  constexpr size_t kMaximum = 256;
  const auto tolerated = [](char c) { return isIceChar(c) || c == '-' || c == '_' || c == '=' || c == '#'; };
  if (!notes_ || value.size() < minimum || value.size() > kMaximum || !allOf(value, tolerated)) return std::nullopt;
  notes_->add("the ICE credentials have characters that are not for them: taken as they are", "RFC 8839 §5.4");
  return std::string(value);
}

Result<void> AttributeParser::addExtMap(Section& section, std::string_view value) {
  auto map = parseExtMap(value);
  if (!map) return malformed("extmap", "expected an id (1-255 or 4096-4351), perhaps /direction, and a URI");
  // RFC 8285 §5: an id stands for one extension.
  if (!extmapIds_.insert(map->id).second)
    return malformed("extmap", "id " + std::to_string(map->id) + " stands twice in one section");
  section.extmaps.push_back(std::move(*map));
  return {};
}

Result<void> AttributeParser::addRtpMap(std::string_view value) {
  auto map = parseRtpMap(value);
  if (!map) return malformed("rtpmap", "expected a payload type (0-127) and encoding/clock-rate[/channels]");
  if (payloadTypes_.test(map->payloadType))
    return malformed("rtpmap", "payload type " + std::to_string(map->payloadType) + " stands twice in one section");
  payloadTypes_.set(map->payloadType);
  media_->rtpmaps.push_back(std::move(*map));
  return {};
}

Result<void> AttributeParser::addFmtp(std::string_view value) {
  const std::string_view format = takeUntil(value, ' ');
  if (!isToken(format) || value.empty()) return malformed("fmtp", "expected a format and its parameters");
  media_->fmtps.push_back({std::string(format), std::string(value)});
  return {};
}

Result<void> AttributeParser::addSsrc(std::string_view value) {
  const auto id = parseNumber(takeUntil(value, ' '), UINT32_MAX);
  const bool hasValue = value.find(':') != std::string_view::npos;
  const std::string_view name = takeUntil(value, ':');
  if (!id || !isToken(name)) return malformed("ssrc", "expected an SSRC (0-4294967295) and an attribute");
  const auto ssrc = static_cast<uint32_t>(*id);
  const auto [place, isNew] = ssrcs_.try_emplace(ssrc, SsrcPlace{media_, media_->ssrcs.size(), false});
  if (isNew) media_->ssrcs.push_back({ssrc, {}});
  // BUNDLE makes one RTP session of all sections, and there an SSRC names one source (RFC 3550 §8, RFC 9143 §9.1).
  if (place->second.media != media_) return malformed("ssrc", std::to_string(ssrc) + " belongs to an earlier section");
  if (name == "cname") {
    // RFC 5576 §6.1: at most one for an SSRC.
    if (place->second.hasCname) return malformed("ssrc", std::to_string(ssrc) + " has two cnames");
    place->second.hasCname = true;
  }
  media_->ssrcs[place->second.index].attributes.push_back(
      {std::string(name), hasValue ? std::optional(std::string(value)) : std::nullopt});
  return {};
}

Result<void> AttributeParser::addSsrcGroup(std::string_view value) {
  return append(media_->ssrcGroups, parseSsrcGroup(value), "ssrc-group", "semantics and SSRCs");
}

Result<void> AttributeParser::addRid(std::string_view value) {
  auto rid = parseRid(value);
  if (!rid) return malformed("rid", "expected an id and send or recv");
  // RFC 8851 §4: a rid-id is unique in its section.
  if (!rids_.insert(rid->id).second)
    return malformed("rid", "\"" + rid->id.substr(0, 32) + "\" stands twice in one section");
  media_->rids.push_back(std::move(*rid));
  return {};
}

Result<void> AttributeParser::setMid(std::string_view value) {
  const auto before = media_->mid;
  if (notes_ && before == value) {
    note("a=mid stands twice in one section", "mid");
    return {};
  }
  if (before && !notes_) return malformed("mid", "stands twice in one section");
  // RFC 5888 §4: identification tags are unique in a session.
  if (isToken(value) && mids_.contains(value))
    return malformed("mid", "\"" + std::string(value.substr(0, 32)) + "\" belongs to an earlier section");
  if (auto done = setOnce(media_->mid, parseToken(value), "mid", "a token"); !done) return done;
  if (before) mids_.erase(*before);
  mids_.emplace(value);
  return {};
}

}  // namespace tincan::inline v0::sdp
