#pragma once

#include <cstdint>

/// How the paths of a connection are numbered. Each transport has a number, and two paths at most, one for each component
/// of its data stream (RFC 8445 §13): RTP's, and all else's, has the number itself; RTCP's, where RTCP is not multiplexed
/// with RTP (RFC 5761 §5.1.3), has it with a bit on top.
namespace tincan::inline v0::stack {

constexpr uint32_t kRtcpPath = 0x8000'0000;

constexpr uint32_t rtcpPathOf(uint32_t transport) {
  return transport | kRtcpPath;
}
constexpr bool isRtcpPath(uint32_t path) {
  return (path & kRtcpPath) != 0;
}
constexpr uint32_t transportOfPath(uint32_t path) {
  return path & ~kRtcpPath;
}
/// As ICE counts them.
constexpr uint8_t componentOf(uint32_t path) {
  return isRtcpPath(path) ? 2 : 1;
}

}  // namespace tincan::inline v0::stack
