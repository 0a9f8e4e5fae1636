#include "stack/stream_sync.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tincan::inline v0::stack {
namespace {

constexpr Duration kInterval = Duration::millis(500);
// As long without its other half, a stream waits for it no more.
constexpr Duration kAlone = Duration::seconds(5);

bool isSound(const MediaReceiver& receiver) {
  return receiver.config().receiver->track()->kind() == "audio";
}

}  // namespace

bool StreamSync::haveStreams(const MediaReceiver& a, const MediaReceiver& b) {
  return !a.config().receiver->streams_.empty() || !b.config().receiver->streams_.empty();
}

// RFC 8830 §2: tracks of one MediaStream are to be in step. Where the descriptions name no stream, one CNAME is one
// sender with one clock (RFC 3550 §6.5.1); where both are known, two CNAMEs are two clocks, which cannot be compared.
bool StreamSync::belongTogether(const MediaReceiver& a, const MediaReceiver& b) {
  const std::string &one = a.stream().cname, &other = b.stream().cname;
  if (!haveStreams(a, b)) return !one.empty() && one == other;
  if (!one.empty() && !other.empty() && one != other) return false;
  const auto& streams = a.config().receiver->streams_;
  const auto& others = b.config().receiver->streams_;
  return std::any_of(streams.begin(), streams.end(), [&](const MediaStreamPtr& stream) {
    return std::find(others.begin(), others.end(), stream) != others.end();
  });
}

void StreamSync::run(TimePoint now, const Receivers& receivers) {
  if (now < next_) return;
  next_ = now + kInterval;
  left_.clear();
  for (const auto& [ssrc, receiver] : receivers) {
    if (receiver->stream().heardSince(now - kAlone)) left_.push_back(receiver.get());
  }
  // Sounds first, as the ones to be trusted, and in an order that does not depend on the table.
  std::sort(left_.begin(), left_.end(), [](const MediaReceiver* a, const MediaReceiver* b) {
    return std::pair(!isSound(*a), a->ssrc()) < std::pair(!isSound(*b), b->ssrc());
  });
  while (!left_.empty()) {
    takeGroup();
    // Many under one CNAME and no stream named: a mixer that forwards others' media, whose clocks nobody knows.
    const bool mixer = group_.size() > 2 && !haveStreams(*group_[0], *group_[1]);
    const size_t together = mixer ? 1 : group_.size();
    for (size_t i = 0; i < group_.size(); i += together) align(std::span(group_).subspan(i, together));
  }
}

// A sound with all that belongs to it, or pictures by themselves.
void StreamSync::takeGroup() {
  const MediaReceiver* first = left_.front();
  const auto belongs = [first](const MediaReceiver* other) {
    return other == first || (isSound(*first) && belongTogether(*first, *other));
  };
  group_.clear();
  std::copy_if(left_.begin(), left_.end(), std::back_inserter(group_), belongs);
  std::erase_if(left_, belongs);
}

void StreamSync::align(std::span<MediaReceiver* const> group) {
  measured_.clear();
  streams_.clear();
  for (MediaReceiver* receiver : group) {
    const auto played = receiver->takePlayed();
    const auto sampled = played ? receiver->stream().statistics().senderTime(played->timestamp) : std::nullopt;
    if (!sampled) continue;
    measured_.push_back(receiver);
    streams_.push_back({*sampled, played->at, played->reached, receiver->extraDelay(), played->forRepairs});
  }
  // A group of which only one has said anything this time stays as it is; one by itself gives back what it has waited.
  if (streams_.size() < std::min<size_t>(group.size(), 2)) return;
  media::LipSync::align(streams_);
  for (size_t i = 0; i < streams_.size(); ++i) measured_[i]->setExtraDelay(streams_[i].extra);
}

}  // namespace tincan::inline v0::stack
