#include "sdp/parser.h"

#include <algorithm>
#include <bitset>
#include <string>
#include <utility>

#include "sdp/attribute_parser.h"
#include "sdp/attribute_values.h"
#include "sdp/mending.h"
#include "sdp/text.h"

namespace tincan::inline v0::sdp {
namespace {

/// One pass over the text, one line at a time. Lives for one parse().
class Parser {
 public:
  /// Lenient with notes, to the letter without.
  Parser(std::string_view text, Notes* notes) : text_(text), notes_(notes), attributes_(session_, notes) {
    const size_t last = text.find_last_not_of("\r\n");
    lineEnds_ = last == std::string_view::npos ? text.size() : text.size() - last - 1;
  }

  Result<Session> run() {
    if (text_.size() > kMaxTextSize)
      return Error(ErrorCode::kLimit, "line 1: the text is longer than " + std::to_string(kMaxTextSize) + " bytes");
    session_.timings.clear();
    // The sections must stay where they are while AttributeParser points at one.
    session_.media.reserve(std::min(countMediaLines(), kMaxMediaSections));
    while (!text_.empty()) {
      ++line_;
      if (notes_) notes_->at(line_);
      if (auto done = notes_ ? parseLineLeniently(nextLine()) : parseLine(nextLine()); !done)
        return located(done.error());
    }
    if (auto done = finishSection(); !done) return located(done.error());
    return std::move(session_);
  }

 private:
  Result<void> parseLine(std::string_view line) {
    if (line.empty()) {
      // Signalling that adds an empty line at the end does no harm.
      if (onlyLineEndsLeft()) {
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

  // What is wrong with a line that is no m= line costs that line alone.
  Result<void> parseLineLeniently(std::string_view line) {
    const std::string_view whole = line;
    while (!line.empty() && isBlank(line.front())) line.remove_prefix(1);
    if (line.empty()) {
      // RFC 8866 §5 knows no empty lines; at the very end nobody minds.
      if (!onlyLineEndsLeft()) note("an empty line is passed over");
      return {};
    }
    // RFC 8866 §5.3 and §5.4 leave the text of s= and i= free.
    const bool isText = line.front() == 's' || line.front() == 'i';
    while (!isText && line.size() > 2 && isBlank(line.back())) line.remove_suffix(1);
    if (line.size() != whole.size()) note("blanks at the ends of the line are passed over");
    if (line.substr(0, 2) == "m=") {
      if (auto done = parseLine(line); done) return done;
      const std::string collapsed = "m=" + collapseBlanks(line.substr(2));
      if (auto done = parseLine(collapsed); !done) return done;
      note("the m= line has more blanks than it may");
      return {};
    }
    if (auto done = parseLine(line); !done) {
      if (done.error().code() == ErrorCode::kLimit) return done;
      note(done.error().message() + ": the line is left out");
    }
    return {};
  }

  static bool isBlank(char c) { return c == ' ' || c == '\t'; }
  void note(std::string what) const { notes_->add(std::move(what), "RFC 8866 §5"); }

  Result<void> parseSessionField(char type, std::string_view value) {
    switch (type) {
      case 'v': return value == "0" ? Result<void>() : broken("v= must be 0 (RFC 8866 §5.1)");
      case 'o': return parseOrigin(value);
      case 's': session_.name = value; return {};
      case 'u': session_.uri = value; return {};
      case 'e': session_.emails.emplace_back(value); return {};
      case 'p': session_.phones.emplace_back(value); return {};
      case 't': return parseTiming(value);
      case 'r':
        if (session_.timings.empty()) return broken("r= before any t=");
        session_.timings.back().repeats.emplace_back(value);
        return {};
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
    if (session_.media.size() == kMaxMediaSections)
      return Error(ErrorCode::kLimit, "more than " + std::to_string(kMaxMediaSections) + " media sections");
    Media media;
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
    atMediaLine_ = true;
    if (auto done = finishSection(); !done) return done;
    media_ = &session_.media.emplace_back(std::move(media));
    rank_ = 1;  // of 'm'
    seen_ = {};
    if (notes_) notes_->beginSection();
    attributes_.enter(*media_);
    return {};
  }

  /// What a section (the session's part, the first time) must have had before the next one begins.
  Result<void> finishSection() {
    if (!media_ && notes_) return finishSessionLeniently();
    if (!media_ && rank_ < kTimingRank) return broken("the session needs v=, o=, s= and t=");
    return attributes_.leave();
  }

  // Nothing of v=, o=, s= and t= is of use to a call; but a text with neither o= nor m= is no description at all.
  Result<void> finishSessionLeniently() {
    if (!seen_[index('o')] && !atMediaLine_) return broken("neither o= nor m=: this is no session description");
    for (char type : {'v', 'o', 's', 't'})
      if (!seen_[index(type)]) note(std::string("the session lacks ") + type + "=");
    if (session_.timings.empty()) session_.timings.emplace_back();
    return {};
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
    if (notes_) return checkOrderLeniently(type, rank, newTiming);
    if (rank <= rank_ && !again && !newTiming) return broken(std::string(1, type) + "= is out of order or repeated");
    const bool skipsMandatory = !media_ && (rank_ < 3 ? rank != rank_ + 1 : rank > kTimingRank && rank_ < kTimingRank);
    if (skipsMandatory) return broken("the session needs v=, o=, s= and t=, in this order");
    rank_ = rank;
    return {};
  }

  Result<void> checkOrderLeniently(char type, size_t rank, bool newTiming) {
    const bool again = seen_[index(type)];
    seen_.set(index(type));
    // The first one counts: of several c= lines it is the base (RFC 8866 §5.7), of the others nothing is used.
    if (again && kRepeatable.find(type) == std::string_view::npos)
      return broken(std::string(1, type) + "= stands twice");
    if (rank < rank_ && !newTiming) note(std::string(1, type) + "= stands out of order");
    rank_ = std::max(rank, rank_);
    return {};
  }
  static size_t index(char letter) { return static_cast<size_t>(letter - 'a'); }

  // Known from the start: a text of empty lines would be looked through once for each of them.
  bool onlyLineEndsLeft() const { return text_.size() <= lineEnds_; }

  std::string_view nextLine() {
    if (notes_) {
      // A bare CR ends a line, too (RFC 8866 §5 wants CRLF and lets LF pass).
      const size_t end = text_.find_first_of("\r\n");
      const std::string_view line = text_.substr(0, end);
      if (end == std::string_view::npos) {
        text_ = {};
        return line;
      }
      const bool pair = text_[end] == '\r' && end + 1 < text_.size() && text_[end + 1] == '\n';
      if (text_[end] == '\r' && !pair) note("the line ends in a bare CR");
      text_.remove_prefix(end + (pair ? 2 : 1));
      return line;
    }
    std::string_view line = takeUntil(text_, '\n');
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return line;
  }

  size_t countMediaLines() const {
    size_t count = 0;
    if (notes_) {  // at least as many as there will be, whatever ends the lines and begins them
      for (size_t at = text_.find("m="); at != std::string_view::npos; at = text_.find("m=", at + 2)) ++count;
      return count;
    }
    for (size_t at = text_.find("\nm="); at != std::string_view::npos; at = text_.find("\nm=", at + 3)) ++count;
    return count;
  }

  static char printable(char c) { return c > 0x20 && c < 0x7F ? c : '?'; }
  static Result<void> broken(std::string why) { return Error(ErrorCode::kMalformed, std::move(why)); }
  Error located(const Error& error) const {
    if (errorLine(error)) return error;
    return Error(error.code(), "line " + std::to_string(line_) + ": " + error.message());
  }

  std::string_view text_;
  size_t lineEnds_ = 0;  // that the text ends in
  Notes* notes_;
  size_t line_ = 0;
  size_t rank_ = 0;
  std::bitset<26> seen_;  // lenient: the line types of this section so far
  bool atMediaLine_ = false;
  Session session_;
  Media* media_ = nullptr;
  AttributeParser attributes_;
};

}  // namespace

Result<Session> parse(std::string_view text) {
  return Parser(text, nullptr).run();
}

Result<Session> parseLeniently(std::string_view text, Notes& notes) {
  if (constexpr std::string_view kMark = "\xef\xbb\xbf"; text.starts_with(kMark)) {
    notes.at(1);
    notes.add("the mark of byte order in front is passed over", "RFC 8866 §5");
    text.remove_prefix(kMark.size());
  }
  return Parser(text, &notes).run();
}

std::optional<size_t> errorLine(const Error& error) {
  constexpr std::string_view kPrefix = "line ";
  std::string_view message = error.message();
  if (message.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  message.remove_prefix(kPrefix.size());
  const auto line = parseNumber(takeUntil(message, ':'));
  return line ? std::optional(static_cast<size_t>(*line)) : std::nullopt;
}

}  // namespace tincan::inline v0::sdp
