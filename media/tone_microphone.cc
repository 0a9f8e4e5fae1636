#include "media/tone_microphone.h"

#include <cmath>
#include <numbers>

namespace tincan::inline v0::media {

ToneMicrophone::ToneMicrophone(double frequencyHz) : step_(2 * std::numbers::pi * frequencyHz / AudioFrame::kRate) {}

bool ToneMicrophone::capture(TimePoint now, AudioFrame& out) {
  const auto index = clock_.takeNext(now, Duration::seconds(1));
  if (!index) return false;
  out.sampleRate = AudioFrame::kRate;
  out.channels = 1;
  out.captured = clock_.at(*index);
  out.rtpTimestamp = static_cast<uint32_t>(clock_.ticks(*index, AudioFrame::kRate));
  out.samples.resize(AudioFrame::kSamples);
  // From the sample's number and not from the sample before it: no error adds up, and no frame depends on another.
  const double first = static_cast<double>(*index) * AudioFrame::kSamples;
  for (size_t i = 0; i < out.samples.size(); ++i)
    out.samples[i] =
        static_cast<int16_t>(std::lround(kAmplitude * 32'767 * std::sin(step_ * (first + static_cast<double>(i)))));
  return true;
}

}  // namespace tincan::inline v0::media
