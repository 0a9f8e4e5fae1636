#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "net/log.h"

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

}  // namespace tincan::inline v0::net
