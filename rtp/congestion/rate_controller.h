#pragma once

#include <cstddef>
#include <cstdint>

#include "base/time.h"
#include "rtp/congestion/feedback_report.h"

namespace tincan::inline v0::rtp {

/// A short burst at a rate above the estimate: what arrives of it, and how fast, says whether the line carries more.
struct ProbeCluster {
  uint32_t id = 0;    ///< counts from 1; 0: none
  uint64_t rate = 0;  ///< bits a second
  // libwebrtc's: at least 5 packets and 15 ms.
  uint32_t packets = 5;
  Duration duration = Duration::millis(30);
  uint64_t bytes() const { return rate * static_cast<uint64_t>(duration.micros()) / 8'000'000; }
};

/// In bits a second.
struct RateLimits {
  uint64_t start = 300'000;
  uint64_t least = 30'000;
  uint64_t most = 100'000'000;
};

/// What a controller wants to be done.
struct RateTarget {
  uint64_t estimate = 0;  ///< what the path carries of ours, bits a second
  uint64_t bitrate =
      0;  ///< what the encoders may make, repairs included: the estimate, or less while too much is on its way
  uint64_t pacingRate = 0;
  uint64_t paddingRate = 0;  ///< filled up to, with padding; 0: none
  double lossRate = 0;       ///< of late, 0 to 1
  Duration roundTrip;
  Duration queueDelay;  ///< how long packets wait on the way
  bool operator==(const RateTarget&) const = default;
};

/// Decides how fast a transport sends. Sans-IO, one for a transport, owned by whoever sends on it; an application may
/// bring its own. Times never run backwards. Whoever drives it asks for target() and pollProbe() after each call.
class RateController {
 public:
  virtual ~RateController() = default;

  virtual void onSent(const SentPacket& packet) = 0;
  virtual void onFeedback(const FeedbackReport& report) = 0;
  /// As RTCP's reports say it: for who has no other feedback.
  virtual void onRoundTripTime(TimePoint now, Duration roundTrip) = 0;
  /// As RTCP's reports say it: of all sources, the share lost of packets enough to speak of one, 0 to 1.
  virtual void onLossReport(TimePoint now, double fractionLost) = 0;
  /// What the far end says that it can take, bits a second (draft-alvestrand-rmcat-remb-03).
  virtual void onRemb(TimePoint now, uint64_t bitsPerSecond) = 0;
  /// Packets take another way from now on: what was learnt is of no use.
  virtual void onRouteChange(TimePoint now) = 0;
  /// What the limits are, and what the encodings would take at most, all together.
  virtual void setLimits(TimePoint now, const RateLimits& limits, uint64_t wanted) = 0;
  virtual void handleTimeout(TimePoint now) = 0;
  virtual TimePoint nextTimeout() const = 0;

  virtual RateTarget target() const = 0;
  /// The next cluster to send; false: none.
  virtual bool pollProbe(ProbeCluster& out) = 0;
  /// Whether packets are to leave with ECT(1), for L4S (RFC 9331 §4.1).
  virtual bool wantsEct1() const { return false; }
};

}  // namespace tincan::inline v0::rtp
