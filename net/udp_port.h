#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "net/driver_stats.h"
#include "net/runtime.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::net {

/// A UDP socket on a loop, with its queue of packets to send: those of one drain leave in one batch, and those that the
/// kernel has no room for wait until it has. Owned by a driver, whose statistics it keeps.
class UdpPort {
 public:
  UdpPort(Runtime& runtime, std::unique_ptr<UdpSocket> socket, size_t queueLimit, DriverStats& stats,
          std::function<void(UdpPort&)> onReadable);

  const SocketAddress& local() const { return socket_->local(); }
  /// Queues a packet; drops and counts it when the queue is full.
  void send(const SocketAddress& remote, PacketBuffer packet, Ecn ecn = Ecn::kNotCapable, uint8_t dscp = 0);
  /// Hands what is queued to the kernel.
  void flush();
  /// Reads one batch, and keeps count.
  UdpSocket::Received receive(PacketPool& pool, UdpSocket::Inbox& inbox);

 private:
  Runtime& runtime_;
  DriverStats& stats_;
  const size_t queueLimit_;
  std::unique_ptr<UdpSocket> socket_;
  SpareQueues::Queue queue_;  // its memory is the runtime's while it is empty
  bool blocked_ = false;
  std::unique_ptr<Runtime::Watcher> watcher_;  // goes before the socket does
};

}  // namespace tincan::inline v0::net
