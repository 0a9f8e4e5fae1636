#include "rtp/transport_feedback_collector.h"

#include <algorithm>
#include <limits>

namespace tincan::inline v0::rtp {
namespace {

using Status = rtcp::TransportFeedback::Status;

constexpr int64_t kTicksPerReference = rtcp::TransportFeedback::kReferenceUnit / rtcp::TransportFeedback::kTick;  // 256
constexpr size_t kFixedSize = 20;     // header, SSRCs, base, count, reference time, feedback count
constexpr size_t kTwoByteVector = 7;  // statuses in the least chunk that holds any
constexpr int64_t kMaxSmallDelta = 255;

int64_t floorDivide(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

int32_t signExtend24(int64_t value) {
  const auto low = static_cast<int32_t>(value & 0xffffff);
  return low - ((low & 0x800000) != 0 ? 0x1000000 : 0);
}

}  // namespace

TransportFeedbackCollector::TransportFeedbackCollector(Ssrc sender, Duration interval)
    : sender_(sender), interval_(interval) {}

void TransportFeedbackCollector::onPacket(uint16_t sequence, TimePoint when, Ssrc media) {
  media_ = media;
  const int64_t number = unwrapper_.peek(sequence);
  if (!started_) {
    started_ = true;
    arrivals_.assign(static_cast<size_t>(kWindow), kNotReceived);
    highest_ = number;
    from_ = next_ = number;
  } else if (number <= highest_ - kWindow) {
    return;  // older than what is remembered
  }
  if (number > highest_) advanceTo(number);
  if (number == highest_) unwrapper_.unwrap(sequence);  // only forward: old packets must not pull the space back
  int64_t& slot = arrival(number);
  if (slot != kNotReceived) return;  // §3.1: a duplicate; the first arrival counts
  slot = floorDivide(when.micros(), rtcp::TransportFeedback::kTick.micros());
  next_ = std::min(next_, number);
  from_ = std::min(from_, next_);
  if (!due_.isNever()) return;
  opens_ = opening_.has(when);
  due_ = when + interval_;
}

void TransportFeedbackCollector::advanceTo(int64_t sequence) {
  if (sequence - highest_ >= kWindow) {
    std::fill(arrivals_.begin(), arrivals_.end(), kNotReceived);
  } else {
    for (int64_t i = highest_ + 1; i <= sequence; ++i) arrival(i) = kNotReceived;
  }
  highest_ = sequence;
  next_ = std::max(next_, highest_ - kWindow + 1);
  from_ = std::max(from_, highest_ - kWindow + 1);
}

std::optional<rtcp::TransportFeedback> TransportFeedbackCollector::poll(TimePoint now) {
  if (now < due_) return std::nullopt;
  return build();
}

std::optional<rtcp::TransportFeedback> TransportFeedbackCollector::build() {
  if (!started_ || next_ > highest_) return std::nullopt;
  const int64_t untold = next_;
  rtcp::TransportFeedback feedback = tell(from_);
  next_ = from_ + static_cast<int64_t>(feedback.statuses.size());
  if (next_ <= untold) {
    // What is told again leaves no room for what is new.
    feedback = tell(untold);
    next_ = untold + static_cast<int64_t>(feedback.statuses.size());
  }
  feedback.feedbackCount = count_++;
  const bool all = next_ > highest_;
  from_ = all && opens_ ? untold : next_;
  if (all) due_ = TimePoint::never();
  return feedback;
}

// As much as one feedback holds.
rtcp::TransportFeedback TransportFeedbackCollector::tell(int64_t from) const {
  int64_t first = from;
  while (arrival(first) == kNotReceived) ++first;  // highest_ was received: there is one
  rtcp::TransportFeedback feedback;
  feedback.sender = sender_;
  feedback.media = media_;
  feedback.baseSequence = static_cast<uint16_t>(from);
  const int64_t reference = floorDivide(arrival(first), kTicksPerReference);
  feedback.referenceTime = signExtend24(reference);

  int64_t last = reference * kTicksPerReference;
  size_t deltas = 0;
  for (int64_t number = from; number <= highest_; ++number) {
    Status status;
    if (const int64_t tick = arrival(number); tick != kNotReceived) {
      const int64_t delta = tick - last;
      // §3.1.5: a delta that 16 bits cannot hold starts a new feedback.
      if (delta < std::numeric_limits<int16_t>::min() || delta > std::numeric_limits<int16_t>::max()) break;
      deltas += delta >= 0 && delta <= kMaxSmallDelta ? 1 : 2;
      status = {true, static_cast<int16_t>(delta)};
      last = tick;
    }
    const size_t chunks = 2 * (feedback.statuses.size() / kTwoByteVector + 1);
    if (kFixedSize + chunks + deltas > kMaxFeedbackSize) break;
    feedback.statuses.push_back(status);
  }
  return feedback;
}

}  // namespace tincan::inline v0::rtp
