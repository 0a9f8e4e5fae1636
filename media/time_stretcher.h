#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "media/audio_frame.h"

namespace tincan::inline v0::media {

/// Makes sound shorter or longer without changing its pitch: a pitch period is left out or said twice, where two
/// neighbours are most alike, and the seam is a cross-fade (WSOLA; W. Verhelst, M. Roelands, "An overlap-add technique
/// based on waveform similarity", ICASSP 1993). Owned by who plays one stream; sees each of its frames once, in order.
///
///     shorter   ──a──►│··L··│──►        a fades into what comes L later
///     longer    ──►│──L──│──►           the last L again: the frame's beginning fades into what came L before it
class TimeStretcher {
 public:
  enum class Wish : uint8_t { kShorter, kMuchShorter, kLonger };

  /// How many samples a channel the frame has gained (lost, where negative). 0 where it would be heard: the sound has no
  /// period, or the frame is too short for one. Who keeps asking is given in to: after half a second any seam will do.
  int stretch(AudioFrame& frame, Wish wish);
  /// A frame that is played as it is.
  void play(const AudioFrame& frame);

 private:
  struct Match {
    size_t lag = 0;  // samples a channel
    double likeness = -1;
  };
  void remember(const AudioFrame& frame);
  void mixDown(const AudioFrame& frame);
  Match findPeriod(size_t perChannel, Wish wish) const;
  double likeness(std::span<const float> sound, size_t at, size_t lag, size_t window) const;
  bool quiet() const;
  bool accepts(const Match& match, Wish wish) const;
  static void shorten(AudioFrame& frame, size_t lag);
  void lengthen(AudioFrame& frame, size_t lag) const;

  int rate_ = 0;
  int channels_ = 0;
  std::vector<int16_t> history_;  // interleaved, the newest at the end: kHistory a channel
  std::vector<float> mono_;       // history and frame, mixed down
  std::vector<float> coarse_;     // the same at an eighth of the rate or so, for the first search
  size_t step_ = 1;               // samples of mono_ that are one of coarse_
  int refused_ = 0;               // frames in a row
};

}  // namespace tincan::inline v0::media
