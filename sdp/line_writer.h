#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "sdp/text.h"

namespace tincan::inline v0::sdp {

/// Writes lines, and looks at what comes from outside as the parser would: a token, a word or the text of a line that is
/// none would read back as something else. The first such thing is remembered, and where it stood.
class LineWriter {
 public:
  explicit LineWriter(size_t expected) { text_.reserve(expected); }

  LineWriter& raw(std::string_view text) {
    text_ += text;
    return *this;
  }
  LineWriter& raw(char c) {
    text_ += c;
    return *this;
  }
  LineWriter& number(std::unsigned_integral auto value) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, uint64_t{value}).ptr;
    text_.append(digits, end);
    return *this;
  }
  LineWriter& token(std::string_view text, std::string_view what) {
    check(isToken(text), what, "a token");
    return raw(text);
  }
  LineWriter& word(std::string_view text, std::string_view what) {
    check(isWord(text), what, "a word without blanks");
    return raw(text);
  }
  LineWriter& text(std::string_view text, std::string_view what) {
    check(isLineText(text), what, "no line end");
    return raw(text);
  }
  void end() {
    ++line_;
    raw("\r\n");
  }

  void check(bool holds, std::string_view what, std::string_view expected) {
    if (!holds && !refused_) refuse(what, expected);
  }
  void refuse(std::string_view what, std::string_view expected) {
    refused_ = Error(ErrorCode::kMalformed, "cannot be written: line " + std::to_string(line_) + ": " +
                                                std::string(what) + ": expected " + std::string(expected));
  }

  Result<std::string> take() {
    if (refused_) return *refused_;
    return std::move(text_);
  }
  size_t size() const { return text_.size(); }

 private:
  std::string text_;
  size_t line_ = 1;
  std::optional<Error> refused_;
};

}  // namespace tincan::inline v0::sdp
