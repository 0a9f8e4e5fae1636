#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/queue.h"
#include "ice/candidate.h"
#include "ice/candidate_pair.h"
#include "ice/config.h"

namespace tincan::inline v0::ice {

/// The candidates of both sides in one generation, and the pairs that they make (RFC 8445 §6.1.2). Owned by a Session.
/// Knows the order of things; sends nothing and keeps no time.
///
/// Invariants: pairs are sorted by priority, highest first; no two have the same protocol, base and remote address; no
/// more than `maxPairs`, `maxRemoteCandidates` and `maxPeerReflexive` of each.
class Checklist {
 public:
  using PairState = CandidatePair::State;

  Checklist(const AgentConfig& config, Stats& stats, Role role) : config_(config), stats_(stats), role_(role) {}

  /// A host candidate: makes pairs.
  void addBase(const Candidate& host);
  /// Forgets the candidates with this base, and their pairs; none of them may be in use or pinned.
  void removeBase(const SocketAddress& base);
  /// A candidate of the peer's; false when it is refused. One that was peer-reflexive before takes its signalled place.
  bool addRemote(const Candidate& candidate);
  /// The pair of an authenticated check; nullptr when the limits leave no room, or the route's end is no base of ours.
  CandidatePair* pairForCheck(const Route& route, uint32_t priority);
  /// RFC 8445 §7.3.1.1: every pair's priority turns round.
  void setRole(Role role);

  CandidatePair* find(const Route& route) const;
  /// The pair that sent the check; nullptr for an id that is not ours.
  CandidatePair* findBySent(const stun::TransactionId& id) const;
  const std::vector<std::unique_ptr<CandidatePair>>& pairs() const { return pairs_; }
  const Candidate& local(const CandidatePair& pair) const { return locals_[pair.localIndex]; }
  const Candidate& remote(const CandidatePair& pair) const { return remotes_[pair.remoteIndex]; }
  const std::vector<Candidate>& remotes() const { return remotes_; }
  size_t remoteCount() const { return remotes_.size(); }
  bool hasBase(Protocol protocol, const SocketAddress& address) const;

  /// RFC 8445 §6.1.4.2: the next ordinary check: the best waiting pair, else the best frozen one whose foundation is
  /// not being tried; of those that are `wanted`.
  CandidatePair* nextOrdinary(const std::function<bool(const CandidatePair&)>& wanted) const;
  /// The way goes through a TURN server, ours or the peer's.
  bool isRelayed(const CandidatePair& pair) const;
  /// RFC 8445 §7.2.5.3.3: pairs of the same foundation thaw.
  void thaw(const CandidatePair& succeeded);

  /// RFC 8445 §6.1.4.1: the triggered-check queue, first in, first out.
  void pushTriggered(CandidatePair& pair);
  CandidatePair* popTriggered();
  bool hasTriggered() const { return !triggered_.empty(); }
  void dropTriggered() { triggered_.clear(); }
  void dropTriggered(CandidatePair& pair) { triggered_.erase(&pair); }

  /// The pair that must survive eviction; nullptr for none.
  void pin(const CandidatePair* pair) { pinned_ = pair; }
  CandidatePair* bestValid() const;
  bool allFailed() const;

 private:
  void addPair(size_t local, size_t remote, bool checked);
  bool evictFor(uint64_t priority, bool checked);
  bool foundationBusy(const CandidatePair& pair) const;
  uint64_t priorityOf(const CandidatePair& pair) const;
  void sort();

  const AgentConfig& config_;
  Stats& stats_;
  Role role_;
  std::vector<Candidate> locals_;
  std::vector<Candidate> remotes_;
  size_t peerReflexive_ = 0;
  std::vector<std::unique_ptr<CandidatePair>> pairs_;
  Queue<CandidatePair*> triggered_;
  const CandidatePair* pinned_ = nullptr;
};

}  // namespace tincan::inline v0::ice
