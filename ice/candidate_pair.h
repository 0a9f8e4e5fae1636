#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/boxed.h"
#include "base/time.h"
#include "ice/events.h"
#include "stun/transaction.h"

namespace tincan::inline v0::ice {

/// RFC 8445 §6.1.2.3: G is the controlling agent's candidate's priority, D the controlled one's.
uint64_t pairPriority(uint32_t controlling, uint32_t controlled);

/// A Binding request that may still be answered.
struct SentCheck {
  stun::TransactionId id{};
  TimePoint at = TimePoint::never();  ///< never: an empty place
  Role role = Role::kControlling;
  bool nominating = false;
  bool consent = false;
  bool repeated = false;
  uint32_t carried = 0;  ///< CheckCargo: the datagram that went with it
};

/// What became of the checks of one pair, for people who ask (ice/pair_report.h). Nothing is decided by it.
struct CheckHistory {
  uint32_t sent = 0;                 ///< with repetitions; questions of consent aside
  uint32_t answers = 0;              ///< of success, those of consent included
  uint16_t refusal = 0;              ///< the last error code (RFC 8489 §14.8); 0: none
  bool forged = false;               ///< an answer came whose MAC is not the peer's
  bool lost = false;                 ///< the socket or the stream went away
  std::optional<Route> elsewhere{};  ///< an answer came another way than its check went
};

/// What went over one pair, for statistics. Nothing is decided by it.
struct PairTraffic {
  uint64_t packetsSent = 0, bytesSent = 0, packetsReceived = 0, bytesReceived = 0;  ///< data, not STUN
  uint64_t requestsReceived = 0, responsesSent = 0, consentRequestsSent = 0;
  Duration roundTripSum;  ///< of the answers whose question is known
  TimePoint lastSent = TimePoint::never(), lastReceived = TimePoint::never();
};

/// One base of ours with one candidate of the peer's (RFC 8445 §6.1.2). Owned by the Checklist. The pair that sends the
/// checks and the valid pair that they make (§7.2.5.3.2) are one object: `mapped` is the address at which the peer sees
/// us, and packets leave from `base` for `remote` either way.
struct CandidatePair {
  /// RFC 8445 §6.1.2.6, in its order.
  enum class State : uint8_t { kFrozen, kWaiting, kInProgress, kSucceeded, kFailed };

  size_t localIndex = 0;
  size_t remoteIndex = 0;
  Protocol protocol = Protocol::kUdp;
  SocketAddress base;
  SocketAddress remote;
  uint64_t priority = 0;
  std::string foundation;  ///< ours, ":", the peer's
  State state = State::kFrozen;

  bool valid = false;  ///< a check of ours was answered, and none has failed since
  bool nominated = false;
  bool peerChecked = false;        ///< an authenticated check came this way: data may follow
  bool nominating = false;         ///< the check under way carries USE-CANDIDATE
  bool nominateOnSuccess = false;  ///< controlled: the peer named it before our own check was through
  uint32_t nomination = 0;         ///< which of the nominations named it; 0 without renomination
  TimePoint nominatedAt;           ///< controlled: when the peer last named it
  std::optional<SocketAddress> mapped;
  Duration rtt;           ///< of the newest answer that is measurable
  bool measured = false;  ///< there was one
  TimePoint lastAnswer;
  TimePoint nextTrigger;  ///< the peer's checks trigger none of ours before this

  Boxed<stun::Transaction> check;  ///< while kInProgress or nominating
  std::vector<SentCheck> sent;     ///< the last ones, so that late answers find their question
  size_t nextSent = 0;             ///< the place that is taken next, once there are kMaxSent
  CheckHistory history;
  PairTraffic traffic;

  Route route() const { return {protocol, base, remote}; }
  static constexpr size_t kMaxSent = 8;
  /// In the place of one that was answered, or of the oldest.
  SentCheck& remember(const SentCheck& request);
  SentCheck* find(const stun::TransactionId& id);
};

}  // namespace tincan::inline v0::ice
