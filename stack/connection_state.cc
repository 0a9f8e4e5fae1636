#include "stack/connection_state.h"

namespace tincan::stack {

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

}  // namespace tincan::stack
