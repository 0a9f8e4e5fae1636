#pragma once

#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"
#include "base/random.h"
#include "ice/candidate.h"
#include "ice/config.h"

namespace tincan::inline v0::ice {

/// Gives our host candidates names that say nothing, and answers for those names on the local network
/// (draft-ietf-mmusic-mdns-ice-candidates §3.1; RFC 6762). Owned by the agent; one name for each address, for life.
///
///     hide ──> announced at 0 and 1 s ──(a question)──> answered, at most once a second (RFC 6762 §6)
class MdnsResponder {
 public:
  MdnsResponder(RandomSource& random, PacketPool& pool, Stats& stats) : random_(random), pool_(pool), stats_(stats) {}

  /// Puts a name in the place of a host candidate's address; leaves of others' related address nothing.
  void hide(TimePoint now, Candidate& candidate);
  /// True when the packet was a question to the mDNS socket, whoever it was for.
  bool receive(TimePoint now, const Route& route, ByteView packet);
  void handleTimeout(TimePoint now);
  TimePoint nextTimeout() const;
  bool pollTransmit(Transmit& out);
  /// The address is ours no more, and its name is forgotten.
  void remove(const IpAddress& ip);
  void clear();

 private:
  struct Name {
    std::string text;
    IpAddress ip;
    uint32_t announcements = 0;
    TimePoint mayAnswer;
    TimePoint next = TimePoint::never();  ///< the next announcement
  };

  const std::string& nameOf(TimePoint now, const IpAddress& ip);
  void answer(TimePoint now, Name& name);

  RandomSource& random_;
  PacketPool& pool_;
  Stats& stats_;
  std::vector<Name> names_;
  Queue<Transmit> transmits_;
};

}  // namespace tincan::inline v0::ice
