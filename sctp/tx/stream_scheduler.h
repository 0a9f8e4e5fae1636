#pragma once

#include <cstdint>
#include <vector>

#include "sctp/tx/outbound_message.h"
#include "sctp/tx/sender.h"

namespace tincan::inline v0::sctp {

/// Which of the streams that have something to send goes next: start-time fair queueing (Goyal, Vin, Cheng 1996). Each
/// stream's tag is the virtual time at which its next byte starts; the lowest goes, and its tag moves on by bytes over
/// weight. A stream that comes anew starts at the present virtual time, so that it owes and is owed nothing.
/// With kPriority, rank stands before the tag, and the tag says when the stream had its last turn.
class StreamScheduler {
 public:
  explicit StreamScheduler(SchedulerKind kind) : kind_(kind) {}

  bool empty() const { return heap_.empty(); }
  /// Not when empty.
  OutboundStream* front() const { return heap_.front(); }
  /// A stream that has something to send; one that is in stays.
  void add(OutboundStream& stream);
  /// The front, which is out then: charge() it, and add() it again if it has more.
  OutboundStream* take();
  /// A stream that is out has sent `bytes`.
  void charge(OutboundStream& stream, size_t bytes);
  void remove(OutboundStream& stream);
  void setPriority(OutboundStream& stream, uint16_t priority);
  void clear();

 private:
  static bool before(const OutboundStream* a, const OutboundStream* b, SchedulerKind kind);
  void rebuild();

  SchedulerKind kind_;
  std::vector<OutboundStream*> heap_;
  uint64_t virtualTime_ = 0;
  uint64_t turn_ = 0;
};

}  // namespace tincan::inline v0::sctp
