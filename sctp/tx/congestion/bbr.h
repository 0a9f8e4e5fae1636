#pragma once

#include <algorithm>
#include <limits>

#include "base/random.h"
#include "sctp/tx/congestion/congestion_controller.h"

namespace tincan::inline v0::sctp {

/// BBR version 3 (draft-ietf-ccwg-bbr-06, Experimental): paces at the rate that the path delivers, and holds a little more in
/// flight than the path's own bandwidth-delay product. Loss does not halve it, so that it fills lines which lose packets by
/// chance.
///
///     kStartup ── the rate has stopped growing, or much is lost ──> kDrain ── the queue is gone ──> kDown
///     kDown ── drained ──> kCruise ── 2 to 3 s, or 63 rounds ──> kRefill ── a round ──> kUp ── no more, or loss ──> kDown
///     any ── no shorter round trip seen in 5 s ──> kProbeRtt ── 200 ms and a round ──> kCruise, or kStartup
///
/// bbr.cc has the states, bbr_model.cc what they know about the path.
class Bbr final : public CongestionController {
 public:
  Bbr(size_t packet, uint64_t seed);

  void onSent(TimePoint now, size_t bytes, size_t inFlightBefore, bool appLimited) override;
  void onAck(const AckEvent& event) override;
  void onLost(const LossEvent& event) override;
  void onCongestion(TimePoint now, size_t inFlight) override;
  void onSpurious(TimePoint now) override;
  void onRecovered() override;
  void onTimeout(TimePoint now, size_t inFlight, bool again) override;
  void setPacket(size_t bytes) override { packet_ = static_cast<double>(bytes); }
  size_t window() const override { return static_cast<size_t>(window_); }
  uint64_t pacingRate(Duration srtt) const override;
  bool inSlowStart() const override { return state_ == State::kStartup; }

 private:
  enum class State : uint8_t { kStartup, kDrain, kDown, kCruise, kRefill, kUp, kProbeRtt };
  /// Which phase of a probe the SACKs that come now are about (§5.3.3.9).
  enum class AckPhase : uint8_t { kNone, kRefilling, kStarting, kFeedback, kStopping };
  enum class Undo : uint8_t { kNone, kStartup, kUp };
  static constexpr double kInfinite = std::numeric_limits<double>::infinity();

  // The states (bbr.cc).
  bool inProbeBw() const;
  bool isProbing() const;
  double pacingGain() const;
  double windowGain() const;
  void enterStartup() { state_ = State::kStartup; }
  void startDown(TimePoint now);
  void startRefill();
  void startUp(const AckEvent& event);
  void checkStartup(const AckEvent& event);
  void updateCycle(const AckEvent& event);
  bool timeToProbe(TimePoint now);
  Duration crowdedWait() const;
  bool timeToCruise(const AckEvent& event) const;
  bool timeToGoDown(const AckEvent& event);
  void checkProbeRtt(const AckEvent& event);
  void checkProbeRttDone(TimePoint now);
  void setPacing(double gain);
  void setWindow(const AckEvent& event);
  void boundWindow();
  void saveWindow();

  // The model (bbr_model.cc).
  void startRound() { nextRoundDelivered_ = delivered_; }
  void resetFullBandwidth();
  void resetSignals();
  void updateRound(const AckEvent& event);
  void updateLatest(const AckEvent& event);
  void updateCongestion(const AckEvent& event);
  void updateAggregation(const AckEvent& event);
  void updateFullBandwidth(const AckEvent& event);
  void updateMinRtt(const AckEvent& event);
  bool adaptLongTerm(const AckEvent& event);
  void probeUpward(const AckEvent& event);
  void raiseSlope();
  static bool tooHigh(uint64_t lost, uint64_t inFlight);
  void handleTooHigh(TimePoint now, double inFlight, bool appLimited);
  double maxBandwidth() const { return std::max(maxBandwidth_[0], maxBandwidth_[1]); }
  double bandwidth() const { return std::min(maxBandwidth(), shortBandwidth_); }
  double product(double bandwidth) const;
  double inflight(double bandwidth, double gain) const;
  double withHeadroom() const;
  double minimumWindow() const { return 4 * packet_; }  // MinPipeCwnd
  double extraAcked() const { return std::max(extraAcked_[0], extraAcked_[1]); }

  SeededRandom random_;
  double packet_;
  double initialWindow_;
  double window_;
  double priorWindow_ = 0;
  double pace_ = 0;  // bytes a second
  State state_ = State::kStartup;
  AckPhase ackPhase_ = AckPhase::kNone;

  // Rounds, counted by delivered bytes.
  uint64_t delivered_ = 0;
  uint64_t nextRoundDelivered_ = 0;
  uint64_t rounds_ = 0;
  bool roundStart_ = false;
  uint64_t roundsSinceProbe_ = 0;

  // Bandwidth: the best of this cycle and the last one, and what loss has made of it.
  double maxBandwidth_[2] = {};
  double shortBandwidth_ = kInfinite;
  double latestBandwidth_ = 0;
  double fullBandwidth_ = 0;
  int fullRounds_ = 0;
  bool fullNow_ = false;
  bool fullReached_ = false;

  // In flight: what was safe in the last probe, and what loss has made of it.
  double longInflight_ = kInfinite;
  double shortInflight_ = kInfinite;
  double latestInflight_ = 0;

  uint64_t lossRoundDelivered_ = 0;
  bool lossRoundStart_ = false;
  bool lossInRound_ = false;
  int lossRanges_ = 0;  // in this round
  int64_t lastLost_ = 0;

  bool probeSample_ = false;  // SACKs are about what was sent faster
  bool wasTooHigh_ = false;
  bool crowded_ = false;  // the last probe ended in losses
  bool precautionary_ = false;
  TimePoint cycleStart_{};
  Duration probeWait_{};
  double upAcked_ = 0;
  double upAckedPerPacket_ = kInfinite;
  unsigned upRounds_ = 0;

  Duration minRtt_ = Duration::infinite();
  TimePoint minRttAt_{};
  Duration probeMinRtt_ = Duration::infinite();
  TimePoint probeMinRttAt_{};
  bool probeRttDue_ = false;
  TimePoint probeRttEnd_ = TimePoint::never();
  bool probeRttRound_ = false;
  bool idleRestart_ = false;

  // More acknowledged than expected: the network comes in lumps.
  TimePoint extraStart_{};
  double extraDelivered_ = 0;
  double extraAcked_[2] = {};
  uint64_t extraRound_ = 0;

  Undo undo_ = Undo::kNone;
  double undoShortBandwidth_ = kInfinite;
  double undoShortInflight_ = kInfinite;
  double undoLongInflight_ = kInfinite;
};

}  // namespace tincan::inline v0::sctp
