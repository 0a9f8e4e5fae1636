#include "media/encoded_source.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tincan::inline v0::media {

Result<void> EncodedSource::push(EncodedFrame frame) {
  if (frame.data.empty() || frame.data.size() > kMaxFrameBytes)
    return {ErrorCode::kRangeError,
            "an encoded frame has 1 byte to 4 MiB: this one has " + std::to_string(frame.data.size())};
  const bool known =
      rids_.empty() ? frame.rid.empty() : std::find(rids_.begin(), rids_.end(), frame.rid) != rids_.end();
  if (!known)
    return {ErrorCode::kNotFoundError, "an encoded frame of the rid \"" + frame.rid.substr(0, 32) +
                                           "\": name its encodings when the source is made"};
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

void EncodedSource::setTarget(const void* sender, std::optional<uint32_t> bitrate, const std::string& rid) {
  if (bitrate) {
    targets_[sender] = {rid, *bitrate};
  } else {
    targets_.erase(sender);
  }
}

void EncodedSource::tellTarget(const std::string& rid) {
  std::optional<uint32_t> least;
  for (const auto& [sender, target] : targets_)
    if (target.rid == rid) least = std::min(least.value_or(target.bitrate), target.bitrate);
  if (!least) return;
  const auto told = told_.find(rid);
  if (told != told_.end() && told->second == *least) return;
  told_[rid] = *least;
  if (rid.empty()) {
    if (auto handler = ontargetbitrate) handler(*least);
  } else if (auto handler = onencodingtargetbitrate) {
    handler(rid, *least);
  }
}

void EncodedSource::requestKeyFrame(const std::string& rid) {
  if (rid.empty()) {
    if (auto handler = onkeyframerequest) handler();
  } else if (auto handler = onencodingkeyframerequest) {
    handler(rid);
  }
}

void EncodedSource::setWake(const void* sender, std::function<void()> wake) {
  if (wake) {
    wakes_[sender] = std::move(wake);
  } else {
    wakes_.erase(sender);
  }
}

}  // namespace tincan::inline v0::media
