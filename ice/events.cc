#include "ice/events.h"

namespace tincan::inline v0::ice {

std::string_view name(State state) {
  switch (state) {
    case State::kNew: return "new";
    case State::kChecking: return "checking";
    case State::kConnected: return "connected";
    case State::kCompleted: return "completed";
    case State::kDisconnected: return "disconnected";
    case State::kFailed: return "failed";
    case State::kClosed: return "closed";
  }
  return "unknown";
}

}  // namespace tincan::inline v0::ice
