#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace tincan::inline v0::stack {

/// A JSON string (RFC 8259 §7) with its quotes. UTF-8 stays as it is.
inline std::string jsonText(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

}  // namespace tincan::inline v0::stack
