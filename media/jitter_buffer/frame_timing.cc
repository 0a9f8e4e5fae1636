#include "media/jitter_buffer/frame_timing.h"

namespace tincan::inline v0::media {
namespace {

// Far from where microseconds of a timestamp overflow; a stream of honest timestamps gets there in 400 years.
constexpr int64_t kMaxTimestamp = int64_t{1} << 50;

}  // namespace

void FrameTiming::reset() {
  timestamps_ = {};
  path_.reset();
  jitter_.reset();
  learntAt_.reset();
  target_ = minDelay_;
  takePlayed();
}

FrameTiming::Due FrameTiming::complete(TimePoint received, uint32_t rtpTimestamp, size_t bytes, bool repaired) {
  int64_t timestamp = timestamps_.unwrap(rtpTimestamp);
  if (timestamp > kMaxTimestamp || timestamp < -kMaxTimestamp) {
    reset();
    timestamp = timestamps_.unwrap(rtpTimestamp);
  }
  learn(received, timestamp, bytes, repaired);
  Due due = dueOf(timestamp, rtpTimestamp, received);
  if (repaired) forgiveRepair(due, timestamp);
  return due;
}

// What a repair took beyond what is foreseen for repairs is this picture's own: where hardly one comes whole, the least
// late of them would have sound wait for second and third repairs.
void FrameTiming::forgiveRepair(Due& due, int64_t timestamp) const {
  const TimePoint turn = std::min(due.point.at - due.point.reached, path_.arrival(timestamp) + target_);
  due.point.at = turn + extra_;
  due.point.reached = extra_;
  due.transit = path_.transit(due.point.at, timestamp);
}

FrameTiming::Due FrameTiming::dueOf(int64_t timestamp, uint32_t rtpTimestamp, TimePoint received) const {
  const TimePoint even = path_.arrival(timestamp) + target_;
  const TimePoint own = std::clamp(even, received, received + maxDelay_);
  const TimePoint due = std::clamp(even + extra_, own, own + extra_);
  const Duration forRepairs = std::min(jitter_.forRepairs(received), target_);
  return {due, {rtpTimestamp, due, due - own, forRepairs}, path_.transit(due, timestamp)};
}

// What a repair has made late says nothing of the line, but that repairs are to be waited for.
void FrameTiming::learn(TimePoint received, int64_t timestamp, size_t bytes, bool repaired) {
  path_.arrived(received, timestamp);
  if (repaired) {
    jitter_.repaired(received, bytes);
  } else {
    jitter_.arrived(received.micros(), path_.toMicros(timestamp), bytes);
  }
  follow(received, Duration::micros(path_.transit(received, timestamp) - path_.fastest()));
}

void FrameTiming::follow(TimePoint received, Duration lateness) {
  const Duration wanted = std::clamp(jitter_.estimate(received), minDelay_, maxDelay_);
  const Duration elapsed = learntAt_ ? std::max(received - *learntAt_, Duration::zero()) : Duration::zero();
  learntAt_ = received;
  const Duration ahead = target_ + elapsed * kGrowthASecond.millis() / 1000;
  target_ = std::min(wanted, std::max({ahead, lateness, minDelay_}));
}

void FrameTiming::handedOut(const Due& due) {
  if (due.transit >= earliest_) return;
  earliest_ = due.transit;
  played_ = due.point;
}

}  // namespace tincan::inline v0::media
