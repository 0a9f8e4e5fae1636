#include "media/frame_pace.h"

#include <algorithm>

namespace tincan::inline v0::media {

Duration FramePace::mean() const {
  const auto held = static_cast<int64_t>(std::min<uint64_t>(count_, kWindow));
  return held > 0 ? recentSum_ / held : Duration::zero();
}

void FramePace::note(TimePoint at) {
  if (!last_) {
    last_ = at;
    return;
  }
  const Duration delay = at - *last_;
  last_ = at;
  if (delay >= kPause) {
    ++pauses_;
    paused_ += delay;
    return;
  }
  const Duration average = mean();
  if (count_ > 0 && delay >= std::max(average * 3, average + kFreezeMargin)) {
    ++freezes_;
    frozen_ += delay;
  }
  total_ += delay;
  squared_ += delay.toSeconds() * delay.toSeconds();
  Duration& place = recent_[count_++ % kWindow];
  recentSum_ = recentSum_ - place + delay;
  place = delay;
}

}  // namespace tincan::inline v0::media
