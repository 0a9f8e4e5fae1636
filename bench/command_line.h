#pragma once

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// The command line of a program of bench/: `--help` and 0, or one line that says what is wrong and 2. Output that cannot be
/// written (a full disk) is one line and 1. scripts/command_line.mjs has the same for Node.
namespace tincan::inline v0::bench {

class CommandLine {
 public:
  /// `usage`: the words after the program's name, and what they mean.
  CommandLine(const char* name, const char* usage) : name_(name), usage_(usage) {}

  /// `--name TEXT`, which is one of `oneOf` where that names any.
  CommandLine& option(const char* name, std::string& out, std::vector<std::string> oneOf = {}) {
    options_.emplace_back(name, text(out, std::move(oneOf)));
    return *this;
  }

  /// `--name FILE`, which can be written.
  CommandLine& file(const char* name, std::string& out) {
    options_.emplace_back(name, [&out](const std::string& text) {
      out = text;
      return std::ofstream(text, std::ios::app) ? std::string() : text + " cannot be written: " + std::strerror(errno);
    });
    return *this;
  }

  /// `--name NUMBER`.
  template <typename Number>
  CommandLine& option(const char* name, Number& out, std::type_identity_t<Number> least,
                      std::type_identity_t<Number> most) {
    options_.emplace_back(name, number(out, least, most));
    return *this;
  }

  /// The next word; one that is not `needed` may be left out, and those behind it.
  template <typename Number>
  CommandLine& word(const char* name, Number& out, std::type_identity_t<Number> least,
                    std::type_identity_t<Number> most, bool needed = false) {
    words_.emplace_back(name, number(out, least, most));
    needed_ += needed ? 1 : 0;
    return *this;
  }
  CommandLine& word(const char* name, std::string& out, std::vector<std::string> oneOf = {}, bool needed = false) {
    words_.emplace_back(name, text(out, std::move(oneOf)));
    needed_ += needed ? 1 : 0;
    return *this;
  }
  /// All words behind those: each is one of `oneOf`.
  CommandLine& words(std::vector<std::string>& out, std::vector<std::string> oneOf) {
    rest_ = [&out, all = std::move(oneOf)](const std::string& text) {
      out.push_back(text);
      return oneOfThem(text, all);
    };
    return *this;
  }
  template <typename Number>
  CommandLine& numbers(std::vector<Number>& out, std::type_identity_t<Number> least,
                       std::type_identity_t<Number> most) {
    rest_ = [&out, least, most](const std::string& text) {
      out.emplace_back();
      return number(out.back(), least, most)(text);
    };
    return *this;
  }

  void read(int argc, char** argv) const {
    std::atexit(endWell);
    size_t word = 0;
    for (int i = 1; i < argc; ++i) {
      const std::string text = argv[i];
      if (text == "-h" || text == "--help") {
        std::printf("%s %s\n", name_, usage_);
        std::exit(0);
      }
      if (const Take* take = find(text)) {
        if (++i == argc) refuse(text + " needs a value");
        check(text, *take, argv[i]);
      } else if (text.starts_with("--")) {
        refuse("there is no option " + text);
      } else if (word < words_.size()) {
        check(words_[word].first, words_[word].second, text);
        ++word;
      } else if (rest_) {
        check("", rest_, text);
      } else {
        refuse("what is \"" + text + "\" for?");
      }
    }
    if (word < needed_) refuse(words_[word].first + " is missing");
  }

  [[noreturn]] void refuse(const std::string& words) const {
    std::fprintf(stderr, "%s: %s (--help tells more)\n", name_, words.c_str());
    std::exit(2);
  }

 private:
  /// Takes a value, and says what is wrong with it.
  using Take = std::function<std::string(const std::string&)>;

  static Take text(std::string& out, std::vector<std::string> oneOf) {
    return [&out, all = std::move(oneOf)](const std::string& text) {
      out = text;
      return all.empty() ? std::string() : oneOfThem(text, all);
    };
  }
  template <typename Number>
  static Take number(Number& out, std::type_identity_t<Number> least, std::type_identity_t<Number> most) {
    return [&out, least, most](const std::string& text) {
      const char* end = text.data() + text.size();
      const auto [at, error] = std::from_chars(text.data(), end, out);
      if (error == std::errc() && at == end && out >= least && out <= most) return std::string();
      char range[100];
      std::snprintf(range, sizeof range, "%.15g to %.15g", static_cast<double>(least), static_cast<double>(most));
      return (text.empty() ? "nothing" : text) + " is no number from " + range;
    };
  }

  /// What there is, when `text` is none of it.
  static std::string oneOfThem(const std::string& text, const std::vector<std::string>& all) {
    std::string names;
    for (const std::string& each : all) {
      if (each == text) return {};
      names += (names.empty() ? "" : ", ") + each;
    }
    return "there is no " + text + "; there are " + names;
  }

  const Take* find(const std::string& name) const {
    for (const auto& [each, take] : options_) {
      if (each == name) return &take;
    }
    return nullptr;
  }
  void check(const std::string& what, const Take& take, const std::string& text) const {
    const std::string wrong = take(text);
    if (!wrong.empty()) refuse(what.empty() ? wrong : what + ": " + wrong);
  }

  static void endWell() {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
    std::fprintf(stderr, "standard output cannot be written: %s\n", std::strerror(errno));
    std::_Exit(1);
  }

  const char* name_;
  const char* usage_;
  std::vector<std::pair<std::string, Take>> options_, words_;
  Take rest_;
  size_t needed_ = 0;
};

}  // namespace tincan::inline v0::bench
