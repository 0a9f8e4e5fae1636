#pragma once

#include <cstdint>

#include "media/jitter_buffer/video_jitter_buffer.h"

namespace tincan::inline v0::media {

inline TimePoint at(int64_t millis) {
  return TimePoint::fromMicros(millis * 1000);
}

/// Frames go out when they are whole: what waits, waits for something.
inline VideoJitterBuffer::Config noDelay() {
  VideoJitterBuffer::Config config;
  config.maxDelay = Duration::zero();
  return config;
}

}  // namespace tincan::inline v0::media
