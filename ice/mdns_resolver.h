#pragma once

#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"
#include "ice/candidate.h"
#include "ice/config.h"

namespace tincan::inline v0::ice {

/// Finds the addresses behind the `.local` names of remote candidates. Owned by the agent. At most `maxMdnsLookups`
/// names are asked for at once; others wait, up to `maxRemoteCandidates`. A name that nobody answers for is dropped
/// quietly.
///
///     waiting ── a place is free ──> asked at 0, 1 and 3 s ──(answer)──> resolved
///                                          └──(5 s)──> forgotten
class MdnsResolver {
 public:
  MdnsResolver(const AgentConfig& config, PacketPool& pool, Stats& stats)
      : config_(config), pool_(pool), stats_(stats) {}

  /// False when the name is not one that a browser makes, or too many are waiting.
  bool resolve(TimePoint now, const Candidate& candidate);
  /// True when the packet came to the mDNS socket, whatever it holds.
  bool receive(TimePoint now, const Route& route, ByteView packet);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);
  /// A candidate whose address is known now.
  bool pollResolved(Candidate& out);
  bool idle() const { return lookups_.empty(); }
  void clear();
  size_t active() const;

 private:
  struct Lookup {
    std::string name;
    std::vector<Candidate> candidates;
    uint32_t sends = 0;  ///< 0: still waiting for its place
    TimePoint next = TimePoint::never();
  };

  void startWaiting(TimePoint now);
  void ask(TimePoint now, Lookup& lookup);
  void answer(const std::string& name, const IpAddress& ip);

  const AgentConfig& config_;
  PacketPool& pool_;
  Stats& stats_;
  std::vector<Lookup> lookups_;
  Queue<Transmit> transmits_;
  Queue<Candidate> resolved_;
};

}  // namespace tincan::inline v0::ice
