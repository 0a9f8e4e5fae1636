#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "sctp/tx/outstanding_chunks.h"

namespace tincan::inline v0::sctp {

/// What a SACK tells about the rate at which the network delivers.
struct RateSample {
  uint64_t bytesPerSecond = 0;  ///< 0: too short to tell
  uint64_t delivered = 0;       ///< between the newest acknowledged chunk's sending and now
  uint64_t priorDelivered = 0;  ///< of all bytes, when that chunk was sent
  uint64_t lost = 0;            ///< in the same time
  uint64_t inFlight = 0;        ///< when that chunk was sent, with it
  bool appLimited = false;      ///< there was not enough to send: the network may be faster
  bool valid = false;           ///< something was acknowledged
};

/// Delivery rate estimation (draft-ietf-ccwg-bbr §4.1). Each chunk takes along what was true when it was sent; when it is
/// acknowledged, the bytes delivered since, over the longer of the time they took to send and to acknowledge.
class DeliveryRate {
 public:
  void onSent(TimePoint now, size_t inFlightBefore, OutstandingChunk& chunk) {
    if (inFlightBefore == 0) firstSentAt_ = deliveredAt_ = now;
    chunk.firstSentAt = firstSentAt_;
    chunk.deliveredAt = deliveredAt_;
    chunk.delivered = delivered_;
    chunk.lostBefore = lost_;
    chunk.inFlight = inFlightBefore + chunk.wireSize;
    chunk.appLimited = appLimitedUntil_ > 0;
  }
  void onLost(size_t bytes) { lost_ += bytes; }
  void onAcked(TimePoint now, const OutstandingChunk& chunk) {
    delivered_ += chunk.wireSize;
    deliveredAt_ = now;
    // Of those that this SACK acknowledges, the one sent last.
    if (sample_.valid && chunk.delivered < sample_.priorDelivered) return;
    if (sample_.valid && chunk.delivered == sample_.priorDelivered && chunk.sentAt < newestSentAt_) return;
    sample_.valid = true;
    sample_.priorDelivered = chunk.delivered;
    sample_.appLimited = chunk.appLimited;
    sample_.inFlight = chunk.inFlight;
    lostBefore_ = chunk.lostBefore;
    newestSentAt_ = chunk.sentAt;
    sendElapsed_ = chunk.sentAt - chunk.firstSentAt;
    ackElapsed_ = now - chunk.deliveredAt;
    firstSentAt_ = chunk.sentAt;
  }
  /// After all of a SACK.
  RateSample take(Duration minRtt) {
    if (appLimitedUntil_ > 0 && delivered_ > appLimitedUntil_) appLimitedUntil_ = 0;
    RateSample sample = sample_;
    sample_ = RateSample();
    if (!sample.valid) return sample;
    sample.delivered = delivered_ - sample.priorDelivered;
    sample.lost = lost_ - lostBefore_;
    const Duration interval = std::max(sendElapsed_, ackElapsed_);
    // Less than the shortest round trip: chunks that were acknowledged in a burst.
    if (interval >= minRtt && interval > Duration::zero()) {
      sample.bytesPerSecond = sample.delivered * 1'000'000 / static_cast<uint64_t>(interval.micros());
    }
    return sample;
  }
  /// Nothing more to send, with `inFlight` on the way: until that has come, samples say less than the network could.
  void noteAppLimited(size_t inFlight) { appLimitedUntil_ = std::max<uint64_t>(delivered_ + inFlight, 1); }

  bool appLimited() const { return appLimitedUntil_ > 0; }
  uint64_t delivered() const { return delivered_; }
  uint64_t lost() const { return lost_; }

 private:
  uint64_t delivered_ = 0;
  uint64_t lost_ = 0;
  uint64_t appLimitedUntil_ = 0;
  TimePoint deliveredAt_{};
  TimePoint firstSentAt_{};
  RateSample sample_;
  uint64_t lostBefore_ = 0;
  TimePoint newestSentAt_{};
  Duration sendElapsed_{};
  Duration ackElapsed_{};
};

}  // namespace tincan::inline v0::sctp
