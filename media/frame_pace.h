#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/time.h"

namespace tincan::inline v0::media {

/// How evenly pictures come (webrtc-stats, RTCInboundRtpStreamStats): the times between them, and what a viewer calls a
/// freeze or a pause.
class FramePace {
 public:
  // webrtc-stats, freezeCount: longer than three mean intervals of the last 30, and 150 ms longer than one.
  static constexpr size_t kWindow = 30;
  static constexpr Duration kFreezeMargin = Duration::millis(150);
  static constexpr Duration kPause = Duration::seconds(5);  // webrtc-stats, pauseCount

  void note(TimePoint at);

  Duration totalDelay() const { return total_; }
  double totalSquaredDelay() const { return squared_; }  ///< seconds squared
  uint32_t freezes() const { return freezes_; }
  Duration frozen() const { return frozen_; }
  uint32_t pauses() const { return pauses_; }
  Duration paused() const { return paused_; }

 private:
  Duration mean() const;

  std::optional<TimePoint> last_;
  std::array<Duration, kWindow> recent_{};
  uint64_t count_ = 0;
  Duration recentSum_, total_, frozen_, paused_;
  double squared_ = 0;
  uint32_t freezes_ = 0, pauses_ = 0;
};

}  // namespace tincan::inline v0::media
