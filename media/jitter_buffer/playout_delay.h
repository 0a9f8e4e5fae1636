#pragma once

#include <cstdint>

#include "base/time.h"
#include "media/jitter_buffer/fastest_path.h"
#include "media/jitter_buffer/lateness_histogram.h"

namespace tincan::inline v0::media {

/// Learns from arrivals how far behind the fastest of them sound has to be played so that most others are in time.
/// Integer arithmetic only: the same arrivals give the same delays everywhere.
///
/// How far each arrival was behind the fastest path goes into a histogram that forgets; the target is its 95th
/// percentile. The latest of each half second does too, into one of its own: a line that holds all back now and then
/// for a moment is late for few packets, and each time it is heard. The target is the higher of the two.
///
/// A path that becomes longer counts once: as lateness at first, and as the path itself when the minimum has followed;
/// then all that was learnt moves down by as much, with what this half second has shown so far. When the minimum falls,
/// nothing moves up: the path is the better one now, and its jitter is what it was. A longer path that comes back within
/// the window, so that the minimum never followed it, is jitter like any other: less delay would cost packets, and so
/// would the next such spell.
class PlayoutDelay {
 public:
  PlayoutDelay(uint32_t clockRate, Duration min, Duration max);

  void setLimits(Duration min, Duration max);
  /// `timestamp` unwrapped.
  void arrived(TimePoint now, int64_t timestamp);
  /// When this timestamp arrives, or would have, by the fastest path; of use once something has arrived.
  TimePoint fastestArrival(int64_t timestamp) const { return path_.arrival(timestamp); }
  Duration target() const { return target_; }
  Duration max() const { return max_; }
  bool started() const { return path_.started(); }
  void reset();
  /// The path or the sender's clock is another one since this arrival: only the fastest is forgotten, not the jitter.
  void rebase(TimePoint now, int64_t timestamp);

 private:
  void notePeak(TimePoint now, int64_t lateness);
  void updateTarget();

  FastestPath path_;
  Duration min_;
  Duration max_;
  // One part in 128 an arrival: some 3 s of sound. One in 16 half seconds: 8 s.
  LatenessHistogram arrivals_{7}, peaks_{4};
  int64_t peak_ = 0;  // of this half second
  TimePoint peakStart_;
  Duration target_;
};

}  // namespace tincan::inline v0::media
