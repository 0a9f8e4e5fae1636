#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/endpoint.h"
#include "base/packet_buffer.h"
#include "base/result.h"

namespace tincan::net {

/// A non-blocking UDP socket that moves packets in batches (recvmmsg, sendmmsg) straight into and out of packet
/// buffers. Knows nothing of loops: who owns it waits for readiness. Not movable: the kernel's headers point into it.
class UdpSocket {
 public:
  static constexpr size_t kBatch = 64;

  struct Datagram {
    SocketAddress remote;
    PacketBuffer packet;
  };
  struct Received {
    size_t packets = 0;   ///< how many of `out` were filled
    size_t tooLong = 0;   ///< dropped: longer than a packet buffer
    size_t noBuffer = 0;  ///< dropped: the pool was empty
    bool more = false;    ///< the batch was full: there may be more to read
  };
  struct Sent {
    size_t packets = 0;    ///< given to the kernel
    size_t errors = 0;     ///< refused for good; skipped
    bool blocked = false;  ///< the kernel's buffer is full: try the rest when the socket is writable
    size_t consumed() const { return packets + errors; }
  };

  /// Binds to `local` (port 0: any). IPv6 sockets carry IPv6 only.
  static Result<std::unique_ptr<UdpSocket>> open(const SocketAddress& local);
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  /// Reads up to kBatch datagrams; `out` holds at least kBatch. Never blocks.
  Received receive(PacketPool& pool, std::span<Datagram> out);
  /// Sends from the front of `datagrams`, up to kBatch of them. The packets stay with the caller.
  Sent send(std::span<const Datagram> datagrams);

  const SocketAddress& local() const { return local_; }
  int fd() const { return fd_; }

 private:
  struct Headers;
  UdpSocket(int fd, SocketAddress local);

  int fd_;
  SocketAddress local_;
  std::unique_ptr<Headers> headers_;
};

}  // namespace tincan::net
