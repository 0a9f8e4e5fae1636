#include "stack/negotiation_needed.h"

namespace tincan::inline v0::stack {

bool NegotiationNeeded::update(bool needed) {
  if (!needed) {
    told_ = false;
    return false;
  }
  if (told_ || queued_) return false;
  queued_ = true;
  return true;
}

bool NegotiationNeeded::check(RTCSignalingState state, bool needed) {
  queued_ = false;
  // Under way: stable comes back, and with it update().
  if (state != RTCSignalingState::kStable) return false;
  if (!needed) {
    told_ = false;  // taken back meanwhile
    return false;
  }
  if (told_) return false;
  told_ = true;
  return true;
}

}  // namespace tincan::inline v0::stack
