#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ice/config.h"
#include "ice/events.h"
#include "ice/gatherer.h"
#include "ice/mdns_responder.h"

namespace tincan::inline v0::ice {

/// What the peer is told of our candidates: from outside of a NAT that maps port for port they look otherwise, and behind
/// names (mDNS) neither their addresses nor their foundations tell a private address. Owned by the agent.
class ToldCandidates {
 public:
  ToldCandidates(const AgentConfig& config, RandomSource& random, PacketPool& pool, Stats& stats)
      : config_(config), names_(random, pool, stats) {}

  /// As NAT mappings show it (RFC 8445 §5.1.1.1 by configuration), to be told beside it, or in its place.
  struct Outside {
    std::vector<LocalCandidate> seen;
    bool replaces = false;
  };
  Outside outsideOf(const LocalCandidate& local) const;
  /// The words for it, with the generation's `ufrag`.
  CandidateGathered tell(TimePoint now, LocalCandidate local, std::string_view ufrag);

  MdnsResponder& names() { return names_; }
  const MdnsResponder& names() const { return names_; }

 private:
  const AgentConfig& config_;
  MdnsResponder names_;
  std::vector<std::string> foundations_;  ///< of candidates behind names, in the order in which they were told
};

}  // namespace tincan::inline v0::ice
