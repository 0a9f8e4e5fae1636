#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "base/ring.h"
#include "base/time.h"
#include "rtp/congestion/rate_controller.h"

namespace tincan::inline v0::rtp {

/// When to probe for more than the estimate, and how far.
///
///              start: 3 × and 6 ×; what meets the line's own rate then is measured once more
///     kInitial ──────────────────► kWaiting ◄───────────────────────────────────────┐
///        ▲                            │ │ a result of at least 0.7 of the largest    │
///        │ new route                  │ └──────────── then 2 × the result ──────────►┤
///        └────── any state            │ no good result within 1 s                    │
///                                     ▼                                              │
///                                  kSettled ─┬─ application-limited: each 5 s, 2 × ─►┤
///                                            ├─ more is wanted: at once, if limited ►┤
///                                            ├─ a fall to 2/3, or a burst of others,
///                                            │  is over: 0.85 of before ─────────────►┤
///                                            └─ room, for 3 s or longer: 2 × ───────►┘
///
/// None while the line is overused, while losses hold the rate, or beyond what the application wants.
class ProbeController {
 public:
  // libwebrtc's.
  static constexpr double kFirst = 3, kSecond = 6, kFurther = 2, kGoOnAbove = 0.7;
  static constexpr Duration kWait = Duration::seconds(1);
  static constexpr Duration kLimitedInterval = Duration::seconds(5);
  static constexpr double kFall = 0.66, kAfterFall = 0.85;
  static constexpr Duration kFallWindow = Duration::seconds(5);
  static constexpr uint64_t kMostWithoutLimit = 5'000'000;
  static constexpr double kOfWanted = 2;
  /// Beyond libwebrtc, which grows by 8 % a second when it is not application-limited: a line that has become five times
  /// as fast would take 20 s to be found. A line that is full lowers the rate every 2 to 3 s; where nothing does and
  /// nothing queues, there is room. (Probes of a full line are jumps of one flow at the cost of the others: with them,
  /// three equal flows had a Jain index of 0.88, without them 0.99.) After one that has found
  /// some the next comes at once; each one in vain doubles the time.
  static constexpr Duration kSteadyInterval = Duration::seconds(3), kLongestSteadyInterval = Duration::seconds(4);
  static constexpr Duration kUnloweredFor = Duration::millis(2500), kShortQueue = Duration::millis(15);
  /// Where others send bursts, nobody has long.
  static constexpr Duration kUnloweredBesideBursts = Duration::millis(1500);
  /// At the start nothing but the probes says what the line carries, and jitter makes one that lasts 30 ms a fifth too
  /// low: for so long a result below what was sent is gone on from like another, and the last one is asked for again.
  /// A result that is so near to what was sent is jitter rather than the line's own rate; equal flows have less.
  static constexpr double kHardlySaturated = 0.8;
  static constexpr Duration kBeginning = Duration::seconds(3), kConfirmAfter = Duration::millis(300);
  static constexpr double kConfirm = 1.5;
  static constexpr Duration kLongCluster = Duration::millis(60);
  /// A probe that came no faster than this times the estimate was in vain.
  static constexpr double kWorthwhile = 1.15;

  enum class State : uint8_t { kInitial, kWaiting, kSettled };
  struct Line {
    TimePoint now;
    uint64_t estimate = 0;
    bool mayProbe = true;  ///< neither overused nor held by losses
    bool applicationLimited = false;
    bool draining = false;
    bool shortQueue = false;
    bool roomy = false;  ///< nothing queues, and the rate was not lowered for kUnloweredFor
  };

  void setLimits(const RateLimits& limits, uint64_t wanted) {
    limits_ = limits;
    wanted_ = wanted;
  }
  /// The path can carry packets: the first probes are due.
  void start(TimePoint now, uint64_t startRate);
  void onResult(const Line& line, uint32_t cluster, double rate, bool saturated);
  /// Each report, and each time-out.
  void update(const Line& line);
  void onDrop(TimePoint now, uint64_t before, uint64_t after);
  /// A burst of others has passed: it is asked whether what was there `before` is there again, and for no more.
  void onPassed(TimePoint now, uint64_t before) { fall_ = Fall{now, before, false}; }
  bool poll(ProbeCluster& out) { return due_.take(out); }
  State state() const { return state_; }
  /// Nothing but probes has said yet what the line carries.
  bool begins(TimePoint now) const { return now - beganAt_ < kBeginning; }
  TimePoint nextTimeout() const { return next_; }
  void reset();

 private:
  uint64_t most() const;
  bool probe(TimePoint now, double rate, bool further = true, Duration duration = Duration::zero());
  bool confirm(const Line& line);

  State state_ = State::kInitial;
  RateLimits limits_;
  uint64_t wanted_ = 0, probedWanted_ = 0;
  Ring<ProbeCluster> due_;
  uint32_t lastId_ = 0;
  bool further_ = true;  // a good result is followed by a larger probe
  TimePoint beganAt_, confirmAt_ = TimePoint::never();
  bool beginning_ = true;
  double largest_ = 0;  // rate of the clusters that are waited for
  TimePoint probedAt_;
  Duration steadyInterval_ = kSteadyInterval;
  bool fruitful_ = false;
  uint64_t estimateWhenProbed_ = 0;
  struct Fall {
    TimePoint at;
    uint64_t before = 0;
    bool further = true;
  };
  std::optional<Fall> fall_;
  TimePoint next_ = TimePoint::never();
};

}  // namespace tincan::inline v0::rtp
