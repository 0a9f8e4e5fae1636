#include "media/audio_frame.h"

#include <cmath>

namespace tincan::inline v0::media {

double AudioFrame::rms() const {
  if (samples.empty()) return 0;
  double sum = 0;
  for (const int16_t sample : samples) sum += static_cast<double>(sample) * sample;
  return std::sqrt(sum / static_cast<double>(samples.size())) / 32768.0;
}

}  // namespace tincan::inline v0::media
