#include "net/udp_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

#include "net/sockaddr.h"

namespace tincan::net {

namespace {

// Video comes in bursts: a key frame is hundreds of packets at once. The kernel caps this at net.core.rmem_max.
constexpr int kKernelBuffer = 1 << 20;

Error openError(const SocketAddress& local) {
  const std::string where = "UDP " + local.toString();
  switch (errno) {
    case EADDRINUSE: return {ErrorCode::kIo, where + " is in use: choose another port, or 0 for any"};
    case EACCES: return {ErrorCode::kIo, where + " needs privileges: choose a port above 1023"};
    case EADDRNOTAVAIL: return {ErrorCode::kIo, where + " is not an address of this machine"};
    default: return {ErrorCode::kIo, where + " cannot be opened: " + std::strerror(errno)};
  }
}

}  // namespace

// The arrays that recvmmsg and sendmmsg work on, built once.
struct UdpSocket::Headers {
  std::array<mmsghdr, kBatch> messages{};
  std::array<iovec, kBatch> vectors{};
  std::array<sockaddr_storage, kBatch> addresses{};
};

UdpSocket::UdpSocket(int fd, SocketAddress local) : fd_(fd), local_(local), headers_(std::make_unique<Headers>()) {}

UdpSocket::~UdpSocket() {
  ::close(fd_);
}

Result<std::unique_ptr<UdpSocket>> UdpSocket::open(const SocketAddress& local) {
  sockaddr_storage address{};
  const socklen_t size = toSockaddr(local, address);
  if (size == 0) return Error(ErrorCode::kIo, "a UDP socket needs an IPv4 or IPv6 address to bind to");
  const int fd = ::socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return openError(local);
  std::unique_ptr<UdpSocket> socket(new UdpSocket(fd, local));
  const int on = 1;
  if (local.ip.isV6()) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kKernelBuffer, sizeof kKernelBuffer);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kKernelBuffer, sizeof kKernelBuffer);
  if (::bind(fd, generic(address), size) != 0) return openError(local);
  socklen_t bound = sizeof address;
  if (::getsockname(fd, generic(address), &bound) != 0) return openError(local);
  socket->local_ = fromSockaddr(address);
  return socket;
}

UdpSocket::Received UdpSocket::receive(PacketPool& pool, std::span<Datagram> out) {
  Received result;
  const size_t limit = std::min(out.size(), kBatch);
  size_t ready = 0;
  for (; ready < limit; ++ready) {
    if (!out[ready].packet) out[ready].packet = pool.allocate();
    if (!out[ready].packet) break;
    // Whatever a handle was before, the kernel may fill it from its start to the slot's end.
    const MutableByteView room = out[ready].packet.writable();
    headers_->vectors[ready] = {room.data(), room.size()};
    msghdr& header = headers_->messages[ready].msg_hdr;
    header = {};
    header.msg_name = &headers_->addresses[ready];
    header.msg_namelen = sizeof(sockaddr_storage);
    header.msg_iov = &headers_->vectors[ready];
    header.msg_iovlen = 1;
  }
  if (ready == 0) {
    // No buffer: take one datagram off the socket all the same, or it would stay readable for ever.
    uint8_t byte;
    if (::recv(fd_, &byte, 1, MSG_DONTWAIT) >= 0) {
      result.noBuffer = 1;
      result.more = true;
    }
    return result;
  }
  const int count = ::recvmmsg(fd_, headers_->messages.data(), static_cast<unsigned>(ready), MSG_DONTWAIT, nullptr);
  if (count < 0) {
    // An ICMP error of an earlier packet (ECONNREFUSED) is reported here once; what follows it is still to be read.
    result.more = errno != EAGAIN && errno != EWOULDBLOCK && errno != EBADF;
    return result;
  }
  for (int i = 0; i < count; ++i) {
    const mmsghdr& message = headers_->messages[static_cast<size_t>(i)];
    Datagram& datagram = out[static_cast<size_t>(i)];
    if ((message.msg_hdr.msg_flags & MSG_TRUNC) || !datagram.packet.resize(message.msg_len)) {
      ++result.tooLong;
      continue;
    }
    datagram.remote = fromSockaddr(headers_->addresses[static_cast<size_t>(i)]);
    // Keep the good ones together at the front.
    if (result.packets != static_cast<size_t>(i)) std::swap(out[result.packets], datagram);
    ++result.packets;
  }
  result.more = static_cast<size_t>(count) == ready;
  return result;
}

UdpSocket::Sent UdpSocket::send(std::span<const Datagram> datagrams) {
  Sent result;
  const size_t limit = std::min(datagrams.size(), kBatch);
  for (size_t i = 0; i < limit; ++i) {
    const Datagram& datagram = datagrams[i];
    const ByteView bytes = datagram.packet.view();
    headers_->vectors[i] = {const_cast<uint8_t*>(bytes.data()), bytes.size()};  // the kernel only reads it
    msghdr& header = headers_->messages[i].msg_hdr;
    header = {};
    header.msg_namelen = toSockaddr(datagram.remote, headers_->addresses[i]);
    header.msg_name = &headers_->addresses[i];
    header.msg_iov = &headers_->vectors[i];
    header.msg_iovlen = 1;
  }
  while (result.consumed() < limit) {
    const size_t from = result.consumed();
    const int count =
        ::sendmmsg(fd_, headers_->messages.data() + from, static_cast<unsigned>(limit - from), MSG_DONTWAIT);
    if (count > 0) {
      result.packets += static_cast<size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
      result.blocked = true;
      break;
    } else if (errno != EINTR) {
      ++result.errors;  // this one's own (EMSGSIZE, ENETUNREACH), or an ICMP error of an earlier one
    }
  }
  return result;
}

}  // namespace tincan::net
