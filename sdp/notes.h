#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tincan::inline v0::sdp {

/// One thing of a description that was not as it should be, and what was done about it.
struct Note {
  size_t line = 0;   ///< of the description, from 1; 0: of no one line
  std::string what;  ///< "a=maxptime is left out: expected milliseconds"
  std::string rule;  ///< "RFC 8866 §6.4"
  bool operator==(const Note&) const = default;
};

/// The notes that one description earns, in order. A peer that makes every line wrong fills no memory: the first
/// kMaxNotes are kept, the others counted.
class Notes {
 public:
  static constexpr size_t kMaxNotes = 64;

  /// What is noted from here on belongs to this line.
  void at(size_t line) { line_ = line; }
  /// …to the m= line of this section, whose lines the parser tells by beginSection().
  void atSection(size_t index) { line_ = index < sections_.size() ? sections_[index] : 0; }
  void beginSection() { sections_.push_back(line_); }
  size_t line() const { return line_; }

  void add(std::string what, std::string_view rule) {
    if (all_.size() < kMaxNotes)
      all_.push_back({line_, std::move(what), std::string(rule)});
    else
      ++omitted_;
  }

  const std::vector<Note>& all() const { return all_; }
  size_t omitted() const { return omitted_; }

 private:
  std::vector<Note> all_;
  std::vector<size_t> sections_;  // at most kMaxMediaSections
  size_t line_ = 0;
  size_t omitted_ = 0;
};

}  // namespace tincan::inline v0::sdp
