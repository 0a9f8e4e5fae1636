#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/time.h"
#include "rtp/stats/reported_loss.h"
#include "session/smoothed_loss.h"

namespace tincan::inline v0::session {

/// How much of a stream goes along as parity, by what the far end reports to be lost and by the round trip. The idea is
/// libwebrtc's: where the round trip is short, a packet that is sent again comes in time and costs no more than what was
/// lost; where it is long, it comes after the picture was to be shown, and only what is sent beforehand helps.
///
///     weight of the round trip      0 up to 20 ms, rising to 1 at 100 ms; 1 where nothing is sent again
///     loss                          of the reports, smoothed
///     protection                    weight × (5 % + 2.5 × loss), at most a half; nothing below 1 % of loss
///
/// With 2.5 parity packets for each that is lost, spread over the group so that bursts as long as their number are
/// repaired, about nine groups in ten are whole at the losses that a call bears. Below 1 % a repair is so rare that parity
/// would cost more than it saves.
class FecAmount {
 public:
  /// libwebrtc goes without parity up to this.
  static constexpr Duration kShortRoundTrip = Duration::millis(20);
  /// From here on a repair takes longer than the 100 ms that a picture may be late without being noticed beside its sound.
  static constexpr Duration kLongRoundTrip = Duration::millis(100);
  static constexpr double kLeastLoss = 0.01, kNoLoss = 0.0025;  ///< begins at the first, ends below the second
  static constexpr double kMost = 0.5;

  /// `repairs`: what the far end misses it asks for, and gets again.
  explicit FecAmount(bool repairs) : repairs_(repairs) {}

  /// What a report block about the stream says (RFC 3550 §6.4.1).
  void onReport(TimePoint now, const rtp::ReportedLoss& loss) {
    loss_.onReport(now, loss);
    if (loss_.value() >= kLeastLoss) needed_ = true;
    if (loss_.value() < kNoLoss) needed_ = false;
  }
  void setRoundTripTime(Duration rtt) { rtt_ = rtt; }
  std::optional<Duration> roundTripTime() const { return rtt_; }

  /// Parity packets of 256 media packets.
  uint8_t protection() const {
    if (!needed_) return 0;
    return static_cast<uint8_t>(std::min(weight() * (0.05 + 2.5 * loss_.value()), kMost) * 256);
  }

 private:
  double weight() const {
    if (!repairs_) return 1;
    if (!rtt_ || *rtt_ <= kShortRoundTrip) return 0;
    const double above = static_cast<double>((*rtt_ - kShortRoundTrip).micros());
    return std::min(1.0, above / static_cast<double>((kLongRoundTrip - kShortRoundTrip).micros()));
  }

  bool repairs_;
  std::optional<Duration> rtt_;
  SmoothedLoss loss_;
  bool needed_ = false;
};

}  // namespace tincan::inline v0::session
