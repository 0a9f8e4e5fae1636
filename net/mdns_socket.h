#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::net {

/// The multicast socket of mDNS (RFC 6762): bound to port 5353 beside other responders, a member of 224.0.0.251 on
/// every interface, loopback included (a browser on the same machine answers there). A packet goes out on each
/// interface.
class MdnsSocket {
 public:
  /// RFC 6762 §3
  static SocketAddress group() { return {IpAddress::v4(224, 0, 0, 251), 5353}; }

  static Result<std::unique_ptr<MdnsSocket>> open();
  ~MdnsSocket();
  MdnsSocket(const MdnsSocket&) = delete;
  MdnsSocket& operator=(const MdnsSocket&) = delete;

  /// Sends one query to the group on every interface; how many took it.
  size_t send(ByteView packet);
  /// One datagram, when there is one.
  bool receive(PacketPool& pool, UdpSocket::Datagram& out);

  /// 0.0.0.0:5353: the local address in the routes of its packets.
  static SocketAddress local() { return {IpAddress::anyV4(), 5353}; }
  int fd() const { return fd_; }

 private:
  MdnsSocket(int fd, std::vector<uint32_t> interfaces) : fd_(fd), interfaces_(std::move(interfaces)) {}

  int fd_;
  std::vector<uint32_t> interfaces_;  // indices
};

}  // namespace tincan::inline v0::net
