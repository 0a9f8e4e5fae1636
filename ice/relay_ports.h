#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/endpoint.h"
#include "base/queue.h"

namespace tincan::inline v0::ice {

/// UDP sockets beside the agent's own ones, from which a TURN server is asked that has the agent's own port in use for
/// another client already (RFC 8656 §7.4): somebody behind the same NAT, another connection on the same shared port, a
/// process before this one. Owned by Relays, opened when they are wanted, shared by all relays, closed with the agent.
class RelayPorts {
 public:
  /// RFC 8656 §7.4: "The client SHOULD try three different client transport addresses before giving up on this server."
  static constexpr size_t kPerAddress = 3;

  enum class Standing : uint8_t { kThere, kOnItsWay, kRefused };
  struct Port {
    Standing standing = Standing::kOnItsWay;
    SocketAddress local{};
  };

  /// The port with this number on the address of `base`: number 0 is the base itself. One that was never wanted before
  /// is asked for, under the id `nextId`, which then moves on.
  Port get(const SocketAddress& base, size_t number, uint32_t& nextId);
  /// True when the answer was for a socket of these.
  bool handle(const UdpOpened& opened);
  void closed(const std::vector<SocketAddress>& locals);
  bool pollIoRequest(IoRequest& out);

 private:
  struct Known {
    IpAddress ip;
    size_t number = 0;
    uint32_t id = 0;
    Port port{};
  };

  std::vector<Known> known_;
  Queue<IoRequest> requests_;
};

}  // namespace tincan::inline v0::ice
