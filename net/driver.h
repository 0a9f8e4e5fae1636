#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "net/log.h"
#include "net/loop.h"

namespace tincan::inline v0::net {

struct PortRange {
  uint16_t first = 0;
  uint16_t last = 0;  ///< included
};

class SharedUdpPort;

struct DriverConfig {
  /// One UDP port for many endpoints, instead of sockets of its own (net/shared_udp_port.h). Outlives the driver.
  SharedUdpPort* sharedPort = nullptr;
  /// Also open sockets on loopback addresses. Without it they are used only when there is nothing else.
  bool includeLoopback = false;
  bool ipv6 = true;
  /// Only these interfaces ("eth0"); all when empty.
  std::vector<std::string> interfaces{};
  /// Where ports come from when the endpoint asks for any; the operating system chooses without it.
  std::optional<PortRange> ports{};
  /// Certificates in PEM to trust for TLS beside the system's.
  std::string extraCertificates{};
  /// Follow interfaces that come and go: their sockets are opened and closed as base/endpoint.h says.
  bool watchInterfaces = true;
  /// Let the kernel cut and join runs of packets (UDP GSO, GRO), where it can.
  bool segmentation = true;
  /// Packets a socket may hold back while the kernel's buffer is full; more are dropped and counted.
  size_t sendQueue = 512;
  /// Which sockets were opened and which could not be, as component "net".
  Log log = defaultLog();
};

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

/// Drives one Endpoint in the real world: opens the sockets it asks for (UDP, TCP, TLS, and the mDNS multicast socket
/// when it sends to a multicast address), resolves names, keeps its one timer, and drains it after every batch of input
/// as base/endpoint.h says.
///
/// Owned by the user, beside the endpoint, and destroyed before it; a PeerConnection may go first, too. Callbacks that run
/// inside `dispatchEvents` may do anything, destroying the driver and the endpoint included. All on the loop's thread.
class Driver {
 public:
  Driver(Loop& loop, Endpoint& endpoint, DriverConfig config = {});
  /// Has the endpoint say its goodbyes, which leave at once, and closes all sockets.
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  /// Asks for a drain soon: call it after calls into the endpoint that did not come out of `dispatchEvents`. Cheap, and
  /// never calls the endpoint itself.
  void wake();

  const DriverStats& stats() const;
  /// Why the last socket could not be opened (a port in use, no permission, …), when one could not.
  const std::optional<Error>& lastError() const;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tincan::inline v0::net
