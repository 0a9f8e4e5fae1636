#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include "base/address.h"
#include "net/driver_config.h"
#include "net/loop.h"
#include "net/shared_port_table.h"
#include "net/udp_port.h"

namespace tincan::inline v0::net {

/// Sockets on the port of a UdpPortGroup that are connected to one remote address each. The kernel prefers them to
/// those that take everybody, so that what its hash puts on the wrong loop comes to the right one after all. They only
/// receive. Owned by a SharedUdpPort; each lives as long as its user talks to that address.
///
/// Bounded: `limit` sockets; what has none keeps being handed over.
class ConnectedPorts {
 public:
  using User = SharedPortTable::User;
  /// So many packets of an address must have fallen on another loop before it is worth a socket.
  static constexpr int kStraysToConnect = 4;

  ConnectedPorts(Loop& loop, const DriverConfig& config, size_t limit, DriverStats& stats,
                 std::function<void(UdpPort&)> onReadable);

  /// A packet for `user` was handed over.
  void strayed(User user, const Route& route);
  void forget(User user);
  /// Somebody else has the address: reads what has come for the last time.
  void forget(const Route& route);
  size_t size() const { return open_; }

 private:
  struct Remote {
    User user = 0;
    int strays = 0;
    std::unique_ptr<UdpPort> port;
  };

  std::unique_ptr<UdpPort> connect(const Route& route);

  Loop& loop_;
  const DriverConfig config_;
  const size_t limit_;
  DriverStats& stats_;
  const std::function<void(UdpPort&)> onReadable_;
  std::unordered_map<Route, Remote, AddressHash> remotes_;
  size_t open_ = 0;
};

}  // namespace tincan::inline v0::net
