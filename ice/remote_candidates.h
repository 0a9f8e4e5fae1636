#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"
#include "ice/candidate.h"
#include "ice/config.h"
#include "ice/mdns_resolver.h"

namespace tincan::inline v0::ice {

/// The peer's candidates on their way to the checks: those of no use, and those that policy refuses (ice/candidate_policy.h,
/// LIMITS A11), are passed over with a note; names are looked up. Owned by the agent.
///
///     add ──> usable? ──(a name)──> MdnsResolver ──> policy ──> poll
///                     └─(loopback, and we do not know yet whether we are there)─ wait ──┘
class RemoteCandidates {
 public:
  /// What the agent knows of its own sockets.
  struct Local {
    bool opened = false;    ///< the host candidates are known
    bool loopback = false;  ///< one of them is on the loopback interface
  };
  RemoteCandidates(const AgentConfig& config, PacketPool& pool, Stats& stats)
      : config_(config), stats_(stats), names_(config, pool, stats) {}

  void add(TimePoint now, const Candidate& candidate);
  /// The next one that may be checked.
  bool poll(const Local& local, Candidate& out);
  void end() { ended_ = true; }
  /// No more will come, by the peer's word, and no name is being looked up.
  bool done() const { return ended_ && names_.idle(); }
  /// Another generation, or another agent: nothing of the one before counts. Notes stay.
  void restart();

  /// What was passed over, and why; the first few.
  const std::vector<std::string>& notes() const { return notes_; }
  MdnsResolver& names() { return names_; }
  const MdnsResolver& names() const { return names_; }

 private:
  void refuse(const Candidate& candidate, std::string_view why);

  const AgentConfig& config_;
  Stats& stats_;
  MdnsResolver names_;
  Queue<Candidate> usable_;           ///< whose policy is still to be asked
  std::vector<Candidate> undecided_;  ///< on the loopback interface, until we know whether we are there, too
  std::vector<std::string> notes_;
  bool ended_ = false;
};

}  // namespace tincan::inline v0::ice
