#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "base/queue.h"
#include "base/time.h"
#include "sctp/chunk/reconfig.h"

namespace tincan::inline v0::sctp {

/// Our side of RFC 6525 §5.1: which of our streams are to be reset, and the one request that may be out. Owned by
/// Association, which pauses the streams and knows when all of each has been acknowledged.
///
///     want() ──> waiting ── markQuiet() ──> ready ── nextRequest(), none is out ──> asked ── response ──> done, refused
///                                                                                     │
///                                                      timer: the same request again ─┘
class OutgoingResets {
 public:
  static constexpr size_t kMaxAtOnce = 256;  // that one chunk of our packets has room for

  /// Requests are numbered from our initial TSN on (RFC 6525 §5.1.1).
  explicit OutgoingResets(uint32_t initialTsn) : nextSequence_(initialTsn) {}

  void want(std::span<const uint16_t> streams);
  /// All that was sent on it has been acknowledged or given up.
  void markQuiet(uint16_t stream);
  /// Those that wait. One whose last data is on its way is worth a round trip to wait for: a request is out for at least
  /// as long, and keeps all others.
  const std::set<uint16_t>& waiting() const { return waiting_; }
  bool isAsked() const { return asked_.has_value(); }
  /// Whether some could be asked for now.
  bool isReady() const { return !asked_ && !ready_.empty(); }
  /// No request has gone since the last want().
  bool isFirstChance() const { return firstChance_; }

  /// A new request of all that is ready. Only when isReady().
  OutgoingResetRequest nextRequest(TimePoint now, uint32_t responseSequence, uint32_t lastTsn, Duration timeout);
  /// The request once more, the same bytes (RFC 6525 §5.1.1), when the timer has run out.
  std::optional<OutgoingResetRequest> retransmit(TimePoint now);
  TimePoint nextTimeout() const { return asked_ ? deadline_ : TimePoint::never(); }
  /// How often in a row it went unanswered.
  unsigned attempts() const { return attempts_; }

  enum class Outcome : uint8_t { kIgnored, kDone, kRefused };
  /// `streams` are those that it is about.
  Outcome onResponse(TimePoint now, const ReconfigResponse& response, std::vector<uint16_t>& streams);

 private:
  std::set<uint16_t> waiting_;
  std::set<uint16_t> ready_;
  std::optional<OutgoingResetRequest> asked_;
  uint32_t nextSequence_;
  bool firstChance_ = false;
  Duration timeout_{};
  TimePoint deadline_{};
  unsigned attempts_ = 0;
};

/// The peer's side of it (RFC 6525 §5.2): its requests in their order, each performed once, a repeated one answered as it
/// was before.
///
///     request ── its number is the next ── all before its last TSN has come ──> performed, answered
///                        │                      │
///                        │                      └── not yet ──> kept; answered once that has come. Asked again: "in progress"
///                        ├── it is the one before ──> the same answer
///                        └── any other ──> "bad sequence number"
///
/// RFC 6525 §5.2.2 has "in progress" for the first answer too. Differs because peers ask again only when their timer says
/// so: told nothing, they hear of it a round trip after their data is here.
class IncomingResets {
 public:
  explicit IncomingResets(uint32_t peerInitialTsn) : expected_(peerInitialTsn) {}

  enum class Action : uint8_t {
    kAnswer,   ///< with `result`
    kPerform,  ///< now; then performed()
    kKeep,     ///< isDue() will tell
  };
  struct Judgement {
    Action action = Action::kAnswer;
    ReconfigResult result = ReconfigResult::kNothingToDo;
  };
  /// `allBefore`: everything up to the request's last TSN has come.
  Judgement judge(const OutgoingResetRequest& request, bool allBefore);
  /// Any other kind of request, that is answered at once: kPerform when it is new.
  Judgement judgeOther(uint32_t sequence);
  /// What came of the request with the next number: it is remembered.
  void performed(uint32_t sequence, ReconfigResult result);

  const std::optional<OutgoingResetRequest>& kept() const { return kept_; }
  /// The number of the last request that was performed: what our own requests say.
  uint32_t lastSequence() const { return expected_ - 1; }

 private:
  std::optional<ReconfigResult> before(uint32_t sequence) const;

  struct Answer {
    uint32_t sequence;
    ReconfigResult result;
  };
  uint32_t expected_;
  std::optional<OutgoingResetRequest> kept_;
  Queue<Answer> answers_;  // of the last two: one chunk may have as many
};

}  // namespace tincan::inline v0::sctp
