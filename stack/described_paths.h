#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "stack/exchange.h"
#include "stack/jsep/remote_description.h"
#include "stack/media_lines.h"

namespace tincan::inline v0::stack {

/// What the descriptions of a connection say of each of its paths (stack/path_id.h). To look at, for the length of a question: it keeps
/// pointers into the Negotiation that gave it out.
class DescribedPaths {
 public:
  /// What is in force, and what is on its way to be; null where there is none. `provisional`: the latter has an answer.
  DescribedPaths(const MediaLines& lines, const Exchange* current, const Exchange* pending, bool provisional)
      : lines_(lines), current_(current), pending_(pending), provisional_(provisional) {}

  /// Our newest description, with its answer where there is one, has a section on it that lives.
  bool isLive(uint32_t path) const;
  /// The section whose place in an exchange's local description has the candidates of it.
  std::optional<size_t> sectionOfCandidates(uint32_t path, const Exchange& exchange) const;
  /// The mid and index that its candidates are told with.
  std::pair<std::string, uint16_t> candidateTag(uint32_t path) const;
  /// The peer's side as last described, pending descriptions included; of the first one, without a number.
  const TransportDescription* remote() const;
  const TransportDescription* remote(uint32_t path) const;
  /// Which side of DTLS our own answer takes; nullopt where the newest answer is the peer's.
  std::optional<Setup> answeredSetup(uint32_t path) const;

 private:
  const Exchange* locallyDescribed() const { return pending_ && pending_->hasLocal ? pending_ : current_; }
  const Exchange* remotelyDescribed() const { return pending_ && pending_->hasRemote ? pending_ : current_; }
  const Exchange* inForce() const { return provisional_ ? pending_ : current_; }

  const MediaLines& lines_;
  const Exchange* current_;
  const Exchange* pending_;
  bool provisional_;
};

}  // namespace tincan::inline v0::stack
