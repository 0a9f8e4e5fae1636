#include "stack/jsep/types.h"

#include <algorithm>

#include "sdp/text.h"

namespace tincan::inline v0::stack {

std::string_view name(MediaKind kind) {
  switch (kind) {
    case MediaKind::kAudio: return "audio";
    case MediaKind::kVideo: return "video";
    case MediaKind::kApplication: return "application";
  }
  return "";
}

bool sends(Direction direction) {
  return direction == Direction::kSendRecv || direction == Direction::kSendOnly;
}
bool receives(Direction direction) {
  return direction == Direction::kSendRecv || direction == Direction::kRecvOnly;
}

Direction makeDirection(bool send, bool receive) {
  if (send) return receive ? Direction::kSendRecv : Direction::kSendOnly;
  return receive ? Direction::kRecvOnly : Direction::kInactive;
}

Direction reversed(Direction direction) {
  return makeDirection(receives(direction), sends(direction));
}

Direction intersect(Direction a, Direction b) {
  return makeDirection(sends(a) && sends(b), receives(a) && receives(b));
}

bool CodecSpec::hasFeedback(std::string_view kind) const {
  return std::any_of(feedback.begin(), feedback.end(),
                     [&](const std::string& own) { return sdp::equalsIgnoringCase(own, kind); });
}

std::string_view CodecSpec::parameter(std::string_view key, std::string_view otherwise) const {
  for (const auto& [ownKey, value] : parameters)
    if (sdp::equalsIgnoringCase(ownKey, key)) return value;  // RFC 4855 §3: names of parameters have no case
  return otherwise;
}

}  // namespace tincan::inline v0::stack
