#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "rtp/congestion/feedback_report.h"

namespace tincan::inline v0::rtp {

/// How many bits a second really arrive: the acknowledged rate that a decrease starts from. Robust against bursts of
/// either end: the smaller of the rates by the times of sending and by the times of arrival, over a window of packets.
/// Bounded by `kMostPackets`; nothing is allocated after the first report.
class ThroughputEstimator {
 public:
  /// The bounds of libwebrtc's robust estimator, but for the window: half a second, so that what is left of a line after
  /// a drop is seen before its queue has filled (libwebrtc: 1 s, and several decreases in a row).
  static constexpr size_t kLeastPackets = 20, kMostPackets = 500;
  static constexpr Duration kWindow = Duration::millis(500), kLongestWindow = Duration::seconds(5);
  /// Below this nothing is said.
  static constexpr size_t kUsablePackets = 10;

  void onReport(const FeedbackReport& report);
  /// The rate has jumped: what was sent before `now` says nothing of it.
  void restart(TimePoint now) {
    since_ = now;
    packets_.clear();
    begin_ = 0;
    rate_.reset();
  }
  /// Bits a second; none before enough has come.
  std::optional<double> rate() const { return rate_; }

 private:
  struct Packet {
    TimePoint sentAt, receivedAt;
    uint32_t size = 0;
  };
  void add(const PacketResult& result);
  void forget();
  std::optional<double> compute() const;

  std::vector<Packet> packets_;  // by arrival; those before begin_ are forgotten
  size_t begin_ = 0;
  TimePoint since_;
  std::optional<double> rate_;
};

}  // namespace tincan::inline v0::rtp
