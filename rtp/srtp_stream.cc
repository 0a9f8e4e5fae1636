#include "rtp/srtp_stream.h"

#include <algorithm>

namespace tincan::rtp {
namespace {

constexpr uint64_t kMaxRollover = 0xffffffff;
constexpr uint16_t kHalf = 0x8000;

}  // namespace

ReplayWindow::Verdict ReplayWindow::check(uint64_t index) const {
  if (!started_ || index > highest_) return Verdict::kNew;
  if (highest_ - index >= kSize) return Verdict::kTooOld;
  return (word(index) & bit(index)) != 0 ? Verdict::kSeen : Verdict::kNew;
}

void ReplayWindow::clearBetween(uint64_t from, uint64_t to) {
  if (to - from >= kSize) {
    bits_.fill(0);
    return;
  }
  for (uint64_t index = from; index < to;) {
    if (index % kWordBits == 0 && to - index >= kWordBits) {
      word(index) = 0;
      index += kWordBits;
    } else {
      word(index) &= ~bit(index);
      ++index;
    }
  }
}

void ReplayWindow::add(uint64_t index) {
  if (!started_) {
    started_ = true;
    highest_ = index;
  } else if (index > highest_) {
    if (index != highest_ + 1) {
      clearBetween(highest_ + 1, index);
    }
    highest_ = index;
  }
  word(index) |= bit(index);
}

void ReplayWindow::closeUpTo(uint64_t index) {
  bits_.fill(~uint64_t{0});
  highest_ = index;
  started_ = true;
}

std::optional<uint64_t> estimateIndex(const ReplayWindow& window, uint16_t sequenceNumber) {
  if (!window.started()) return sequenceNumber;
  const uint64_t rollover = window.highest() >> 16;
  const auto last = static_cast<uint16_t>(window.highest());
  // RFC 3711 appendix A: of the rollover counter, the one before and the one after, the nearest.
  if (last < kHalf) {
    // Before the first wrap there is no counter before: a number far ahead is a jump ahead.
    const bool before = sequenceNumber - last > kHalf && rollover > 0;
    return (before ? rollover - 1 : rollover) << 16 | sequenceNumber;
  }
  if (last - kHalf <= sequenceNumber) return rollover << 16 | sequenceNumber;
  // RFC 3711 §9.2: 2^48 packets under one key and no more.
  if (rollover == kMaxRollover) return std::nullopt;
  return (rollover + 1) << 16 | sequenceNumber;
}

SrtpStreams::SrtpStreams(size_t capacity) : capacity_(std::max<size_t>(capacity, 1)) {}

size_t SrtpStreams::position(uint32_t ssrc) const {
  if (last_ < ssrcs_.size() && ssrcs_[last_] == ssrc) return last_;
  const auto found = std::find(ssrcs_.begin(), ssrcs_.end(), ssrc);
  return found == ssrcs_.end() ? kNone : static_cast<size_t>(found - ssrcs_.begin());
}

const ReplayWindow* SrtpStreams::find(uint32_t ssrc) {
  const size_t at = position(ssrc);
  if (at != kNone) {
    last_ = at;
    return &windows_[at];
  }
  candidate_ = ReplayWindow();
  for (const Retired& retired : retired_) {
    if (retired.ssrc != ssrc) continue;
    candidate_.closeUpTo(retired.highest);
    return &candidate_;
  }
  const bool room = ssrcs_.size() < capacity_ || retired_.size() < kMaxRetired;
  return room ? &candidate_ : nullptr;
}

void SrtpStreams::add(uint32_t ssrc, uint64_t index) {
  materialize(ssrc).add(index);
  lastUse_[last_] = ++uses_;
}

bool SrtpStreams::start(uint32_t ssrc, uint64_t index) {
  if (!find(ssrc)) return false;
  materialize(ssrc).closeUpTo(index);
  lastUse_[last_] = ++uses_;
  return true;
}

ReplayWindow& SrtpStreams::materialize(uint32_t ssrc) {
  const size_t at = position(ssrc);
  if (at != kNone) {
    last_ = at;
    return windows_[at];
  }
  const auto back = std::find_if(retired_.begin(), retired_.end(), [&](const Retired& r) { return r.ssrc == ssrc; });
  ReplayWindow window;
  if (back != retired_.end()) {
    window.closeUpTo(back->highest);
    *back = retired_.back();
    retired_.pop_back();
  }
  if (ssrcs_.size() == capacity_) retireQuietest();
  ssrcs_.push_back(ssrc);
  windows_.push_back(window);
  lastUse_.push_back(0);
  last_ = ssrcs_.size() - 1;
  return windows_.back();
}

void SrtpStreams::retireQuietest() {
  const auto at = static_cast<size_t>(std::min_element(lastUse_.begin(), lastUse_.end()) - lastUse_.begin());
  retired_.push_back({ssrcs_[at], windows_[at].highest()});
  ssrcs_[at] = ssrcs_.back();
  windows_[at] = windows_.back();
  lastUse_[at] = lastUse_.back();
  ssrcs_.pop_back();
  windows_.pop_back();
  lastUse_.pop_back();
}

}  // namespace tincan::rtp
