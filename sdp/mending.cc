#include "sdp/mending.h"

#include <utility>

#include "sdp/text.h"

namespace tincan::inline v0::sdp {
namespace {

// "opus / 48000 / 2", "VP8/90000/", "VP8/90000/0", "opus/48000/2/x": the encoding, the clock, and channels if any.
std::string mendRtpMap(std::string_view value) {
  const std::string_view payloadType = takeUntil(value, ' ');
  std::string rest;
  for (char c : value)
    if (c != ' ') rest += c;
  std::string_view parts = rest;
  const std::string_view encoding = takeUntil(parts, '/'), clock = takeUntil(parts, '/'),
                         channels = takeUntil(parts, '/');
  std::string out = std::string(payloadType) + ' ' + std::string(encoding) + '/' + std::string(clock);
  if (const auto count = parseNumber(channels, 255); count && *count > 0) out += '/' + std::string(channels);
  return out;
}

// "SEND hi;lo", "send rid=hi;lo" (draft-ietf-mmusic-sdp-simulcast-03, which Firefox wrote until 2018), "send hi;lo;".
std::string mendSimulcast(std::string_view value) {
  std::string out;
  for (std::string_view word = takeWord(value); !word.empty(); word = takeWord(value)) {
    const std::string lower = lowerCase(word);
    const bool way = lower == "send" || lower == "recv";
    constexpr std::string_view kOld = "rid=";
    if (!way && lower.compare(0, kOld.size(), kOld) == 0) word.remove_prefix(kOld.size());
    while (!way && !word.empty() && (word.back() == ';' || word.back() == ',')) word.remove_suffix(1);
    if (!out.empty()) out += ' ';
    out += way ? lower : std::string(word);
  }
  return out;
}

std::string mendRid(std::string_view value) {
  std::string out(takeUntil(value, ' '));
  out += ' ' + lowerCase(takeUntil(value, ' '));
  if (!value.empty()) out += ' ' + std::string(value);
  return out;
}

constexpr std::pair<std::string_view, std::string_view> kRules[] = {
    {"ice-ufrag", "RFC 8839 §5.4"},
    {"ice-pwd", "RFC 8839 §5.4"},
    {"ice-options", "RFC 8839 §5.6"},
    {"ice-lite", "RFC 8839 §5.3"},
    {"candidate", "RFC 8839 §5.1"},
    {"end-of-candidates", "RFC 8840 §8.2"},
    {"fingerprint", "RFC 8122 §5"},
    {"setup", "RFC 8842 §5.2"},
    {"tls-id", "RFC 8842 §4"},
    {"extmap", "RFC 8285 §8"},
    {"extmap-allow-mixed", "RFC 8285 §6"},
    {"cryptex", "RFC 9335 §4"},
    {"group", "RFC 5888 §5"},
    {"mid", "RFC 5888 §4"},
    {"bundle-only", "RFC 9143 §6"},
    {"msid", "RFC 8830 §2"},
    {"msid-semantic", "RFC 8830 §2"},
    {"rtcp", "RFC 3605 §2.1"},
    {"rtcp-mux", "RFC 5761 §5.1.1"},
    {"rtcp-mux-only", "RFC 8858 §4"},
    {"rtcp-rsize", "RFC 5506 §5.1"},
    {"rtcp-fb", "RFC 4585 §4.2"},
    {"rtpmap", "RFC 8866 §6.6"},
    {"fmtp", "RFC 8866 §6.15"},
    {"ptime", "RFC 8866 §6.4"},
    {"maxptime", "RFC 8866 §6.5"},
    {"ssrc", "RFC 5576 §4.1"},
    {"ssrc-group", "RFC 5576 §4.2"},
    {"rid", "RFC 8851 §4"},
    {"simulcast", "RFC 8853 §5.1"},
    {"sctp-port", "RFC 8841 §5"},
    {"max-message-size", "RFC 8841 §6"},
    {"sendrecv", "RFC 8866 §6.7"},
    {"sendonly", "RFC 8866 §6.7"},
    {"recvonly", "RFC 8866 §6.7"},
    {"inactive", "RFC 8866 §6.7"},
};

}  // namespace

std::string collapseBlanks(std::string_view text) {
  std::string out;
  bool gap = false;
  for (char c : text) {
    if (c == ' ' || c == '\t') {
      gap = !out.empty();
      continue;
    }
    if (std::exchange(gap, false)) out += ' ';
    out += c;
  }
  return out;
}

std::optional<std::string> mendValue(std::string_view name, std::string_view value) {
  if (name == "setup" || name == "rtcp-fb") return lowerCase(value);
  if (name == "rtpmap") return mendRtpMap(value);
  if (name == "simulcast") return mendSimulcast(value);
  if (name == "rid") return mendRid(value);
  // A size that does not fit 64 bits is at least as large as any.
  if (name == "max-message-size" && value.size() > 19 && allOf(value, isDigit)) return "18446744073709551615";
  return std::nullopt;
}

std::string_view ruleOf(std::string_view name) {
  for (const auto& [known, rule] : kRules)
    if (known == name) return rule;
  return "RFC 8866 §5.13";
}

}  // namespace tincan::inline v0::sdp
