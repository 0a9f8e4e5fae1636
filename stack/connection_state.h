#pragma once

#include "dtls/connection.h"
#include "stack/configuration.h"

namespace tincan::stack {

/// W3C webrtc-pc §5.6.1: the ICE and DTLS states of the one transport, seen together. `hopeless`: nothing can come of what
/// was negotiated; the W3C leaves such a connection "new" for ever, and whoever waits for it is better told.
RTCPeerConnectionState connectionStateOf(RTCIceConnectionState ice, dtls::State dtls, bool hopeless);

}  // namespace tincan::stack
