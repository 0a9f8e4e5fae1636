#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "sctp/tx/outstanding_chunks.h"

namespace tincan::inline v0::sctp {

/// Finds losses by time (RFC 8985), for SCTP: a chunk is lost when one that was sent later has been delivered, and the
/// reordering window has passed since. TSNs stand for sequence numbers, gap blocks for TCP's SACK, duplicate TSNs for
/// DSACK. Each transmission counts by its own time, so that a retransmission lost again is found without T3.
class RackTlp {
 public:
  struct Round {
    TimePoint now{};
    Duration srtt{};
    Duration minRtt{};
    bool inRecovery = false;
  };

  void reset(int64_t firstTsn);

  /// A chunk newly acknowledged (§6.2, steps 1 to 3).
  void onAcked(TimePoint now, int64_t tsn, const OutstandingChunk& chunk, Duration minRtt);
  /// A SACK had duplicate TSNs: what we sent twice had come the first time (step 4). `next` is the next TSN.
  void onDuplicates(int64_t next);
  /// The cumulative TSN moved (a round of duplicates may be over).
  void onCumulative(int64_t cumulative);
  void onRecoveryEnd();

  /// Step 5: appends to `lost` the chunks that are, and says when to look again: never, if not before the next SACK.
  TimePoint detect(const Round& round, const OutstandingChunks& chunks, std::vector<int64_t>& lost) const;
  /// T3 has expired (§6.3): the first one, and all that were sent longer ago than a round trip and the window.
  void detectAtTimeout(const Round& round, const OutstandingChunks& chunks, std::vector<int64_t>& lost) const;

  bool reorderingSeen() const { return reorderingSeen_; }
  Duration window(const Round& round, const OutstandingChunks& chunks) const;

  /// §7.2: how long after the last chunk a probe goes. `prompt`: the peer was asked to acknowledge it at once (RFC 7053).
  static Duration probeTimeout(Duration srtt, size_t chunksInFlight, bool prompt);

 private:
  bool hasDelivered_ = false;
  TimePoint sentAt_{};  // RACK.xmit_ts of the chunk sent last among those delivered
  int64_t tsn_ = 0;     // and its TSN
  Duration rtt_{};
  int64_t highest_ = 0;  // RACK.fack
  bool reorderingSeen_ = false;
  Duration lateness_{};  // the most by which one came after those sent later; forgotten by and by
  int64_t windows_ = 1;  // RACK.reo_wnd_mult
  int persist_ = 0;      // recoveries for which it stays
  int64_t duplicateRound_ = OutstandingChunks::kNone;
};

}  // namespace tincan::inline v0::sctp
