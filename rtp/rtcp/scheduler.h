#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/random.h"
#include "base/time.h"

namespace tincan::inline v0::rtp::rtcp {

/// When to send RTCP (RFC 3550 §6.2, §6.3, appendix A.7; with feedback RFC 4585 §3.4, §3.5). Sends nothing itself: the
/// session asks at each deadline whether a packet is due, and tells what was sent and heard. Owned by the session.
///
///     kReporting --leave--> kLeaving (back-off, §6.3.7) --BYE due--> kGone
///                      \---- fewer than 50 members: at once ------^
class RtcpScheduler {
 public:
  enum class State : uint8_t { kIdle, kReporting, kLeaving, kGone };
  struct Config {
    /// For RTCP, bytes a second: 5 % of the session's (RFC 3550 §6.2).
    double bandwidth = 6250;
    /// The interval's lower bound (RFC 3550 §6.2: 5 s) without feedback.
    Duration minInterval = Duration::seconds(5);
    bool feedback = true;  ///< AVPF
    /// AVPF: the lower bound, which holds for the first report only, is 1 s (RFC 4585 §3.4). Two peers need not wait at
    /// all (RFC 3550 §6.2: for unicast the first delay may be zero; RFC 8108).
    Duration firstInterval = Duration::seconds(1);
    /// AVPF: regular reports no more often than this (T_rr_interval, RFC 4585 §3.4; trr-int in SDP).
    Duration minRegularInterval = Duration::seconds(1);
  };
  enum class Due : uint8_t { kNothing, kReport, kBye };

  RtcpScheduler(const Config& config, RandomSource& random) : config_(config), random_(random) {}

  /// `reportSize`: what the first report will take, UDP and IP headers included (§6.3.2: all sizes count them).
  void start(TimePoint now, size_t reportSize);
  /// Who is in the session: all, and those who send; ourselves counted. A session that shrinks has its deadlines moved
  /// nearer (§6.3.4, reverse reconsideration).
  void setMembers(TimePoint now, size_t members, size_t senders, bool weSend);
  /// Any RTCP packet heard (§6.3.3).
  void received(size_t size);
  /// A BYE heard: while we leave, it counts those who leave too (§6.3.7).
  void receivedBye();

  TimePoint nextTimeout() const;
  /// To be called when the deadline is there; with kReport or kBye the caller sends, then calls `sent`. Timer
  /// reconsideration (§6.3.6) may move the deadline instead.
  Due handleTimeout(TimePoint now);
  void sent(TimePoint now, size_t size);

  /// AVPF: something to say before its time (RFC 4585 §3.5.2). True when it may go at once; the caller sends it as
  /// reduced-size or compound RTCP, and calls `sentEarly`. False: it goes with the next report, or when the deadline
  /// (dithered in groups of more than two) is there.
  bool mayFeedBack(TimePoint now);
  void sentEarly(TimePoint now, size_t size);

  /// From now on only a BYE is left to send.
  void leave(TimePoint now, size_t byeSize);

  State state() const { return state_; }
  double averageSize() const { return averageSize_; }
  /// T_d of §6.3.1 as of now, without the random factor: what a test or a statistic wants to know.
  Duration deterministicInterval() const;

 private:
  static constexpr size_t kByeBackOffMembers = 50;  // §6.3.7

  Duration interval() const;
  Duration randomised();
  bool regularIsSuppressed(TimePoint now) const;
  void transition(State next) { state_ = next; }

  Config config_;
  RandomSource& random_;
  State state_ = State::kIdle;
  size_t members_ = 1;
  size_t senders_ = 0;
  bool weSend_ = false;
  size_t lastMembers_ = 1;  // pmembers
  double averageSize_ = 0;
  bool initial_ = true;
  TimePoint last_;                       // tp
  TimePoint next_ = TimePoint::never();  // tn
  std::optional<TimePoint> lastRegular_;
  Duration regularInterval_;  // T_rr_current_interval
  bool allowEarly_ = true;
  std::optional<TimePoint> early_;  // t_e
};

}  // namespace tincan::inline v0::rtp::rtcp
