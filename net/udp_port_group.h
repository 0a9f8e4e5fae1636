#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "net/driver.h"
#include "net/port_circle.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::net {

/// One UDP port number that several loops serve, each on its own thread: sockets in an SO_REUSEPORT group, over which
/// the kernel spreads what comes by a hash of the addresses. Made first; then every loop takes its part
/// (SharedUdpPort::join), and the drivers of a loop's endpoints are given that loop's part. The group may go when all
/// have joined, and the parts in any order.
///
///     auto group = net::UdpPortGroup::open(3478, {.loops = 4}).value();
///     … on each loop's thread, or before it runs:
///     auto port = net::SharedUdpPort::join(loop, *group).value();
///     net::Driver driver(loop, endpoint, {.sharedPort = port.get()});
///
/// What comes before a loop has joined waits in its socket, so a group has as many loops as will join. How a packet
/// finds the loop that its endpoint lives on is told in net/shared_udp_port.h.
class UdpPortGroup {
 public:
  struct Options {
    size_t loops = 2;
    /// The most sockets that a loop connects to single remote addresses, whose packets the kernel would give to another
    /// loop. Each is a file descriptor of the process.
    size_t connectedSockets = 512;
  };

  /// `port` 0: any free one, on each address another. `config` gives interfaces, families and queues.
  static Result<std::unique_ptr<UdpPortGroup>> open(uint16_t port, Options options, const DriverConfig& config = {});
  UdpPortGroup(const UdpPortGroup&) = delete;
  UdpPortGroup& operator=(const UdpPortGroup&) = delete;

  const std::vector<SocketAddress>& locals() const { return locals_; }

  /// For SharedUdpPort, from any thread: a loop's sockets, one for each address, and its seat.
  struct Part {
    PortCircle::Seat seat = 0;
    std::vector<std::unique_ptr<UdpSocket>> sockets;
  };
  Result<Part> take();
  const std::shared_ptr<PortCircle>& circle() const { return circle_; }
  const Options& options() const { return options_; }
  const DriverConfig& config() const { return config_; }

 private:
  UdpPortGroup(Options options, const DriverConfig& config);
  Result<void> bindAll(const IpAddress& address, uint16_t port);

  const Options options_;
  const DriverConfig config_;
  const std::shared_ptr<PortCircle> circle_;
  std::vector<SocketAddress> locals_;
  std::mutex mutex_;  // guards the rest
  std::vector<Part> parts_;
  size_t taken_ = 0;
};

}  // namespace tincan::inline v0::net
