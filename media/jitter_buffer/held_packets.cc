#include "media/jitter_buffer/held_packets.h"

namespace tincan::inline v0::media {
namespace {

// While no keyframe has begun, this much is kept: the start of one may come after its rest.
constexpr int64_t kKeptWhileWaiting = 1024;
constexpr int64_t kLookedBeyond = 256;  // packets behind a gap that are looked at

}  // namespace

int64_t HeldPackets::begin(uint16_t number) {
  sequences_ = {};
  highest_ = sequences_.unwrap(number);
  head_ = highest_ - kKeptBeforeFirst;
  afterJump_.reset();
  nextKeyFrame_.reset();
  return highest_;
}

size_t HeldPackets::forgetOld(TimePoint now, Duration maxAge) {
  const size_t before = ring_.size();
  for (; head_ < highest_; ++head_) {
    const Slot* slot = ring_.find(head_);
    const bool old = slot && now - slot->received > maxAge;
    if (!old && highest_ - head_ < kKeptWhileWaiting) break;
    ring_.drop(head_);
  }
  return before - ring_.size();
}

// A keyframe of several slices or layers says so more than once: to skip to its midst is to lose it.
bool HeldPackets::isOfHeadFrame(const Slot& slot) const {
  const Slot* head = ring_.find(head_);
  return head && head->timestamp == slot.timestamp;
}

void HeldPackets::noteKeyFrame(int64_t sequence) {
  if (sequence <= head_ || isOfHeadFrame(*ring_.find(sequence))) return;
  nextKeyFrame_ = std::min(nextKeyFrame_.value_or(sequence), sequence);
}

void HeldPackets::seekKeyFrame() {
  if (nextKeyFrame_ && *nextKeyFrame_ > head_) return;
  nextKeyFrame_.reset();
  for (int64_t sequence = head_ + 1; sequence <= highest_ && ring_.size() > 0; ++sequence) {
    const Slot* slot = ring_.find(sequence);
    if (!slot || !slot->info.keyFrame || !slot->info.startOfFrame || slot->info.payload.empty()) continue;
    if (isOfHeadFrame(*slot)) continue;
    nextKeyFrame_ = sequence;
    return;
  }
}

// One that has only begun may need repairs itself, and would have to be waited for in the place of what is missing.
bool HeldPackets::keyFrameIsWhole() const {
  if (!nextKeyFrame_) return false;
  const uint32_t timestamp = ring_.find(*nextKeyFrame_)->timestamp;
  for (int64_t sequence = *nextKeyFrame_; sequence <= highest_; ++sequence) {
    const Slot* slot = ring_.find(sequence);
    if (!slot) return false;
    if (slot->timestamp != timestamp || slot->info.endOfFrame) return true;
  }
  return false;
}

std::optional<HeldPackets::Picture> HeldPackets::decodableBehind(int64_t gap, std::optional<uint32_t> ofHead,
                                                                 const DecodableFrames& frames) const {
  const int64_t end = std::min(highest_, gap + kLookedBeyond);
  for (int64_t sequence = gap + 1; sequence <= end; ++sequence) {
    const Slot* slot = ring_.find(sequence);
    if (!slot || slot->info.payload.empty() || !slot->info.startOfFrame) continue;
    if (slot->timestamp == ofHead) continue;
    DecodableFrames::Picture told;
    TimePoint received;
    const auto behind = endOfPicture(*slot, frames, told, received);
    if (!behind) continue;
    if (frames.verdict(told) == DecodableFrames::Verdict::kDecodable)
      return Picture{sequence, slot->timestamp, received};
    sequence = *behind - 1;
  }
  return std::nullopt;
}

// One past the last packet of the picture that starts there; nothing where it is not whole, or begins a new structure.
std::optional<int64_t> HeldPackets::endOfPicture(const Slot& first, const DecodableFrames& frames,
                                                 DecodableFrames::Picture& told, TimePoint& received) const {
  for (int64_t sequence = first.sequence; sequence <= highest_; ++sequence) {
    const Slot* slot = ring_.find(sequence);
    if (!slot) return std::nullopt;
    if (slot->info.payload.empty()) continue;
    if (slot->timestamp != first.timestamp) return sequence;
    if (!frames.peek(slot->dependencies, sequence == first.sequence, told)) return std::nullopt;
    received = std::max(received, slot->received);
    if (slot->info.endOfFrame) return sequence + 1;
  }
  return std::nullopt;
}

}  // namespace tincan::inline v0::media
