#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

/// Small readers of text for the SDP grammar. Each looks at every character of its input at most once.
namespace tincan::inline v0::sdp {

/// RFC 8866 §9: token-char, by its code.
inline constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> out{};
  for (size_t u = 0; u < out.size(); ++u)
    out[u] = u == 0x21 || (u >= 0x23 && u <= 0x27) || u == 0x2A || u == 0x2B || u == 0x2D || u == 0x2E ||
             (u >= 0x30 && u <= 0x39) || (u >= 0x41 && u <= 0x5A) || (u >= 0x5E && u <= 0x7E);
  return out;
}();
constexpr bool isTokenChar(char c) {
  return kTokenChars[static_cast<unsigned char>(c)];
}
constexpr bool isDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool isAlpha(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/// RFC 8839 §5.1.
constexpr bool isIceChar(char c) {
  return isAlpha(c) || isDigit(c) || c == '+' || c == '/';
}
constexpr char toLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

template <class Predicate>
bool allOf(std::string_view text, Predicate predicate) {
  for (char c : text)
    if (!predicate(c)) return false;
  return true;
}
inline bool isToken(std::string_view text) {
  return !text.empty() && allOf(text, isTokenChar);
}
/// Any byte of eight is below `bound`, which is at most 0x80.
constexpr bool anyBelow(uint64_t eight, uint8_t bound) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
  return ((eight - kOnes * bound) & ~eight & kTops) != 0;
}
/// Calls `eight` with eight bytes at a time and `one` with each of the rest; true where all are.
template <class Eight, class One>
bool allOf(std::string_view text, Eight eight, One one) {
  while (text.size() >= sizeof(uint64_t)) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    if (!eight(bytes) && !allOf(text.substr(0, sizeof bytes), one)) return false;
    text.remove_prefix(sizeof bytes);
  }
  return allOf(text, one);
}
/// Something without spaces or control characters.
inline bool isWord(std::string_view text) {
  constexpr uint64_t kDeletes = 0x7F7F7F7F7F7F7F7F;
  return !text.empty() &&
         allOf(
             text, [](uint64_t eight) { return !anyBelow(eight, 0x21) && !anyBelow(eight ^ kDeletes, 1); },
             [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7F; });
}
/// RFC 8866 §9, byte-string: what may stand in a line.
inline bool isLineText(std::string_view text) {
  return allOf(
      text, [](uint64_t eight) { return !anyBelow(eight, 0x20); },
      [](char c) { return c != '\r' && c != '\n' && c != '\0'; });
}

inline std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = toLower(c);
  return lower;
}
inline bool equalsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (toLower(a[i]) != toLower(b[i])) return false;
  return true;
}

/// Decimal digits and nothing else, within `max`.
inline std::optional<uint64_t> parseNumber(std::string_view text, uint64_t max = std::numeric_limits<uint64_t>::max()) {
  if (text.empty()) return std::nullopt;
  uint64_t value = 0;
  for (char c : text) {
    if (!isDigit(c)) return std::nullopt;
    const auto digit = static_cast<uint64_t>(c - '0');
    if (value > (max - digit) / 10) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

/// The part of `text` before `separator`; `text` becomes what follows it (empty when there is no separator).
inline std::string_view takeUntil(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view head = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return head;
}

/// The next word of `text`, whatever the number of spaces around it; empty at the end.
inline std::string_view takeWord(std::string_view& text) {
  const size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) {
    text = {};
    return {};
  }
  text.remove_prefix(begin);
  return takeUntil(text, ' ');
}

}  // namespace tincan::inline v0::sdp
