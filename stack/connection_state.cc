#include "stack/connection_state.h"

#include <algorithm>

namespace tincan::inline v0::stack {
namespace {

template <class State>
bool any(std::span<const State> each, State state) {
  return std::find(each.begin(), each.end(), state) != each.end();
}

}  // namespace

RTCPeerConnectionState connectionStateOf(RTCIceConnectionState ice, dtls::State dtls, bool hopeless) {
  using Ice = RTCIceConnectionState;
  if (ice == Ice::kClosed) return RTCPeerConnectionState::kClosed;
  if (ice == Ice::kFailed || dtls == dtls::State::kFailed || hopeless) return RTCPeerConnectionState::kFailed;
  if (ice == Ice::kDisconnected) return RTCPeerConnectionState::kDisconnected;
  if (ice == Ice::kNew && dtls == dtls::State::kNew) return RTCPeerConnectionState::kNew;
  // The peer said goodbye and may only come back by a new connection.
  if (dtls == dtls::State::kClosed) return RTCPeerConnectionState::kDisconnected;
  const bool reached = ice == Ice::kConnected || ice == Ice::kCompleted;
  return reached && dtls == dtls::State::kConnected ? RTCPeerConnectionState::kConnected
                                                    : RTCPeerConnectionState::kConnecting;
}

RTCPeerConnectionState jointState(std::span<const RTCPeerConnectionState> each) {
  using State = RTCPeerConnectionState;
  const auto is = [&](State state) { return any(each, state); };
  if (is(State::kFailed)) return State::kFailed;
  if (is(State::kDisconnected)) return State::kDisconnected;
  if (is(State::kConnecting)) return State::kConnecting;
  // What is new holds up what is connected; closed ones count for nothing beside others.
  if (is(State::kNew)) return is(State::kConnected) ? State::kConnecting : State::kNew;
  if (is(State::kConnected)) return State::kConnected;
  return is(State::kClosed) ? State::kClosed : State::kNew;
}

RTCIceConnectionState jointState(std::span<const RTCIceConnectionState> each) {
  using State = RTCIceConnectionState;
  const auto is = [&](State state) { return any(each, state); };
  if (is(State::kFailed)) return State::kFailed;
  if (is(State::kDisconnected)) return State::kDisconnected;
  const bool begun = is(State::kChecking) || is(State::kConnected) || is(State::kCompleted);
  if (is(State::kChecking) || (is(State::kNew) && begun)) return State::kChecking;
  if (is(State::kNew)) return State::kNew;
  if (is(State::kConnected)) return State::kConnected;
  if (is(State::kCompleted)) return State::kCompleted;
  return is(State::kClosed) ? State::kClosed : State::kNew;
}

RTCIceGatheringState jointState(std::span<const RTCIceGatheringState> each) {
  using State = RTCIceGatheringState;
  if (any(each, State::kGathering)) return State::kGathering;
  return each.empty() || any(each, State::kNew) ? State::kNew : State::kComplete;
}

}  // namespace tincan::inline v0::stack
