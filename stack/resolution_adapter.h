#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "base/time.h"
#include "rtp/congestion/bitrate_allocator.h"
#include "stack/api/rtp_parameters.h"

namespace tincan::inline v0::stack {

/// What a video of so many pixels can do with a rate (libwebrtc's table of simulcast formats, video/config/simulcast.cc,
/// for VP8 and H.264; between its rows by pixels). Codecs that came later need about two thirds.
rtp::RateRange videoRates(int width, int height, bool laterCodec);
/// What one alone makes at most where nobody says it: libwebrtc's bound for a video without simulcast, and no less than
/// what it gives the same size as an encoding of several. Bits a second.
uint32_t mostOfOneVideo(int width, int height);

/// Chooses how large the pictures are that are encoded, and how many of them: fewer pixels or fewer pictures where the
/// rate is too low for those of the source, and back when there is enough. Owned by a VideoEncoding.
///
///     rate below the least of the step for 1 s ─► a step down; above 1.5 times the least of the step above for 4 s ─► up,
///     to the largest that there is as much for: a new size costs a key frame, and so one does
///     (where it is four times the least of that, after 1 s: what is so much more does not come and go)
///
/// The first picture's size fits the rate that a call begins with, which is a guess: until probes have said what the line
/// carries, half a second of more is enough, unless it fell in between.
/// The steps are those of the preference (mst-content-hint §5, RTCDegradationPreference); without one pictures get
/// smaller, as browsers do with cameras. A step each change, so that a short fall costs no more than one. Where the encoder
/// does not keep up, EncoderLoad says from which step on: the later of the two is in force.
class ResolutionAdapter {
 public:
  static constexpr Duration kDownAfter = Duration::seconds(1), kUpAfter = Duration::seconds(4);
  static constexpr Duration kBeginning = Duration::seconds(10), kUpAfterGuess = Duration::millis(500);
  static constexpr double kUpFactor = 1.5;
  static constexpr double kAmple = 4;  ///< times the least of the step that it rises to
  static constexpr Duration kUpAfterAmple = Duration::seconds(1);
  static constexpr int kLeastSide = 90;  // what is smaller shows nothing

  struct Size {
    int width = 0, height = 0;
    bool operator==(const Size&) const = default;
  };
  /// Eighths of the sides, and twelfths of the pictures.
  struct Step {
    int sides = 8, pictures = 12;
  };

  explicit ResolutionAdapter(bool laterCodec) : laterCodec_(laterCodec) {}
  /// From the next picture on. Another one than before begins anew: the step that the rate is enough for.
  void prefer(std::optional<RTCDegradationPreference> preference);
  /// For a picture of this size now. `rate`: what the encoder may make, bits a second.
  Size size(TimePoint now, int width, int height, uint64_t rate);
  /// Whether this picture is one of those that are encoded; once for each, after size().
  bool takes();
  /// Of the source's pictures, the share that is encoded.
  double pictures() const { return steps()[step()].pictures / 12.0; }
  /// It is smaller than the source, or has fewer pictures, for want of rate.
  bool limited() const { return step_ > 0; }
  /// No step before this one, for want of time, from the next picture on.
  void setLeast(size_t step) { least_ = step; }
  bool limitedByTime() const { return least_ > step_; }
  /// That is in force, and whether there is one below it.
  size_t step() const { return inForce_; }
  bool hasLess(int width, int height) const { return has(width, height, step() + 1); }
  /// How large pictures are a step below; nothing where there is none.
  std::optional<Size> less(int width, int height) const {
    return hasLess(width, height) ? std::optional(at(width, height, step() + 1)) : std::nullopt;
  }
  /// How many times as many pixels a second the step above has; 1 at the first.
  double growth() const;
  /// Of the size.
  uint32_t changes() const { return changes_; }

 private:
  std::span<const Step> steps() const;
  Size at(int width, int height, size_t step) const;
  double leastOf(int width, int height, size_t step) const;
  bool has(int width, int height, size_t step) const;
  bool mayRise(TimePoint now, int width, int height, double offered);
  size_t risesTo(int width, int height, double offered) const;
  bool mayRiseSoon(TimePoint now, int width, int height, double offered);
  Size enforce(int width, int height);

  bool laterCodec_;
  std::optional<RTCDegradationPreference> preference_;
  bool started_ = false;
  TimePoint guessUntil_;  // the rate of the first picture was one
  size_t step_ = 0;       // that the rate is enough for
  size_t least_ = 0;      // that time is
  size_t inForce_ = 0;
  int due_ = 0;  // twelfths of a picture
  TimePoint lowSince_ = TimePoint::never(), highSince_ = TimePoint::never(), ampleSince_ = TimePoint::never();
  uint32_t changes_ = 0;
};

}  // namespace tincan::inline v0::stack
