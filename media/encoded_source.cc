#include "media/encoded_source.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tincan::inline v0::media {

Result<void> EncodedSource::push(EncodedFrame frame) {
  if (frame.data.empty() || frame.data.size() > kMaxFrameBytes)
    return {ErrorCode::kRangeError,
            "an encoded frame has 1 byte to 4 MiB: this one has " + std::to_string(frame.data.size())};
  const bool full = held_.size() >= kMaxHeld;
  if (full) held_.pop_front();
  held_.push_back(std::move(frame));
  const auto wakes = wakes_;  // one may change the list
  for (const auto& [sender, wake] : wakes) wake();
  if (full) return {ErrorCode::kLimit, "nobody fetches the frames: is the track sent, and its connection driven?"};
  return {};
}

bool EncodedSource::capture(TimePoint now, EncodedFrame& out) {
  if (held_.empty()) return false;
  out = std::move(held_.front());
  held_.pop_front();
  if (out.time == TimePoint() || out.time > now) out.time = now;
  return true;
}

void EncodedSource::setTarget(const void* sender, std::optional<uint32_t> bitrate) {
  if (bitrate) {
    targets_[sender] = *bitrate;
  } else {
    targets_.erase(sender);
  }
}

void EncodedSource::tellTarget() {
  if (targets_.empty()) return;
  const auto least = std::min_element(targets_.begin(), targets_.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (told_ == least->second) return;
  told_ = least->second;
  if (auto handler = ontargetbitrate) handler(*told_);
}

void EncodedSource::setWake(const void* sender, std::function<void()> wake) {
  if (wake) {
    wakes_[sender] = std::move(wake);
  } else {
    wakes_.erase(sender);
  }
}

}  // namespace tincan::inline v0::media
