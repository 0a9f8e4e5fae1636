#include "rtp/repair/nack_tracker.h"

#include <algorithm>
namespace tincan::inline v0::rtp {
namespace {

// RFC 3550 A.1, MAX_DROPOUT: a jump further than this is a sender that has begun anew, not a loss to repair.
constexpr int64_t kMaxDropout = 3000;
constexpr Duration kRetryMargin = Duration::millis(10);

}  // namespace

NackTracker::Arrival NackTracker::receive(TimePoint now, uint16_t sequenceNumber, bool keyFrameStart) {
  const bool first = !unwrapper_.started();
  const int64_t sequence = unwrapper_.peek(sequenceNumber);
  if (!first && sequence <= highest_ && highest_ - sequence < kMaxDropout) {
    const Arrival arrival = receiveOlder(now, sequence);
    if (keyFrameStart) forgetBefore(sequence);
    return arrival;
  }
  unwrapper_.unwrap(sequenceNumber);
  if (!first && (sequence <= highest_ || sequence - highest_ > kMaxDropout)) {
    missing_.clear();
    ++stats_.resets;
  } else if (!first) {
    addGap(now, highest_ + 1, sequence);
  }
  highest_ = sequence;
  if (keyFrameStart) forgetBefore(sequence);
  for (auto it = missing_.rbegin(); it != missing_.rend() && it->tries == 0; ++it) {
    if (sequence - it->sequence >= config_.reorderPackets && patience_ == Duration::zero())
      it->due = std::min(it->due, now);
  }
  return Arrival::kInOrder;
}

NackTracker::Arrival NackTracker::receiveOlder(TimePoint now, int64_t sequence) {
  const auto it = std::lower_bound(missing_.begin(), missing_.end(), sequence,
                                   [](const Missing& m, int64_t value) { return m.sequence < value; });
  if (it == missing_.end() || it->sequence != sequence) {
    ++stats_.old;
    return Arrival::kOld;
  }
  // What comes sooner than an answer could was overtaken, and not lost.
  const bool asked = it->tries > 0 && now - it->asked >= rtt_ / 2;
  if (!asked) reordered_ = now;
  missing_.erase(it);
  ++(asked ? stats_.recovered : stats_.late);
  return asked ? Arrival::kRecovered : Arrival::kLate;
}

void NackTracker::addGap(TimePoint now, int64_t from, int64_t to) {
  const auto count = static_cast<size_t>(to - from);
  if (count == 0) return;
  if (missing_.size() + count > config_.maxMissing) {
    giveUpAll();
    if (count > config_.maxMissing) {
      stats_.givenUp += count;
      return;
    }
  }
  const Duration wait = overtakes(now) ? config_.reorderWait : Duration::zero();
  for (int64_t sequence = from; sequence < to; ++sequence) {
    missing_.push_back({sequence, now, now + std::max(wait, patience_), TimePoint(), TimePoint(), 0});
  }
}

void NackTracker::forgetBefore(int64_t sequence) {
  eraseBefore(sequence);
  keyFrameWanted_ = false;  // here it is
}

void NackTracker::eraseBefore(int64_t sequence) {
  const auto end = std::lower_bound(missing_.begin(), missing_.end(), sequence,
                                    [](const Missing& m, int64_t value) { return m.sequence < value; });
  missing_.erase(missing_.begin(), end);
}

void NackTracker::giveUpAll() {
  stats_.givenUp += missing_.size();
  missing_.clear();
  keyFrameWanted_ = true;
}

bool NackTracker::poll(TimePoint now, std::vector<uint16_t>& out) {
  const size_t before = out.size();
  size_t kept = 0;
  for (Missing& missing : missing_) {
    if (dueOf(missing) <= now) {
      const Duration age = now - missing.since;
      if ((missing.tries >= config_.maxTries && age >= config_.minAge) || age >= config_.maxAge) {
        ++stats_.givenUp;
        keyFrameWanted_ = true;
        continue;
      }
      out.push_back(static_cast<uint16_t>(missing.sequence));
      if (missing.tries++ == 0) missing.asked = now;
      missing.last = now;
    }
    missing_[kept++] = missing;
  }
  missing_.resize(kept);
  stats_.nacksSent += out.size() - before;
  return out.size() > before;
}

TimePoint NackTracker::nextTimeout() const {
  TimePoint next = TimePoint::never();
  for (const Missing& missing : missing_) next = earlier(next, dueOf(missing));
  return next;
}

// libwebrtc sends nothing twice within the round trip that it measures and 5 ms (RTPSender::OnReceivedNack), from when it
// has left its pacer on, and a wish that comes sooner costs a round trip more.
Duration NackTracker::retryAfter() const {
  return std::min(std::clamp(rtt_, config_.minRetry, config_.maxRetry) + kRetryMargin, config_.maxRetry);
}

bool NackTracker::takeKeyFrameRequest() {
  const bool wanted = keyFrameWanted_;
  keyFrameWanted_ = false;
  return wanted;
}

void NackTracker::reset() {
  unwrapper_ = {};
  missing_.clear();
  keyFrameWanted_ = false;
}

}  // namespace tincan::inline v0::rtp
