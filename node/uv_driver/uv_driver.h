#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/log.h"
#include "node/uv_driver/uv_handles.h"

namespace tincan::inline v0::node {

struct UvDriverConfig {
  /// Also open sockets on loopback addresses. Without it they are used only when there is nothing else.
  bool includeLoopback = false;
  bool ipv6 = true;
  /// Only these interfaces ("eth0"); all when empty.
  std::vector<std::string> interfaces{};
  /// Packets a socket may hold back while the kernel's buffer is full; more are dropped.
  size_t sendQueue = 512;
  /// Called before each drain: what the endpoint is to be told by then.
  std::function<void()> draining{};
  /// Called after each drain, once the events that waited have been dispatched.
  std::function<void()> drained{};
  Log log{};
};

/// Drives one Endpoint on libuv's loop, as net::Driver does on Asio's: both are a net::EndpointServer. No thread, and
/// nothing polls: an endpoint that waits costs nothing. Open sockets keep the process alive; closing the endpoint closes
/// them.
///
/// Owned by the user beside the endpoint; callbacks inside dispatchEvents may destroy both.
class UvDriver {
 public:
  UvDriver(UvLoop& loop, Endpoint& endpoint, UvDriverConfig config = {});
  /// Has the endpoint say its goodbyes, which leave at once, and closes all sockets.
  ~UvDriver();
  UvDriver(const UvDriver&) = delete;
  UvDriver& operator=(const UvDriver&) = delete;

  /// Asks for a drain in the loop's next turn. Never calls the endpoint itself.
  void wake();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tincan::inline v0::node
