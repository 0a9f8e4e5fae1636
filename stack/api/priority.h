#pragma once

#include <cstdint>
#include <string_view>

namespace tincan::inline v0::stack {

/// webrtc-priority: RFC 8837's four, for an encoding and for a channel.
enum class RTCPriorityType : uint8_t { kVeryLow, kLow, kMedium, kHigh };
std::string_view toString(RTCPriorityType priority);

/// RFC 8837 §5, table 1: the code point of a flow of sound, or of pictures of a conversation.
uint8_t dscpOf(RTCPriorityType networkPriority, bool sound);

}  // namespace tincan::inline v0::stack
