#pragma once

#include <cstdint>

#include "base/time.h"
#include "rtp/congestion/bitrate_allocator.h"

namespace tincan::stack {

/// What a video of so many pixels can do with a rate (libwebrtc's table of simulcast formats, video/config/simulcast.cc,
/// for VP8 and H.264; between its rows by pixels). Codecs that came later need about two thirds.
rtp::RateRange videoRates(int width, int height, bool laterCodec);

/// Chooses the size of the pictures that are encoded: smaller where the rate is too low for the size of the source, and
/// back when there is enough. Owned by a VideoSender.
///
///     rate below the least of the size for 1 s ─► a step down; above 1.5 times the least of the step above for 4 s ─► up
///
/// Steps of the sides: 1, 3/4, 1/2, 3/8, 1/4. A step each change, so that a short fall costs no more than one.
class ResolutionAdapter {
 public:
  static constexpr Duration kDownAfter = Duration::seconds(1), kUpAfter = Duration::seconds(4);
  static constexpr double kUpFactor = 1.5;
  static constexpr int kSteps = 5;
  static constexpr int kNumerators[kSteps] = {8, 6, 4, 3, 2};  // of 8
  static constexpr int kLeastSide = 90;                        // what is smaller shows nothing

  struct Size {
    int width = 0, height = 0;
    bool operator==(const Size&) const = default;
  };

  explicit ResolutionAdapter(bool laterCodec) : laterCodec_(laterCodec) {}
  /// For a picture of this size now. `rate`: what the encoder may make, bits a second.
  Size size(TimePoint now, int width, int height, uint64_t rate);
  /// It is smaller than the source for want of rate.
  bool limited() const { return step_ > 0; }
  int step() const { return step_; }
  uint32_t changes() const { return changes_; }

 private:
  Size at(int width, int height, int step) const;

  bool laterCodec_;
  bool started_ = false;
  int step_ = 0;
  TimePoint lowSince_ = TimePoint::never(), highSince_ = TimePoint::never();
  uint32_t changes_ = 0;
};

}  // namespace tincan::stack
