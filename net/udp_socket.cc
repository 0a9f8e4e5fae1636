#include "net/udp_socket.h"

#include <cerrno>
#include <cstring>
#include <linux/net_tstamp.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/sockaddr.h"
#include "net/udp_outbox.h"

namespace tincan::inline v0::net {

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

bool set(int fd, int level, int option, int value) {
  return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
}

}  // namespace

UdpSocket::UdpSocket(int fd, SocketAddress local) : fd_(fd), local_(local) {}

UdpSocket::~UdpSocket() {
  ::close(fd_);
}

Result<std::unique_ptr<UdpSocket>> UdpSocket::open(const SocketAddress& local, Options options) {
  sockaddr_storage address{};
  const socklen_t size = toSockaddr(local, address);
  if (size == 0) return Error(ErrorCode::kIo, "a UDP socket needs an IPv4 or IPv6 address to bind to");
  const int fd = ::socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return openError(local);
  std::unique_ptr<UdpSocket> socket(new UdpSocket(fd, local));
  if (options.reusePort && !set(fd, SOL_SOCKET, SO_REUSEPORT, 1)) return openError(local);
  socket->setOptions(options);
  if (::bind(fd, generic(address), size) != 0) return openError(local);
  socklen_t bound = sizeof address;
  if (::getsockname(fd, generic(address), &bound) != 0) return openError(local);
  socket->local_ = fromSockaddr(address);
  return socket;
}

Result<void> UdpSocket::connect(const SocketAddress& remote) {
  sockaddr_storage address{};
  const socklen_t size = toSockaddr(remote, address);
  if (size != 0 && ::connect(fd_, generic(address), size) == 0) return {};
  return Error(ErrorCode::kIo, "UDP " + local_.toString() + " cannot be connected to " + remote.toString());
}

// What a kernel does not have it refuses here, and the socket goes on without.
void UdpSocket::setOptions(const Options& options) {
  const bool v6 = local_.ip.isV6();
  if (v6) set(fd_, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  set(fd_, SOL_SOCKET, SO_RCVBUF, kKernelBuffer);
  set(fd_, SOL_SOCKET, SO_SNDBUF, kKernelBuffer);
  set(fd_, SOL_SOCKET, SO_TIMESTAMPNS, 1);
  if (v6) {
    set(fd_, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  } else {
    set(fd_, IPPROTO_IP, IP_RECVTOS, 1);
  }
  if (options.segmentation) {
    gso_ = set(fd_, SOL_UDP, UDP_SEGMENT, 0);  // 0: not by default, only where a message asks for it
    gro_ = set(fd_, SOL_UDP, UDP_GRO, 1);
  }
  if (options.sendTimestamps) {
    set(fd_, SOL_SOCKET, SO_TIMESTAMPING,
        SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID |
            SOF_TIMESTAMPING_OPT_TSONLY);
  }
}

}  // namespace tincan::inline v0::net
