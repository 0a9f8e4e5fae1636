#include "apps/sdp/diff.h"

#include <algorithm>
#include <map>
#include <utility>

#include "apps/sdp/words.h"

namespace tincan::inline v0::apps {
namespace {

/// compare(), a part at a time.
class Comparison {
 public:
  Comparison(const SdpOverview& before, const SdpOverview& after) : before_(before), after_(after) {}

  std::vector<SdpChange> run() {
    say("type", before_.type, after_.type);
    transports();
    const size_t count = std::max(before_.sections.size(), after_.sections.size());
    for (size_t i = 0; i < count; ++i) {
      section_ = i;
      if (i >= before_.sections.size()) {
        say("m-line", "", describe(after_.sections[i]));
      } else if (i >= after_.sections.size()) {
        say("m-line", describe(before_.sections[i]), "");
      } else {
        sections(before_.sections[i], after_.sections[i]);
      }
    }
    return std::move(out_);
  }

 private:
  void say(std::string what, std::string before, std::string after) {
    if (before != after) out_.push_back({section_, std::move(what), std::move(before), std::move(after)});
  }

  static std::string describe(const SdpSection& each) {
    return each.kind + (each.mid.empty() ? "" : " \"" + each.mid + "\"") + (each.rejected ? ", rejected" : "");
  }

  // What is only in one of two lists, by its words; and, where both have the same, whether the order differs.
  void lists(const std::string& what, const std::vector<std::string>& before, const std::vector<std::string>& after) {
    const auto missing = [](const std::vector<std::string>& from, const std::vector<std::string>& in) {
      std::vector<std::string> out;
      for (const auto& each : from)
        if (std::find(in.begin(), in.end(), each) == in.end()) out.push_back(each);
      return out;
    };
    const auto gone = missing(before, after), come = missing(after, before);
    say(what, listText(gone), listText(come));
    if (!gone.empty() || !come.empty() || before == after) return;
    say("order of the " + what + "s", listText(before), listText(after));
  }

  void transports() {
    const auto groups = [](const SdpOverview& each) {
      std::vector<std::string> out;
      for (const SdpTransport& transport : each.transports) {
        std::vector<std::string> numbers;
        for (const size_t index : transport.sections) numbers.push_back(std::to_string(index));
        out.push_back("m-line" + std::string(numbers.size() == 1 ? " " : "s ") + listText(numbers));
      }
      return out;
    };
    lists("transport", groups(before_), groups(after_));
    const size_t count = std::min(before_.transports.size(), after_.transports.size());
    for (size_t i = 0; i < count; ++i) {
      const SdpTransport &a = before_.transports[i], &b = after_.transports[i];
      if (sameSide_) {
        say("ICE username fragment", a.ufrag, b.ufrag);
        lists("fingerprint", a.fingerprints, b.fingerprints);
        lists("candidate", candidates(a), candidates(b));
      }
      const auto setup = [](const SdpTransport& each) { return each.setup ? std::string(name(*each.setup)) : "none"; };
      say("a=setup", setup(a), setup(b));
      say("ICE", words(a), words(b));
    }
  }

  static std::string words(const SdpTransport& each) {
    return std::string(each.lite ? "lite" : "full") + (each.trickle ? ", trickles" : ", does not trickle") +
           (each.endOfCandidates ? ", all candidates told" : "");
  }

  static std::vector<std::string> candidates(const SdpTransport& transport) {
    std::vector<std::string> out;
    for (const ice::Candidate& each : transport.candidates) {
      const std::string host = each.hostname.empty() ? each.address.toString() : each.hostname;
      out.push_back(std::string(ice::name(each.type)) + " " + std::string(name(each.protocol)) + " " + host);
    }
    return out;
  }

  void sections(const SdpSection& a, const SdpSection& b) {
    const auto state = [](const SdpSection& each) { return std::string(each.rejected ? "rejected" : "accepted"); };
    say("kind", a.kind, b.kind);
    say("mid", a.mid, b.mid);
    say("m-line", state(a), state(b));
    if (a.rejected || b.rejected) return;
    say("direction", std::string(name(a.direction)), std::string(name(b.direction)));
    codecs(a, b);
    const auto extensions = [](const SdpSection& each) {
      std::vector<std::string> out;
      for (const auto& one : each.extensions)
        out.push_back(extensionText(one.uri) + " (" + std::to_string(one.id) + ")");
      std::sort(out.begin(), out.end());
      return out;
    };
    lists("header extension", extensions(a), extensions(b));
    const auto tracks = [](const SdpSection& each) {
      std::vector<std::string> out;
      for (const auto& msid : each.msids) out.push_back(msid.streamId + " " + msid.trackId);
      return out;
    };
    if (sameSide_) lists("stream and track", tracks(a), tracks(b));
    const auto rids = [](const SdpSection& each) {
      std::vector<std::string> out;
      for (const auto& rid : each.rids) out.push_back(rid.id + (rid.send ? " sent" : " received"));
      return out;
    };
    lists("rid", rids(a), rids(b));
    const auto size = [](const SdpSection& each) {
      return each.maxMessageSize ? std::to_string(*each.maxMessageSize) : std::string("65536 (not said)");
    };
    if (a.kind == "application") say("largest message", size(a), size(b));
  }

  void codecs(const SdpSection& a, const SdpSection& b) {
    const auto names = [](const SdpSection& each) {
      std::vector<std::string> out;
      for (const auto& codec : each.codecs) out.push_back(codecText(codec));
      return out;
    };
    lists("codec", names(a), names(b));
    for (const auto& one : a.codecs) {
      const auto other = std::find_if(b.codecs.begin(), b.codecs.end(), [&](const stack::CodecSpec& codec) {
        return codecText(codec) == codecText(one);
      });
      if (other == b.codecs.end()) continue;
      auto before = one.feedback, after = other->feedback;
      std::sort(before.begin(), before.end());
      std::sort(after.begin(), after.end());
      lists(one.name + " feedback", before, after);
      say(one.name + " parameters", parameters(one), parameters(*other));
    }
  }

  static std::string parameters(const stack::CodecSpec& codec) {
    std::map<std::string, std::string> sorted(codec.parameters.begin(), codec.parameters.end());
    std::string out;
    for (const auto& [key, value] : sorted) out += (out.empty() ? "" : ";") + key + (value.empty() ? "" : "=" + value);
    return out;
  }

  const SdpOverview& before_;
  const SdpOverview& after_;
  // An offer and its answer are of two sides: each has its own addresses, keys and tracks.
  const bool sameSide_ = (before_.type == "offer") == (after_.type == "offer");
  std::optional<size_t> section_;
  std::vector<SdpChange> out_;
};

}  // namespace

std::vector<SdpChange> compare(const SdpOverview& before, const SdpOverview& after) {
  return Comparison(before, after).run();
}

std::string toText(const std::vector<SdpChange>& changes, const SdpStyle& style) {
  if (changes.empty()) return "They mean the same\n";
  std::string out;
  std::optional<size_t> section;
  bool first = true;
  const auto paint = [&](char sign, const std::string& text) {
    if (!style.colours) return text;
    return std::string(sign == '-' ? "\033[31m" : "\033[32m") + text + "\033[0m";
  };
  for (const SdpChange& each : changes) {
    if (first || each.section != section) {
      const std::string head = each.section ? "m-line " + std::to_string(*each.section) : "Session and transport";
      out += (first ? "" : "\n") + (style.colours ? "\033[1m" + head + "\033[0m" : head) + "\n";
    }
    first = false;
    section = each.section;
    out += "  " + each.what + "\n";
    for (const char sign : {'-', '+'}) {
      const std::string& side = sign == '-' ? each.before : each.after;
      if (side.empty()) continue;
      std::string lines = labelled(std::string("  ") + sign, side, style.width, 6);
      lines.pop_back();
      out += paint(sign, lines) + "\n";
    }
  }
  return out;
}

}  // namespace tincan::inline v0::apps
