#pragma once

#include <cstdint>

namespace tincan::inline v0::net {

struct DriverStats {
  uint64_t packetsSent = 0;
  uint64_t bytesSent = 0;
  uint64_t sendCalls = 0;
  uint64_t messagesSent = 0;  ///< UDP only; fewer than packets where the kernel segments (GSO)
  uint64_t packetsReceived = 0;
  uint64_t bytesReceived = 0;
  uint64_t receiveCalls = 0;
  uint64_t droppedQueueFull = 0;   ///< the kernel's buffer and ours were full
  uint64_t droppedUnroutable = 0;  ///< no socket or stream has the packet's route
  uint64_t droppedTooLong = 0;     ///< received, and longer than a packet buffer
  uint64_t droppedNoBuffer = 0;    ///< received while the loop's pool was empty
  uint64_t sendErrors = 0;         ///< the kernel refused the packet (no route, too long for the link, …)
  // Of a UdpPortGroup's part (net/shared_udp_port.h):
  uint64_t handedOver = 0;       ///< copies of packets that fell here and went to the group's other loops
  uint64_t takenOver = 0;        ///< what came from there, for an endpoint here
  uint64_t droppedHandOver = 0;  ///< copies for a loop to which too many were on their way
};

}  // namespace tincan::inline v0::net
