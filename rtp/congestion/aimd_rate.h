#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "rtp/congestion/burst_detector.h"
#include "rtp/congestion/link_capacity.h"
#include "rtp/congestion/overuse_detector.h"

namespace tincan::inline v0::rtp {

/// The rate that the delay allows: it grows while the line is not full, and falls below what arrives when it is
/// (draft-ietf-rmcat-gcc-02 §5.5). In bits a second.
///
///                 overuse                        overuse
///     kIncrease ──────────► kDrain ◄──────────────────── kHold
///         ▲                 │  ▲ │ queue empty: back to just below what the line carries
///         │ normal          │  │ ▼
///         ├─────────────────┼──┼─kHold ◄── underuse (a queue of others drains: what is free now is no more than a loan)
///         │ queue empty     │  │ now and then: is it still so?
///         └───────────── kCompete ◄── the queue does not empty: others fill it
///
/// kDrain differs from the draft, which sends 0.85 of what arrives until the queue is empty, however long it is: the
/// rate is as low as empties the queue in `kDrainTime`, and comes back at once. Where a queue does not empty it is a
/// TCP's, and who yields to delay would starve: in kCompete the rate grows by a packet a round trip and falls by losses
/// alone, as TCP's does.
class AimdRate {
 public:
  enum class State : uint8_t { kHold, kIncrease, kDrain, kCompete };
  struct Input {
    TimePoint now;
    OveruseDetector::State line = OveruseDetector::State::kNormal;
    std::optional<double> acknowledged;
    Duration queue;                              ///< how long packets wait on the way
    Duration roundTrip = Duration::millis(200);  ///< libwebrtc's default
    bool lost = false;                           ///< the report told of losses that a queue may have made
  };

  // draft-ietf-rmcat-gcc-02 §5.5, §7: beta 0.85; eta 1.08 a second.
  static constexpr double kBeta = 0.85, kEta = 1.08;
  /// Between the bursts of others a line is free for less than a second at a time: growth by 8 % would use none of it.
  static constexpr double kEtaBetweenBursts = 1.3;
  /// libwebrtc: the rate is never more than 1.5 times what arrives, and 10 kb/s.
  static constexpr double kMostAboveAcknowledged = 1.5, kSlack = 10'000;
  static constexpr double kMostAdditive = 0.15;  // of the rate, a second
  static constexpr Duration kLeastResponse = Duration::millis(300);
  static constexpr Duration kReaction = Duration::millis(100);
  static constexpr Duration kDrainTime = Duration::millis(500), kLongestDrain = Duration::millis(2000);
  /// Where the rate is above what comes by more than this part of it, the queue goes on to grow until the fall is felt;
  /// it is reckoned with up to the other.
  static constexpr double kForeseenAbove = 0.5, kMostForeseenAbove = 4;
  static constexpr double kDeepestDrain = 0.3;  // of what arrives
  static constexpr double kAfterDrain = 0.95;   // of what arrived when the line was full
  /// Who sends more than kMuch gives more back, to this part from kVeryMuch on: what one of several flows has more than
  /// the others goes by falls alone, since all grow alike. With 0.95 for all, equal shares took a minute.
  static constexpr double kAfterDrainOfMuch = 0.9, kMuch = 1e6, kVeryMuch = 2e6;
  static constexpr Duration kShortDrain = Duration::millis(600), kSmallPeak = Duration::millis(120);
  /// A queue that grows by more than so many seconds a second is a burst of others; ours alone grows by how much the rate
  /// is too high. A file of 40 kB on 2 Mb/s fills 160 ms, and is gone in less than a second.
  static constexpr double kSteep = 0.15;
  static constexpr Duration kShortBurst = Duration::millis(800), kSmallBurst = Duration::millis(200);
  static constexpr int kMostBursts = 8;  // in a row; then the rate is a part of it too
  static constexpr double kAfterBursts = 0.95;
  static constexpr Duration kSoon = Duration::millis(1000);
  /// A queue that is still more than this of what it was is answered once more, twice at most.
  static constexpr double kFallen = 0.6, kDeeper = 0.85, kDeepest = 0.8, kNoMoreThan = 1.3;
  static constexpr Duration kYielded = Duration::millis(40);  // of a queue that others had filled
  static constexpr Duration kDrained = Duration::millis(12);
  /// RFC 5681 and RFC 9438 halve, or take 0.7. What is lost in a queue that another fills is mostly the other's doing: with
  /// these two, CUBIC has 0.4 to 0.74 of a line of 2 Mb/s, and we the rest (RFC 8867 §5.6).
  static constexpr double kAfterLoss = 0.85, kPacketsARoundTrip = 1.3;
  /// CUBIC grows as fast on a long way (RFC 9438 §4.2).
  static constexpr Duration kMostRoundTrip = Duration::millis(300);
  static constexpr double kMostBack = 3, kDeepestTest = 0.5;  // times what arrives; of the rate
  static constexpr Duration kLongestTest = Duration::millis(1200);
  static constexpr Duration kCompeteFor = Duration::seconds(15);  // then it is tried whether the queue empties
  static constexpr Duration kStanding = Duration::millis(100);    // more than what flows that yield leave

  AimdRate(double start, double least) : rate_(start), least_(least) {}

  double update(const Input& input);
  /// A probe has measured so much.
  void setProbed(TimePoint now, double rate, bool saturated);
  void setRate(TimePoint now, double rate);
  double rate() const { return rate_; }
  State state() const { return state_; }
  /// Others fill the queue, whatever we do.
  bool competes() const { return !competeSince_.isNever(); }
  const LinkCapacity& capacity() const { return capacity_; }
  /// Others send bursts, and what fills the queue now, or did last, is one.
  bool besideBursts() const { return bursts_.bursty() && steep_; }
  /// When the rate was last lowered; never() before that.
  TimePoint loweredAt() const { return loweredAt_; }

 private:
  void overuse(const Input& input);
  void drain(const Input& input);
  void increase(const Input& input);
  void compete(const Input& input);
  void beginDrain(const Input& input, double capacity);
  double rateAfterDrain(TimePoint now) const;
  double partAfterDrain() const;
  void deepen(const Input& input);
  static Duration reactionTo(const Input& input);

  State state_ = State::kIncrease;
  double rate_, least_;
  LinkCapacity capacity_;
  TimePoint updatedAt_ = TimePoint::never();
  TimePoint loweredAt_ = TimePoint::never();
  TimePoint drainBegan_;
  Duration drainFrom_, drainPeak_;
  Duration foreseen_;  // that long the queue will be, until a report can tell
  TimePoint foreseenUntil_;
  double depth_ = 1;  // of the drain at hand, times what it would be
  TimePoint deepenedAt_;
  double beforeDrain_ = 0, rateBefore_ = 0, drainCapacity_ = 0, afterDrain_ = kAfterDrain;
  TimePoint drainEnded_ = TimePoint::never();
  TimePoint emptyAt_ = TimePoint::never();  // the queue, last
  double arrivedEmpty_ = 0;                 // what arrived then
  bool steep_ = false;                      // how the queue of the drain at hand grew
  int inARow_ = 0;                          // drains
  BurstDetector bursts_;
  TimePoint competeSince_ = TimePoint::never();
};

}  // namespace tincan::inline v0::rtp
