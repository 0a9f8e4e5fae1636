#include "stack/jsep/added_candidates.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr size_t kMaxAdded = 256;  // four sections of as many candidates as an agent takes

void append(std::string& out, const std::vector<AddedCandidate>& added, size_t section) {
  for (const AddedCandidate& each : added) {
    if (each.section != section) continue;
    if (!out.empty() && out.back() != '\n') out += "\r\n";
    out += "a=" + each.line + "\r\n";
  }
}

}  // namespace

void addCandidate(std::vector<AddedCandidate>& added, AddedCandidate candidate) {
  if (added.size() >= kMaxAdded || std::find(added.begin(), added.end(), candidate) != added.end()) return;
  added.push_back(std::move(candidate));
}

std::string withCandidates(std::string_view sdp, const std::vector<AddedCandidate>& added) {
  std::string out;
  std::optional<size_t> section;
  while (!sdp.empty()) {
    const size_t end = sdp.find('\n');
    const std::string_view line = sdp.substr(0, end == std::string_view::npos ? sdp.size() : end + 1);
    if (line.starts_with("m=")) {
      if (section) append(out, added, *section);
      section = section ? *section + 1 : 0;
    }
    out += line;
    sdp.remove_prefix(line.size());
  }
  if (section) append(out, added, *section);
  return out;
}

}  // namespace tincan::inline v0::stack
