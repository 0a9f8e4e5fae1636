#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "rtp/congestion/rate_controller.h"

namespace tincan::inline v0::rtp {

/// What a probe cluster has measured: how fast it was sent, and how fast it came. Bounded: the last few clusters.
class ProbeEstimator {
 public:
  // libwebrtc's: most of the packets and bytes must have come; a rate of arrival of twice that of sending is a burst that
  // something on the way has made; and what came slower than it was sent has met the line's own rate.
  static constexpr double kLeastReceived = 0.8, kMostRatio = 2.0, kSaturated = 0.9, kOfSaturated = 0.95;
  static constexpr Duration kLongestSpan = Duration::seconds(1);

  struct Result {
    uint32_t cluster = 0;
    double rate = 0;         ///< bits a second that the line is known to carry
    bool saturated = false;  ///< it came slower than it was sent
    bool complete = false;   ///< of none of its packets it is unknown what became of them
  };

  void onCluster(const ProbeCluster& cluster);
  /// All packets of a cluster that were told of, one by one; the result is said with each from when it is good.
  std::optional<Result> onPacket(const PacketResult& result);

 private:
  struct Cluster {
    ProbeCluster asked;
    size_t packets = 0, bytes = 0;  // that came
    size_t lost = 0, lostBytes = 0;
    TimePoint firstSent, lastSent, firstReceived, lastReceived;
    uint32_t lastSentSize = 0;
    TimePoint origin;                                 // of the times below
    double sumX = 0, sumY = 0, sumXX = 0, sumXY = 0;  // bytes that had come, seconds
  };
  static double arrivalRate(const Cluster& cluster);
  std::optional<Result> judge(const Cluster& cluster) const;

  std::array<Cluster, 8> clusters_;  // by id
};

}  // namespace tincan::inline v0::rtp
