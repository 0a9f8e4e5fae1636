#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/random.h"
#include "base/time.h"

namespace tincan::inline v0::sctp {

/// Packetization layer path MTU discovery (RFC 8899) for SCTP over DTLS (§6.2.1: HEARTBEAT, made large by PAD): how large
/// a packet may be. Below it goes what everybody's path carries, and nothing is asked before there is much to send.
///
///     kBase ── start() ──> kSearching ── the largest, or nothing larger, is acknowledged ──> kDone
///       ^                   │      ^                                                           │
///       │                   │      └── start() ten minutes later: does it carry more by now? ──┤
///       │                   └───────── onBlackHole(): down to the base ────────────────────────┤
///       └───────────────────────────── onPathChange() ─────────────────────────────────────────┘
///
/// The largest is tried first, since most paths carry it; then halves of what is left. A probe that is lost three times
/// was too large (§5.1.2: MAX_PROBES).
class PathMtu {
 public:
  struct Probe {
    uint64_t nonce = 0;  ///< only its echo counts: a HEARTBEAT ACK cannot be guessed
    size_t size = 0;     ///< of the packet
  };

  /// Both in bytes of an SCTP packet; with `most` no larger than `base` nothing is ever asked.
  PathMtu(size_t base, size_t most) : base_(base), size_(base), tooLarge_(most + kStep), most_(most), limit_(most) {}

  size_t size() const { return size_; }
  void start(TimePoint now);
  /// start() would begin a search.
  bool mayStart(TimePoint now) const {
    return state_ == State::kBase ? most_ > base_ : state_ == State::kDone && now >= raiseAt_ && size_ + kStep <= most_;
  }
  /// The next probe, when one is due.
  std::optional<Probe> poll(TimePoint now, RandomSource& random);
  TimePoint nextTimeout() const { return state_ == State::kSearching ? deadline_ : TimePoint::never(); }
  /// A HEARTBEAT ACK with this nonce has come. True when larger packets may be sent now.
  bool onAck(TimePoint now, uint64_t nonce);
  /// Packets of the size that was found do not come through any more (§4.3). True when it was larger than the base.
  bool onBlackHole(TimePoint now);
  /// Packets take another way, of which nothing is known but that no more than `most` is to be tried. True when they were
  /// larger than the base.
  bool onPathChange(size_t most = SIZE_MAX);

 private:
  enum class State : uint8_t { kBase, kSearching, kDone };
  static constexpr size_t kStep = 32;                              // closer than this is close enough
  static constexpr unsigned kMaxProbes = 3;                        // RFC 8899 §5.1.2
  static constexpr Duration kProbeTimeout = Duration::seconds(1);  // §5.1.1: no less
  static constexpr Duration kRaise = Duration::seconds(600);       // §5.1.1: PMTU_RAISE_TIMER

  void next(TimePoint now);
  void finish(TimePoint now);
  void transition(State state) { state_ = state; }

  State state_ = State::kBase;
  size_t base_;
  size_t size_;      // that comes through
  size_t tooLarge_;  // what is known not to
  size_t most_;
  size_t limit_;      // most_ on any path
  size_t asked_ = 0;  // the size that is being tried
  uint64_t nonce_ = 0;
  unsigned tries_ = 0;
  TimePoint deadline_ = TimePoint::never();
  TimePoint raiseAt_{};  // from when on a search may be made again
};

}  // namespace tincan::inline v0::sctp
