#pragma once

#include <cstdint>
#include <string_view>

namespace tincan::inline v0::stack {

/// webrtc-priority: RFC 8837's four, for an encoding and for a channel.
enum class RTCPriorityType : uint8_t { kVeryLow, kLow, kMedium, kHigh };
std::string_view toString(RTCPriorityType priority);

}  // namespace tincan::inline v0::stack
