#include "rtp/srtp_stream.h"

#include <algorithm>

namespace tincan::inline v0::rtp {

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

void ReplayWindow::closeUpTo(uint64_t index) {
  bits_.fill(~uint64_t{0});
  highest_ = index;
  started_ = true;
}

SrtpStreams::SrtpStreams(size_t capacity, WhenFull whenFull)
    : capacity_(std::max<size_t>(capacity, 1)), whenFull_(whenFull) {}

size_t SrtpStreams::position(uint32_t ssrc) const {
  const auto found = std::find(ssrcs_.begin(), ssrcs_.end(), ssrc);
  return found == ssrcs_.end() ? kNone : static_cast<size_t>(found - ssrcs_.begin());
}

const ReplayWindow* SrtpStreams::search(uint32_t ssrc) {
  const size_t at = position(ssrc);
  if (at != kNone) {
    last_ = at;
    lastSsrc_ = ssrc;
    return &streams_[at].window;
  }
  candidate_ = ReplayWindow();
  for (const Retired& retired : retired_) {
    if (retired.ssrc != ssrc) continue;
    candidate_.closeUpTo(retired.highest);
    return &candidate_;
  }
  const bool room = ssrcs_.size() < capacity_ || retired_.size() < kMaxRetired || whenFull_ == WhenFull::kForget;
  return room ? &candidate_ : nullptr;
}

bool SrtpStreams::start(uint32_t ssrc, uint64_t index) {
  if (!find(ssrc)) return false;
  Stream& stream = materialize(ssrc);
  stream.window.closeUpTo(index);
  stream.lastUse = ++uses_;
  return true;
}

SrtpStreams::Stream& SrtpStreams::materialize(uint32_t ssrc) {
  lastSsrc_ = ssrc;
  last_ = position(ssrc);
  if (last_ != kNone) return streams_[last_];
  const auto back = std::find_if(retired_.begin(), retired_.end(), [&](const Retired& r) { return r.ssrc == ssrc; });
  Stream stream;
  if (back != retired_.end()) {
    stream.window.closeUpTo(back->highest);
    retired_.erase(back);
  }
  if (ssrcs_.size() == capacity_) retireQuietest();
  ssrcs_.push_back(ssrc);
  streams_.push_back(stream);
  last_ = ssrcs_.size() - 1;
  return streams_.back();
}

void SrtpStreams::retireQuietest() {
  const auto quietest = std::min_element(streams_.begin(), streams_.end(),
                                         [](const Stream& a, const Stream& b) { return a.lastUse < b.lastUse; });
  const auto at = static_cast<size_t>(quietest - streams_.begin());
  if (retired_.size() == kMaxRetired) retired_.erase(retired_.begin());
  retired_.push_back({ssrcs_[at], streams_[at].window.highest()});
  ssrcs_[at] = ssrcs_.back();
  streams_[at] = streams_.back();
  ssrcs_.pop_back();
  streams_.pop_back();
}

}  // namespace tincan::inline v0::rtp
