#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/sequence.h"
#include "base/time.h"
#include "rtp/extension_values.h"

namespace tincan::inline v0::session {

/// How long packets wait on their way to us: what the newest took more than the fastest of late, by their absolute send
/// times. Both clocks differ by a constant, which the fastest takes away. What is sent again waits as long: a round trip
/// that a report has told before the queue filled is too short by this.
class PathDelay {
 public:
  /// The fastest is that of this time and of the one before it, so that a way that got longer is known in the end.
  static constexpr Duration kEpoch = Duration::seconds(30);
  /// No queue is longer: the sender's clock is another one.
  static constexpr Duration kMost = Duration::seconds(2);

  void onPacket(TimePoint arrival, rtp::AbsSendTime sent) {
    // 24 bits of 1/2^18 s, shifted up so that they wrap as 32 do.
    const int64_t units = sendTime_.unwrap(sent.value << 8) / 256;
    // 15,625 / 4,096 us a unit, in two parts: times that leap ahead with each packet shall not overflow the product.
    const int64_t micros = units / 4096 * 15625 + units % 4096 * 15625 / 4096;
    const Duration transit = Duration::micros(arrival.micros() - micros);
    if (fastest_ && transit - least() > kMost) fastest_ = before_ = std::nullopt;
    if (!fastest_ || arrival - epochBegan_ > kEpoch) {
      before_ = fastest_;
      fastest_ = transit;
      epochBegan_ = arrival;
    }
    fastest_ = std::min(*fastest_, transit);
    wait_ = transit - least();
  }
  Duration wait() const { return wait_; }

 private:
  Duration least() const { return before_ ? std::min(*before_, *fastest_) : *fastest_; }

  SequenceUnwrapper<uint32_t> sendTime_;
  std::optional<Duration> fastest_, before_;
  TimePoint epochBegan_;
  Duration wait_;
};

}  // namespace tincan::inline v0::session
