#pragma once

#include "media/audio_source.h"
#include "media/frame_clock.h"

namespace tincan::inline v0::media {

/// A microphone in front of a tuning fork: a sine at -12 dBFS, 48 kHz mono.
class ToneMicrophone final : public AudioSource {
 public:
  static constexpr double kAmplitude = 0.25118864315095801;  // -12 dBFS, 10^(-12/20)

  explicit ToneMicrophone(double frequencyHz = 1000);

  TimePoint nextFrameTime() const override { return clock_.next(); }
  bool capture(TimePoint now, AudioFrame& out) override;

 private:
  double step_;  // radians a sample
  FrameClock clock_{AudioFrame::kRate, AudioFrame::kSamples};
};

}  // namespace tincan::inline v0::media
