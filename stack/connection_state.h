#pragma once

#include <span>

#include "dtls/connection.h"
#include "stack/configuration.h"

namespace tincan::inline v0::stack {

/// W3C webrtc-pc §5.6.1: the ICE and DTLS states of one transport, seen together. `hopeless`: nothing can come of what
/// was negotiated; the W3C leaves such a connection "new" for ever, and whoever waits for it is better told.
RTCPeerConnectionState connectionStateOf(RTCIceConnectionState ice, dtls::State dtls, bool hopeless);

/// §5.6.1, §5.6.2 and §5.6.3: what a connection shows whose transports are in these states.
RTCPeerConnectionState jointState(std::span<const RTCPeerConnectionState> each);
RTCIceConnectionState jointState(std::span<const RTCIceConnectionState> each);
RTCIceGatheringState jointState(std::span<const RTCIceGatheringState> each);

}  // namespace tincan::inline v0::stack
