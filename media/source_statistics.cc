#include "media/source_statistics.h"

#include <algorithm>

namespace tincan::inline v0::media {

double FrameRateMeter::rate(TimePoint now) const {
  const uint64_t held = std::min<uint64_t>(next_, kMost);
  uint64_t within = 0;
  for (uint64_t i = 0; i < held; ++i) within += now - times_[(next_ - 1 - i) % kMost] < Duration::seconds(1) ? 1 : 0;
  return static_cast<double>(within);
}

void SoundMeter::note(const AudioFrame& frame) {
  const double duration = static_cast<double>(frame.samplesPerChannel()) / frame.sampleRate;
  level_ = frame.rms();
  energy_ += level_ * level_ * duration;
  duration_ += duration;
}

}  // namespace tincan::inline v0::media
