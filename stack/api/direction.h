#pragma once

#include <cstdint>
#include <string_view>

#include "stack/jsep/types.h"

namespace tincan::inline v0::stack {

/// W3C RTCRtpTransceiverDirection (§5.4), "stopped" included.
enum class RTCRtpTransceiverDirection : uint8_t { kSendrecv, kSendonly, kRecvonly, kInactive, kStopped };
std::string_view toString(RTCRtpTransceiverDirection direction);
/// As SDP says it; a stopped transceiver is inactive there.
Direction toJsep(RTCRtpTransceiverDirection direction);
RTCRtpTransceiverDirection toW3c(Direction direction);

}  // namespace tincan::inline v0::stack
