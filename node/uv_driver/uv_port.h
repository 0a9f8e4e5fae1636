#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "net/udp_socket.h"
#include "node/uv_driver/uv_handles.h"

namespace tincan::inline v0::node {

/// A UDP socket on libuv's loop, with its queue of packets to send: those of one drain leave in one batch, and those that
/// the kernel has no room for wait until it has.
class UvPort {
 public:
  UvPort(UvLoop& loop, std::unique_ptr<net::UdpSocket> socket, size_t queueLimit,
         std::function<void(UvPort&)> onReadable);

  const SocketAddress& local() const { return socket_->local(); }
  /// Queues a packet; drops it when the queue is full.
  void send(const SocketAddress& remote, PacketBuffer packet, Ecn ecn);
  /// Hands what is queued to the kernel.
  void flush();
  net::UdpSocket::Received receive(PacketPool& pool, net::UdpSocket::Inbox& inbox) {
    return socket_->receive(pool, inbox);
  }

 private:
  const size_t queueLimit_;
  std::unique_ptr<net::UdpSocket> socket_;
  std::vector<net::UdpSocket::Datagram> queue_;
  bool blocked_ = false;
  UvPoll watcher_;  // goes before the socket does
};

}  // namespace tincan::inline v0::node
