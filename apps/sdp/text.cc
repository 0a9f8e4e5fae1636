#include "apps/sdp/text.h"

#include <algorithm>
#include <map>
#include <span>

#include "apps/sdp/words.h"
#include "stack/jsep/negotiate.h"

namespace tincan::inline v0::apps {
namespace {

constexpr size_t kMostCandidates = 12;  // told one by one

enum class Paint { kBold, kGreen, kYellow, kRed, kDim };

// A peer's text may hold escapes of its own: only what can be seen goes out.
std::string visible(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return out;
}

constexpr std::string_view kNoBreak = "\u00a0";

// What belongs together stays on one line: labelled() makes plain spaces of these again.
std::string unbroken(std::string text) {
  for (size_t at = 0; (at = text.find(' ', at)) != std::string::npos; at += kNoBreak.size())
    text.replace(at, 1, kNoBreak);
  return text;
}

size_t columns(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

/// toText(), a part at a time.
class Page {
 public:
  Page(const SdpOverview& overview, const SdpStyle& style) : overview_(overview), style_(style) {}

  std::string run() {
    heading();
    for (const SdpTransport& each : overview_.transports) transport(each);
    for (size_t i = 0; i < overview_.sections.size(); ++i) section(i);
    findings(SdpFinding::Kind::kRefused, "Refused", Paint::kRed);
    findings(SdpFinding::Kind::kForgiven, "Forgiven", Paint::kYellow);
    findings(SdpFinding::Kind::kUnusual, "Unusual", Paint::kBold);
    if (overview_.findings.empty()) out_ += "\n" + paint("Nothing unusual", Paint::kBold) + "\n";
    return std::move(out_);
  }

 private:
  std::string paint(std::string_view text, Paint paint) const {
    if (!style_.colours) return std::string(text);
    constexpr std::string_view kCodes[] = {"\033[1m", "\033[32m", "\033[33m", "\033[31m", "\033[2m"};
    return std::string(kCodes[static_cast<size_t>(paint)]) + std::string(text) + "\033[0m";
  }

  // The title on the left, and what is by the way at the right edge.
  void title(std::string_view left, std::string_view right) {
    const std::string shown = visible(left), aside = visible(right);
    if (aside.empty()) {
      out_ += paint(shown, Paint::kBold) + "\n";
      return;
    }
    const size_t used = columns(shown) + columns(aside);
    const std::string gap(used + 2 < style_.width ? style_.width - used : 2, ' ');
    out_ += paint(shown, Paint::kBold) + gap + paint(aside, Paint::kDim) + "\n";
  }

  void label(std::string_view name, const std::string& text) {
    if (!text.empty()) out_ += labelled(name, visible(text), style_.width);
  }

  std::string kinds() const {
    std::vector<std::string> words;
    for (const std::string word : {"audio", "video", "data"}) {
      const auto count =
          std::count_if(overview_.sections.begin(), overview_.sections.end(), [&](const SdpSection& each) {
            return (word == "data" ? each.isData() : each.kind == word) && !each.rejected;
          });
      if (count == 0) continue;
      words.push_back(count == 1 ? word : word + " (" + std::to_string(count) + ")");
    }
    return words.empty() ? "nothing" : listText(words);
  }

  void heading() {
    const std::string file = overview_.name.substr(overview_.name.rfind('/') + 1);
    const std::string aside = file + ", " + countText(overview_.lines, "line");
    if (!overview_.readable) {
      title("Not a description that can be used", aside);
      return;
    }
    const std::string what = overview_.type == "answer"     ? "An answer for "
                             : overview_.type == "pranswer" ? "A provisional answer for "
                                                            : "An offer of ";
    title(what + kinds() + (overview_.writer.empty() ? "" : ", by " + overview_.writer), aside);
  }

  std::string candidates(const SdpTransport& each) const {
    if (each.candidates.empty()) return each.trickle ? "none yet: they come one by one" : "none";
    std::vector<std::string> words;
    std::map<std::string, size_t> counts;
    for (const ice::Candidate& candidate : each.candidates) {
      const bool tcp = candidate.protocol != Protocol::kUdp;
      const std::string type = std::string(candidate.component == 2 ? "RTCP " : "") +
                               std::string(ice::name(candidate.type)) +
                               (tcp ? " tcp " + std::string(ice::name(candidate.tcpType)) : "");
      ++counts[type];
      const bool active = candidate.tcpType == ice::TcpType::kActive;  // of no port
      const std::string host = candidate.hostname.empty() ? candidate.address.ip.toString() : candidate.hostname;
      const std::string whole = candidate.hostname.empty() ? candidate.address.toString()
                                                           : host + ":" + std::to_string(candidate.address.port);
      words.push_back(type + " " + (active ? host : whole));
    }
    if (words.size() > kMostCandidates) {
      words.clear();
      for (const auto& [type, count] : counts) words.push_back(std::to_string(count) + " " + type);
    }
    std::string text = listText(words);
    if (each.otherCandidates > 0)
      text +=
          "; " + std::to_string(each.otherCandidates) + " more at the other m-lines, for a peer that does not bundle";
    return text + (each.endOfCandidates ? "; no more will come" : "");
  }

  void transport(const SdpTransport& each) {
    std::vector<std::string> numbers;
    for (const size_t index : each.sections) numbers.push_back(std::to_string(index));
    const size_t used = overview_.transports.size();
    out_ += "\n";
    if (used == 1 && each.sections.size() == 1)
      title("One transport", "");
    else if (used == 1)
      title("One transport for all " + std::to_string(each.sections.size()) + " m-lines (BUNDLE)", "");
    else
      title("Transport of m-line" + std::string(numbers.size() == 1 ? " " : "s ") + listText(numbers), "");
    const std::string agent = each.lite ? "a lite agent" : each.trickle ? "trickles candidates" : "does not trickle";
    label("ICE", each.ufrag.empty() ? "no credentials" : "\"" + each.ufrag + "\", " + agent);
    label("candidates", candidates(each));
    std::vector<std::string> fingerprints;
    for (const std::string& whole : each.fingerprints) fingerprints.push_back(shortened(whole));
    std::string dtls = fingerprints.empty() ? "no fingerprint" : listText(fingerprints);
    if (each.setup) dtls += "; " + setupText(*each.setup);
    label("DTLS", dtls);
  }

  // As much of it as tells two apart; --json has all.
  static std::string shortened(const std::string& fingerprint) {
    constexpr size_t kHead = 11, kTail = 5;  // "A7:35:2C:9B", "5E:37"
    const size_t hash = fingerprint.find(' ') + 1;
    if (fingerprint.size() < hash + kHead + kTail + 3) return fingerprint;
    return fingerprint.substr(0, hash + kHead) + "…" + fingerprint.substr(fingerprint.size() - kTail);
  }

  static std::string setupText(sdp::Setup setup) {
    switch (setup) {
      case sdp::Setup::kActpass: return "the answerer chooses who begins (actpass)";
      case sdp::Setup::kActive: return "it begins, as the client (active)";
      case sdp::Setup::kPassive: return "it waits, as the server (passive)";
      case sdp::Setup::kHoldconn: break;
    }
    return "holdconn";
  }

  void section(size_t index) {
    const SdpSection& each = overview_.sections[index];
    std::string head = "m-line " + std::to_string(index) + ": " + (each.isData() ? "data channels" : each.kind);
    if (!each.isData() && !each.isMedia()) head += " over " + each.protocol;
    if (!each.mid.empty()) head += ", mid \"" + each.mid + "\"";
    if (each.rejected)
      head += ", rejected (port 0)";
    else if (each.isMedia())
      head += ", " + std::string(directionText(each.direction));
    if (each.bundleOnly) head += ", only if bundled";
    out_ += "\n";
    title(head, each.line ? "line " + std::to_string(each.line) : "");
    if (each.isData()) dataSection(each);
    if (each.isMedia()) mediaSection(each);
    if (each.answered && !each.rejected) answered(each);
  }

  void dataSection(const SdpSection& each) {
    if (each.rejected) return;
    std::string text = "SCTP";
    if (each.sctpPort) text += " port " + std::to_string(*each.sctpPort);
    const uint64_t most = each.maxMessageSize.value_or(65536);  // RFC 8841 §6.1
    label("channels", text + ", messages of " + (most == 0 ? "any size" : "up to " + groupedText(most) + " bytes"));
  }

  void mediaSection(const SdpSection& each) {
    std::vector<std::string> codecs, extensions;
    for (const auto& codec : each.codecs) {
      const std::string more = fmtpText(codec);
      codecs.push_back(unbroken(codecText(codec)) + (more.empty() ? "" : ": " + more));
      // What a codec asks for has commas of its own: it ends the line.
      if (!more.empty()) codecs.back() += ";";
    }
    std::string text;
    for (size_t i = 0; i < codecs.size(); ++i)
      text += (i == 0 ? "" : codecs[i - 1].ends_with(";") ? " " : ", ") + codecs[i];
    if (text.ends_with(";")) text.pop_back();
    label("codecs", text);
    if (!each.codecs.empty() && !each.codecs.front().feedback.empty())
      label("feedback", feedbackText(each.codecs.front().feedback) +
                            (each.codecs.size() > 1 ? " for " + each.codecs.front().name : ""));
    for (const auto& extension : each.extensions)
      extensions.push_back(unbroken(extensionText(extension.uri) + " (" + std::to_string(extension.id) + ")"));
    label("extensions", listText(extensions));
    sources(each);
  }

  void sources(const SdpSection& each) {
    std::vector<std::string> words, rids;
    for (const auto& msid : std::span(each.msids).first(std::min<size_t>(each.msids.size(), 4))) {
      const std::string stream = msid.streamId == "-" ? "of no stream" : "of stream " + msid.streamId;
      words.push_back((msid.trackId.empty() ? "a track " : "track " + msid.trackId + " ") + stream);
    }
    if (each.msids.size() > 4) words.push_back(std::to_string(each.msids.size() - 4) + " more tracks");
    if (!each.ssrcs.empty()) {
      std::string ssrcs = each.ssrcs.size() == 1 ? "SSRC" : "SSRCs";
      for (size_t i = 0; i < std::min<size_t>(each.ssrcs.size(), 8); ++i) ssrcs += " " + std::to_string(each.ssrcs[i]);
      words.push_back(ssrcs + (each.ssrcs.size() > 8 ? " …" : ""));
    }
    if (!each.cname.empty()) words.push_back("CNAME " + each.cname);
    label("sources", listText(words));
    for (const auto& rid : each.rids)
      rids.push_back(rid.id + (rid.send ? " sent" : " received") +
                     (rid.restrictions.empty() ? "" : " (" + rid.restrictions + ")"));
    label("rids", listText(rids));
  }

  void answered(const SdpSection& each) {
    const SdpAnswered& answer = *each.answered;
    std::string text;
    if (!answer.accepted) {
      text = "rejects it: " + answer.why;
    } else if (each.isData()) {
      text = "takes it";
    } else {
      std::vector<std::string> codecs;
      for (const auto& codec : answer.codecs) codecs.push_back(unbroken(codecText(codec)));
      text = "takes " + listText(codecs) + "; " + std::string(directionText(answer.direction));
      if (stack::carriesTonesAlone(answer.codecs)) text += ": telephone tones, and no codec for sound in common";
    }
    const std::string line = labelled("tincan", visible(text), style_.width);
    out_ += paint(line.substr(0, line.size() - 1), answer.accepted ? Paint::kGreen : Paint::kRed) + "\n";
  }

  void findings(SdpFinding::Kind kind, std::string_view head, Paint colour) {
    bool any = false;
    for (const SdpFinding& each : overview_.findings) {
      if (each.kind != kind) continue;
      if (!std::exchange(any, true)) out_ += "\n" + paint(head, colour) + "\n";
      const std::string where = each.line ? "line " + std::to_string(each.line) : "-";
      label(where, each.what + (each.rule.empty() ? "" : " (" + each.rule + ")"));
    }
  }

  const SdpOverview& overview_;
  const SdpStyle& style_;
  std::string out_;
};

}  // namespace

std::string labelled(std::string_view label, std::string_view text, size_t width, size_t indent) {
  std::string out = "  " + std::string(label);
  out += std::string(columns(out) < indent ? indent - columns(out) : 1, ' ');
  size_t at = columns(out);
  bool first = true;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!first && at + 1 + columns(word) > width) {
      out += "\n" + std::string(indent, ' ');
      at = indent;
      first = true;
    }
    out += (first ? "" : " ") + std::string(word);
    at += columns(word) + (first ? 0 : 1);
    first = false;
  }
  for (size_t found = 0; (found = out.find(kNoBreak, found)) != std::string::npos;)
    out.replace(found, kNoBreak.size(), " ");
  return out + "\n";
}

std::string toText(const SdpOverview& overview, const SdpStyle& style) {
  return Page(overview, style).run();
}

std::string toComplaints(const SdpOverview& overview, const SdpStyle& style) {
  std::string out;
  for (const SdpFinding& each : overview.findings) {
    if (each.kind == SdpFinding::Kind::kUnusual) continue;
    out += overview.name;
    if (each.line) out += ":" + std::to_string(each.line) + ":" + std::to_string(each.column);
    out += ": " + std::string(name(each.kind)) + ": " + visible(each.what);
    out += (each.rule.empty() ? "" : " (" + each.rule + ")") + "\n";
    if (!each.line) continue;
    const std::string line = visible(lineOf(overview.text, each.line));
    const size_t room = std::max<size_t>(style.width, 20) - 4;
    out += "    " + (line.size() > room ? line.substr(0, room) : line) + "\n";
    if (each.column <= room) out += std::string(3 + each.column, ' ') + "^\n";
  }
  return out;
}

}  // namespace tincan::inline v0::apps
