#include "sdp/parser.h"

#include <algorithm>
#include <string>

#include "sdp/attribute_parser.h"
#include "sdp/attribute_values.h"
#include "sdp/text.h"

namespace tincan::sdp {
namespace {

/// One pass over the text, one line at a time. Lives for one parse().
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), attributes_(session_) {}

  Result<Session> run() {
    if (text_.size() > kMaxTextSize)
      return Error(ErrorCode::kLimit, "line 1: the text is longer than " + std::to_string(kMaxTextSize) + " bytes");
    session_.timings.clear();
    // The sections must stay where they are while AttributeParser points at one.
    session_.media.reserve(std::min(countMediaLines(), kMaxMediaSections));
    while (!text_.empty()) {
      ++line_;
      if (auto done = parseLine(nextLine()); !done) return located(done.error());
    }
    if (auto done = finishSection(); !done) return located(done.error());
    return std::move(session_);
  }

 private:
  Result<void> parseLine(std::string_view line) {
    if (line.empty()) {
      // Signalling that adds an empty line at the end does no harm.
      if (text_.find_first_not_of("\r\n") == std::string_view::npos) {
        text_ = {};
        return {};
      }
      return broken("an empty line");
    }
    if (line.size() < 2 || line[1] != '=') return broken("expected a letter and '='");
    if (line.find('\0') != std::string_view::npos || line.find('\r') != std::string_view::npos)
      return broken("a control character");
    const char type = line[0];
    line.remove_prefix(2);
    if (auto done = checkOrder(type); !done) return done;
    if (type == 'a') return attributes_.parse(line);
    if (type == 'm') return startSection(line);
    return media_ ? parseSectionField(*media_, type, line) : parseSessionField(type, line);
  }

  Result<void> parseSessionField(char type, std::string_view value) {
    switch (type) {
      case 'v': return value == "0" ? Result<void>() : broken("v= must be 0 (RFC 8866 §5.1)");
      case 'o': return parseOrigin(value);
      case 's': session_.name = value; return {};
      case 'u': session_.uri = value; return {};
      case 'e': session_.emails.emplace_back(value); return {};
      case 'p': session_.phones.emplace_back(value); return {};
      case 't': return parseTiming(value);
      case 'r': session_.timings.back().repeats.emplace_back(value); return {};
      case 'z': session_.timeZones = value; return {};
      default: return parseSectionField(session_, type, value);
    }
  }

  Result<void> parseSectionField(Section& section, char type, std::string_view value) {
    switch (type) {
      case 'i': section.information = value; return {};
      case 'c':
        section.connection = parseConnection(value);
        return section.connection ? Result<void>() : broken("c= expected a network type, an address type, an address");
      case 'b': {
        const auto bandwidth = parseBandwidth(value);
        if (!bandwidth) return broken("b= expected a type, ':' and a number");
        section.bandwidths.push_back(*bandwidth);
        return {};
      }
      default: return {};  // k=: RFC 8866 §5.12: MUST discard
    }
  }

  Result<void> parseOrigin(std::string_view value) {
    Origin& origin = session_.origin;
    const std::string_view username = takeUntil(value, ' ');
    const auto id = parseNumber(takeUntil(value, ' '));
    const auto version = parseNumber(takeUntil(value, ' '));
    const auto connection = parseConnection(value);
    if (!isWord(username) || !id || !version || !connection)
      return broken("o= expected a user, two numbers, a network type, an address type, an address");
    origin = {std::string(username), *id, *version, *connection};
    return {};
  }

  Result<void> parseTiming(std::string_view value) {
    const auto start = parseNumber(takeUntil(value, ' '));
    const auto stop = parseNumber(value);
    if (!start || !stop) return broken("t= expected two numbers");
    session_.timings.push_back({*start, *stop, {}});
    return {};
  }

  Result<void> startSection(std::string_view value) {
    if (auto done = finishSection(); !done) return done;
    if (session_.media.size() == kMaxMediaSections)
      return Error(ErrorCode::kLimit, "more than " + std::to_string(kMaxMediaSections) + " media sections");
    Media& media = session_.media.emplace_back();
    const std::string_view kind = takeUntil(value, ' ');
    std::string_view ports = takeUntil(value, ' ');
    const bool withCount = ports.find('/') != std::string_view::npos;
    const auto port = parseNumber(takeUntil(ports, '/'), 65535);
    const auto count = parseNumber(ports, UINT32_MAX);
    const std::string_view protocol = takeUntil(value, ' ');
    auto formats = parseWords(value);
    if (!isToken(kind) || !port || (withCount && (!count || *count == 0)) || !isWord(protocol) || !formats ||
        formats->empty())
      return broken("m= expected a kind, a port, a protocol and formats");
    media.kind = kind;
    media.port = static_cast<uint16_t>(*port);
    if (withCount) media.portCount = static_cast<uint32_t>(*count);
    media.protocol = protocol;
    media.formats = std::move(*formats);
    media_ = &media;
    rank_ = 1;  // of 'm'
    attributes_.enter(media);
    return {};
  }

  /// What a section (the session's part, the first time) must have had before the next one begins.
  Result<void> finishSection() {
    if (!media_ && rank_ < kTimingRank) return broken("the session needs v=, o=, s= and t=");
    return attributes_.leave();
  }

  // RFC 8866 §5: lines stand in this order, and each at most once but for those marked here.
  static constexpr std::string_view kSessionOrder = "vosiuepcbtrzka", kMediaOrder = "micbka";
  static constexpr std::string_view kRepeatable = "epbtra";
  static constexpr size_t kTimingRank = 10;  // of 't' (from 1)

  Result<void> checkOrder(char type) {
    if (type == 'm') return {};
    const std::string_view order = media_ ? kMediaOrder : kSessionOrder;
    const size_t at = order.find(type);
    // RFC 8866 §5: a description with a type letter that is not understood is rejected.
    if (at == std::string_view::npos) return broken(std::string(1, printable(type)) + "= may not stand here");
    const size_t rank = at + 1;
    const bool again = rank == rank_ && kRepeatable.find(type) != std::string_view::npos;
    const bool newTiming = !media_ && type == 't' && rank_ == rank + 1;  // t= r= t= r=
    if (rank <= rank_ && !again && !newTiming) return broken(std::string(1, type) + "= is out of order or repeated");
    const bool skipsMandatory = !media_ && (rank_ < 3 ? rank != rank_ + 1 : rank > kTimingRank && rank_ < kTimingRank);
    if (skipsMandatory) return broken("the session needs v=, o=, s= and t=, in this order");
    rank_ = rank;
    return {};
  }

  std::string_view nextLine() {
    std::string_view line = takeUntil(text_, '\n');
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  size_t countMediaLines() const {
    size_t count = 0;
    for (size_t at = text_.find("\nm="); at != std::string_view::npos; at = text_.find("\nm=", at + 3)) ++count;
    return count;
  }

  static char printable(char c) { return c > 0x20 && c < 0x7F ? c : '?'; }
  static Result<void> broken(std::string why) { return Error(ErrorCode::kMalformed, std::move(why)); }
  Error located(const Error& error) const {
    return Error(error.code(), "line " + std::to_string(line_) + ": " + error.message());
  }

  std::string_view text_;
  size_t line_ = 0;
  size_t rank_ = 0;
  Session session_;
  Media* media_ = nullptr;
  AttributeParser attributes_;
};

}  // namespace

Result<Session> parse(std::string_view text) {
  return Parser(text).run();
}

std::optional<size_t> errorLine(const Error& error) {
  constexpr std::string_view kPrefix = "line ";
  std::string_view message = error.message();
  if (message.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  message.remove_prefix(kPrefix.size());
  const auto line = parseNumber(takeUntil(message, ':'));
  return line ? std::optional(static_cast<size_t>(*line)) : std::nullopt;
}

}  // namespace tincan::sdp
