#pragma once

#include <cstdint>

#include "base/time.h"

namespace tincan::inline v0::media {

/// How far behind its sampling a stream is played: one timestamp and when it is, or would have been, its turn.
struct PlayoutPoint {
  uint32_t timestamp = 0;
  TimePoint at;
  Duration reached;     ///< of the extra delay that was asked for, how much is in force
  Duration forRepairs;  ///< of its own delay, how much is there so that what was lost can be sent again
};

}  // namespace tincan::inline v0::media
