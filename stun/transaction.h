#pragma once

#include <cstdint>

#include "base/time.h"
#include "stun/protocol.h"

namespace tincan::inline v0::stun {

/// When a request is sent again, and when it has failed (RFC 8489 §6.2.1).
struct RetryPlan {
  Duration rto = Duration::millis(500);        ///< RFC 8489 §6.2.1: SHOULD be at least 500 ms
  Duration maximumRto = Duration::infinite();  ///< the doubling stops here
  uint32_t sends = 7;                          ///< Rc
  uint32_t lastWait = 16;                      ///< Rm, in RTOs after the last send
  Duration timeout = Duration::infinite();     ///< since the first send; whichever comes first
};

/// The clock of one request over a datagram transport: who owns it writes and sends the request when `takeSend` says
/// so.
///
///     start ── takeSend ──> waiting ──(RTO, doubled each time)── takeSend ──> … ──> expired
class Transaction {
 public:
  Transaction() = default;
  Transaction(TransactionId id, TimePoint now, const RetryPlan& plan) : id_(id), plan_(plan), next_(now) {}

  const TransactionId& id() const { return id_; }
  /// True when the request is to be sent now; the next deadline has then moved on.
  bool takeSend(TimePoint now);
  /// No answer came in all the time there was.
  bool expired(TimePoint now) const;
  TimePoint nextTimeout() const { return next_; }
  TimePoint firstSent() const { return first_; }
  uint32_t sent() const { return sent_; }
  /// An answer's round-trip time; only when it can be told which request it answers (Karn's rule, RFC 8489 §6.2.1).
  bool measurable() const { return sent_ == 1; }

 private:
  TransactionId id_{};
  RetryPlan plan_;
  TimePoint next_ = TimePoint::never();
  TimePoint first_;
  Duration wait_;
  uint32_t sent_ = 0;
};

}  // namespace tincan::inline v0::stun
