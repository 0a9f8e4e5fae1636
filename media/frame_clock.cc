#include "media/frame_clock.h"

namespace tincan::inline v0::media {

int64_t FrameClock::latest(TimePoint now) const {
  int64_t frame = (now - *start_).micros() * numerator_ / (denominator_ * 1'000'000);
  while (at(frame + 1) <= now) ++frame;  // at() rounds down, so a frame can be due a microsecond before its exact time
  return frame;
}

std::optional<int64_t> FrameClock::takeLatest(TimePoint now) {
  if (!start_) start_ = now;
  if (now < at(next_)) return std::nullopt;
  const int64_t frame = latest(now);
  next_ = frame + 1;
  return frame;
}

std::optional<int64_t> FrameClock::takeNext(TimePoint now, Duration patience) {
  if (!start_) start_ = now;
  if (now < at(next_)) return std::nullopt;
  if (now - at(next_) > patience) return takeLatest(now);
  return next_++;
}

}  // namespace tincan::inline v0::media
