#pragma once

#include <cstdint>

#include "base/time.h"
#include "media/jitter_buffer/lateness_histogram.h"
#include "media/jitter_buffer/transit_spells.h"

namespace tincan::media {

/// Learns from arrivals how far behind the fastest of them a stream has to be played so that most others are in time.
/// Integer arithmetic only: the same arrivals give the same delays everywhere.
///
/// The fastest path is a minimum over the last 5 to 10 s, so that it follows a drifting clock and a changed route. How
/// far each arrival was behind it goes into a histogram that forgets; the target is its 95th percentile. For sound also
/// the latest of each half second does, into one of its own: a line that holds all back now and then for a moment is
/// late for few packets, and each time it is heard. The target is the higher of the two.
///
/// A path that becomes longer counts once: as lateness at first, and as the path itself when the minimum has followed;
/// then all that was learnt moves down by as much. When the minimum falls, nothing moves up: the path is the better
/// one now, and its jitter is what it was.
class PlayoutDelay {
 public:
  /// What becomes of the delay when a longer path comes back within the window, so that the minimum never followed it.
  enum class Return : uint8_t {
    kSlowly,  ///< it is jitter like any other. Sound: less delay costs packets, and so would the next such spell
    kAtOnce,  ///< forgotten as soon as it is seen. Pictures: the next such spell costs none
  };
  PlayoutDelay(uint32_t clockRate, Duration min, Duration max, Return comeback = Return::kSlowly);

  void setLimits(Duration min, Duration max);
  /// `timestamp` unwrapped.
  void arrived(TimePoint now, int64_t timestamp);
  /// When this timestamp arrives, or would have, by the fastest path; of use once something has arrived.
  TimePoint fastestArrival(int64_t timestamp) const;
  /// From a timestamp to a time, in µs: to be compared with others of this stream.
  int64_t transit(TimePoint at, int64_t timestamp) const { return at.micros() - toMicros(timestamp); }
  Duration target() const { return target_; }
  Duration max() const { return max_; }
  bool started() const { return started_; }
  void reset();
  /// The path or the sender's clock is another one since this arrival: only the fastest is forgotten, not the jitter.
  void rebase(TimePoint now, int64_t timestamp);

 private:
  int64_t toMicros(int64_t timestamp) const;
  int64_t fastest() const { return windowMin_ < previousMin_ ? windowMin_ : previousMin_; }
  void updateFastest(TimePoint now, int64_t transit);
  void notePeak(TimePoint now, int64_t lateness);
  void updateTarget();

  uint32_t clockRate_;
  Duration min_;
  Duration max_;
  Return comeback_;
  bool started_ = false;
  int64_t lastTransit_ = 0;
  TimePoint windowStart_;
  int64_t windowMin_ = 0;
  int64_t previousMin_ = 0;
  // One part in 128 an arrival: some 3 s of audio, 4 s of video at 30 fps. One in 16 half seconds: 8 s.
  LatenessHistogram arrivals_{7}, peaks_{4};
  int64_t peak_ = 0;  // of this half second
  TimePoint peakStart_;
  TransitSpells spells_;
  Duration target_;
};

}  // namespace tincan::media
