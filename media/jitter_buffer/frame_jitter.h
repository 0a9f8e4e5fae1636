#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::media {

/// How much later than the fastest frames others are to be expected: a large frame takes longer over a narrow line, and
/// a line has noise. Two numbers are learnt from how the delay changes from frame to frame, by a Kalman filter: what a
/// byte costs, and how the line drifts; what they do not explain is the noise. libwebrtc's estimator is of this kind
/// (its `JitterEstimator`), and its constants are taken from there where none other is said.
///
///     change of delay  =  cost of a byte · change of size  +  drift  +  noise
///     jitter           =  cost of a byte · (largest − smallest size)  +  2.33 σ of the noise
///
/// Where repairs are many, an ordinary frame takes a round trip more. That and a large frame are seldom late together: what
/// is missing of a large one is asked for while the rest of it is still coming. So the longer of both is waited for, and not
/// both (libwebrtc adds them up).
///
/// Floating point: two machines may differ in the last bits, one does not from run to run.
class FrameJitter {
 public:
  /// A frame that came whole without repairs: when, the time of its timestamp, both in µs, and its bytes.
  void arrived(int64_t at, int64_t timestamp, size_t bytes);
  /// One that had to be repaired: its delay says nothing of the line, its size what sizes there are.
  void repaired(TimePoint at, size_t bytes);
  void setRoundTripTime(Duration rtt) { rtt_ = rtt; }
  Duration estimate(TimePoint now) const;
  /// As much of it as a repair takes: nothing where they are few.
  Duration forRepairs(TimePoint now) const;
  void reset();

 private:
  void noteSize(double bytes);
  void noteNoise(double deviation);
  void update(double delay, double sizeChange);

  double costOfByte_ = 8'000.0 / 512'000;  // ms: a line of 512 kb/s, until it is known
  double drift_ = 0;                       // ms
  std::array<double, 4> covariance_{1e-4, 0, 0, 1e2};
  double noiseMean_ = 0, noiseVariance_ = 4;  // ms, ms²
  double meanSize_ = 0, sizeVariance_ = 100, largest_ = 0, smallest_ = 0;
  uint32_t frames_ = 0;
  int64_t lastAt_ = 0, lastTimestamp_ = 0;
  double lastSize_ = 0;
  Duration rtt_;
  uint32_t repaired_ = 0;
  TimePoint lastRepaired_;
};

}  // namespace tincan::inline v0::media
