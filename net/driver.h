#pragma once

#include <memory>
#include <optional>

#include "base/endpoint.h"
#include "net/driver_config.h"
#include "net/driver_stats.h"
#include "net/loop.h"

namespace tincan::inline v0::net {

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
