#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/sequence.h"
#include "base/time.h"
#include "media/jitter_buffer/fastest_path.h"
#include "media/jitter_buffer/frame_jitter.h"
#include "media/jitter_buffer/playout_point.h"

namespace tincan::inline v0::media {

/// When the frames of a stream are due: evenly, as far behind the fastest arrival as FrameJitter foresees, and as much
/// later as lip sync wants. Owned by a VideoJitterBuffer.
///
///     due = fastest path + jitter (between the limits) + extra delay, and never before it is whole
///
/// What is foreseen and has not happened yet is waited for by and by: a picture that stops for a jitter that might come
/// is worse than one that comes late.
class FrameTiming {
 public:
  /// How fast the delay grows ahead of frames that come late: libwebrtc's kDelayMaxChangeMsPerS.
  static constexpr Duration kGrowthASecond = Duration::millis(100);

  struct Due {
    TimePoint at;
    PlayoutPoint point{};  ///< of a frame that was repaired, without what that took beyond the foreseen
    int64_t transit = 0;   ///< of the point, µs
  };

  explicit FrameTiming(uint32_t clockRate) : path_(clockRate) {}

  void setRoundTripTime(Duration rtt) { jitter_.setRoundTripTime(rtt); }
  void setDelayLimits(Duration min, Duration max) {
    minDelay_ = min;
    maxDelay_ = std::max(min, max);
  }
  void setExtraDelay(Duration extra) { extra_ = std::max(extra, Duration::zero()); }
  Duration extraDelay() const { return extra_; }
  /// Behind the fastest arrival, without the extra delay.
  Duration targetDelay() const { return target_; }
  /// The stream begins anew.
  void reset();

  /// Of a frame that is whole now; `repaired`: some of it was sent again.
  Due complete(TimePoint received, uint32_t rtpTimestamp, size_t bytes, bool repaired);
  /// When one that is whole would be due, by what is known now.
  TimePoint foreseen(uint32_t rtpTimestamp, TimePoint received) const {
    return dueOf(timestamps_.peek(rtpTimestamp), rtpTimestamp, received).at;
  }
  void handedOut(const Due& due);
  /// Of the frames handed out since the last call, the one that was the least late: the others came later than the delay
  /// allows for.
  std::optional<PlayoutPoint> takePlayed() {
    earliest_ = INT64_MAX;
    return std::exchange(played_, std::nullopt);
  }

 private:
  Due dueOf(int64_t timestamp, uint32_t rtpTimestamp, TimePoint received) const;
  void forgiveRepair(Due& due, int64_t timestamp) const;
  void learn(TimePoint received, int64_t timestamp, size_t bytes, bool repaired);
  void follow(TimePoint received, Duration lateness);

  FastestPath path_;
  FrameJitter jitter_;
  Duration minDelay_, maxDelay_, extra_;
  Duration target_;
  std::optional<TimePoint> learntAt_;
  SequenceUnwrapper<uint32_t> timestamps_;
  std::optional<PlayoutPoint> played_;
  int64_t earliest_ = INT64_MAX;  // its transit
};

}  // namespace tincan::inline v0::media
