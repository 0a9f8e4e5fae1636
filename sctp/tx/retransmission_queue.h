#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/time.h"
#include "sctp/chunk/data.h"
#include "sctp/chunk/forward_tsn.h"
#include "sctp/chunk/sack.h"
#include "sctp/tx/outbound_message.h"
#include "sctp/tx/outstanding_chunks.h"
#include "sctp/tx/send_queue.h"

namespace tincan::inline v0::sctp {

/// What was sent and is not acknowledged: SACKs applied to it (RFC 9260 §6.2.1), and what is given up (RFC 3758, RFC 7496).
/// Which chunks are lost is found elsewhere (rack_tlp.h).
class RetransmissionQueue {
 public:
  using State = OutstandingChunk::State;

  class Observer {
   public:
    virtual ~Observer() = default;
    /// A chunk is acknowledged, by a gap block or cumulatively, for the first time. `was` is kInFlight or kLost.
    virtual void onAcked(int64_t tsn, const OutstandingChunk& chunk, State was) = 0;
  };
  struct SackResult {
    Sender::SackStatus status = Sender::SackStatus::kTaken;
    size_t ackedChunks = 0;
    size_t ackedBytes = 0;   ///< with headers
    uint64_t ackedData = 0;  ///< without
    bool advanced = false;   ///< the cumulative TSN has moved
    size_t reneged = 0;
  };

  RetransmissionQueue(SendQueue& queue) : queue_(queue) {}

  void start(Tsn initial, bool interleaving, bool forwardTsn);
  /// For the send queue's restart(): the messages that are not acknowledged, in order; those given up are finished.
  std::vector<OutboundMessage*> takeUnacknowledged();

  const OutstandingChunks& chunks() const { return chunks_; }
  bool interleaving() const { return interleaving_; }
  OutstandingChunk& at(int64_t tsn) { return chunks_.at(tsn); }

  /// A fragment gets its TSN.
  int64_t add(const SendQueue::Fragment& fragment);
  /// The chunk goes out now, for the first time or again.
  void noteSent(TimePoint now, int64_t tsn);
  DataChunk chunkOf(int64_t tsn) const;

  SackResult onSack(const SackChunk& sack, Observer& observer);
  /// Found lost: to be sent again, or its message is given up.
  void markLost(TimePoint now, int64_t tsn);
  /// T3: what a peer seems to have reneged on is lost.
  void markReneged(TimePoint now);
  /// Whether the message's limits forbid to send the chunk again (RFC 3758 §3.5 A1, RFC 7496 §3).
  /// `transmissions`: how often the chunk went; 0: a new one.
  bool isSpent(TimePoint now, const OutboundMessage& message, unsigned transmissions) const;
  void abandon(OutboundMessage& message);

  /// Whether the peer has to be told to skip: the advanced peer ack point is ahead of the cumulative one.
  bool hasSkipped() const { return advanced_ >= chunks_.first(); }
  int64_t advancedPoint() const { return advanced_; }
  /// As far as `room` has entries for; its cumulative TSN is the chunk's. False when not even one fits.
  bool buildForwardTsn(size_t room, ForwardTsnChunk& chunk) const;
  uint64_t abandonedMessages() const { return abandonedMessages_; }

 private:
  void acknowledge(int64_t tsn, State was, SackResult& result, Observer& observer);
  void applyGaps(const SackChunk& sack, int64_t cumulative, SackResult& result, Observer& observer);
  void popAcknowledged(int64_t cumulative, SackResult& result, Observer& observer);
  void advance();

  SendQueue& queue_;
  OutstandingChunks chunks_;
  bool interleaving_ = false;
  bool forwardTsn_ = false;
  bool anyMissing_ = false;    // some acknowledged chunk was not in the last SACKs
  int64_t highestAcked_ = -1;  // by a gap block
  int64_t advanced_ = -1;      // RFC 3758 §3.5: Advanced.Peer.Ack.Point
  uint64_t abandonedMessages_ = 0;
};

}  // namespace tincan::inline v0::sctp
