#pragma once

#include "base/log.h"
#include "stack/configuration.h"
#include "stack/transport.h"

/// What a PeerConnection writes to its Log: its states as they change. ICE speaks for itself (ice/agent.cc).
namespace tincan::inline v0::stack {

/// The version and cipher suite once it has connected; why, when it failed.
void logDtls(const Log& log, const Transport::DtlsStateChanged& changed, const dtls::Connection* connection);
void logState(const Log& log, RTCSignalingState state);
void logState(const Log& log, RTCPeerConnectionState state);

}  // namespace tincan::inline v0::stack
