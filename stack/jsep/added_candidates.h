#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tincan::inline v0::stack {

/// A line that addIceCandidate() has added to one section of a remote description (W3C webrtc-pc §4.4.1.6):
/// "candidate:…" or "end-of-candidates".
struct AddedCandidate {
  size_t section = 0;
  std::string line;
  bool operator==(const AddedCandidate&) const = default;
};

/// Once each, and up to a bound: past it descriptions show no more of them.
void addCandidate(std::vector<AddedCandidate>& added, AddedCandidate candidate);

/// The description as it was set, with each line as an attribute at the end of its section.
std::string withCandidates(std::string_view sdp, const std::vector<AddedCandidate>& added);

}  // namespace tincan::inline v0::stack
