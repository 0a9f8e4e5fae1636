#include "net/mdns_socket.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>

#include "net/interfaces.h"
#include "net/sockaddr.h"

namespace tincan::inline v0::net {

namespace {

void set(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof value);
}

ip_mreqn membership(uint32_t interface) {
  ip_mreqn request{};
  const IpAddress group = MdnsSocket::group().ip;
  std::memcpy(&request.imr_multiaddr, group.bytes().data(), 4);
  request.imr_ifindex = static_cast<int>(interface);
  return request;
}

}  // namespace

Result<std::unique_ptr<MdnsSocket>> MdnsSocket::open() {
  auto all = listInterfaces();
  if (!all) return all.error();
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return Error(ErrorCode::kIo, std::string("mDNS: cannot open a socket: ") + std::strerror(errno));
  std::unique_ptr<MdnsSocket> socket(new MdnsSocket(fd, {}));
  // RFC 6762 §15.1: several responders on one machine share the port.
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
  set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
  set(fd, IPPROTO_IP, IP_MULTICAST_TTL, 255);  // RFC 6762 §11
  set(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
  sockaddr_storage address{};
  const socklen_t size = toSockaddr(local(), address);
  if (::bind(fd, generic(address), size) != 0) {
    return Error(ErrorCode::kIo, std::string("mDNS: cannot share UDP port 5353: ") + std::strerror(errno));
  }
  for (const InterfaceAddress& each : *all) {
    auto& known = socket->interfaces_;
    if (!each.address.isV4() || std::find(known.begin(), known.end(), each.index) != known.end()) continue;
    const ip_mreqn request = membership(each.index);
    if (::setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &request, sizeof request) == 0) known.push_back(each.index);
  }
  if (socket->interfaces_.empty()) return Error(ErrorCode::kIo, "mDNS: no interface takes part in multicast");
  return socket;
}

MdnsSocket::~MdnsSocket() {
  ::close(fd_);
}

size_t MdnsSocket::send(ByteView packet) {
  sockaddr_storage to{};
  const socklen_t size = toSockaddr(group(), to);
  size_t sent = 0;
  for (const uint32_t interface : interfaces_) {
    const ip_mreqn through = membership(interface);
    if (::setsockopt(fd_, IPPROTO_IP, IP_MULTICAST_IF, &through, sizeof through) != 0) continue;
    if (::sendto(fd_, packet.data(), packet.size(), MSG_DONTWAIT, generic(to), size) >= 0) ++sent;
  }
  return sent;
}

bool MdnsSocket::receive(PacketPool& pool, UdpSocket::Datagram& out) {
  for (;;) {
    if (!out.packet) out.packet = pool.allocate();
    uint8_t scratch;
    const MutableByteView room = out.packet ? out.packet.writable() : MutableByteView(&scratch, 1);
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const ssize_t got = ::recvfrom(fd_, room.data(), room.size(), MSG_DONTWAIT | MSG_TRUNC, generic(from), &size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (!out.packet || !out.packet.resize(static_cast<size_t>(got))) continue;
    out.remote = fromSockaddr(from);
    return true;
  }
}

}  // namespace tincan::inline v0::net
