#include "media/jitter_buffer/fastest_path.h"

#include <algorithm>
#include <cstdlib>

namespace tincan::inline v0::media {
namespace {

constexpr Duration kWindow = Duration::seconds(5);
// A transit that changes by more than this is a new clock of the sender's, not a late packet.
constexpr int64_t kNewClockMicros = 5'000'000;

}  // namespace

int64_t FastestPath::toMicros(int64_t timestamp) const {
  const int64_t rate = clockRate_;
  return timestamp / rate * 1'000'000 + timestamp % rate * 1'000'000 / rate;
}

void FastestPath::rebase(TimePoint now, int64_t timestamp) {
  started_ = true;
  windowStart_ = now;
  lastTransit_ = windowMin_ = previousMin_ = transit(now, timestamp);
}

bool FastestPath::arrived(TimePoint now, int64_t timestamp) {
  const int64_t transit = this->transit(now, timestamp);
  const bool sameClock = !started_ || std::abs(transit - lastTransit_) <= kNewClockMicros;
  if (!started_ || !sameClock) {
    rebase(now, timestamp);
    return sameClock;
  }
  lastTransit_ = transit;
  if (now - windowStart_ >= kWindow) {
    windowStart_ = now;
    previousMin_ = windowMin_;
    windowMin_ = transit;
  }
  windowMin_ = std::min(windowMin_, transit);
  return true;
}

}  // namespace tincan::inline v0::media
