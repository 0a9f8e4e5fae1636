#include "net/sockaddr.h"

#include <cstring>

namespace tincan::inline v0::net {

socklen_t toSockaddr(const SocketAddress& address, sockaddr_storage& out) {
  const ByteView bytes = address.ip.bytes();
  if (address.ip.isV4()) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(address.port);
    std::memcpy(&v4.sin_addr, bytes.data(), bytes.size());
    std::memcpy(&out, &v4, sizeof v4);
    return sizeof v4;
  }
  if (address.ip.isV6()) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(address.port);
    std::memcpy(&v6.sin6_addr, bytes.data(), bytes.size());
    std::memcpy(&out, &v6, sizeof v6);
    return sizeof v6;
  }
  return 0;
}

SocketAddress fromSockaddr(const sockaddr_storage& address) {
  uint8_t bytes[16];
  if (address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &address, sizeof v4);
    std::memcpy(bytes, &v4.sin_addr, 4);
    return {IpAddress::v4(ByteView(bytes, 4)), ntohs(v4.sin_port)};
  }
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, &address, sizeof v6);
    std::memcpy(bytes, &v6.sin6_addr, 16);
    return {IpAddress::v6(ByteView(bytes, 16)), ntohs(v6.sin6_port)};
  }
  return {};
}

}  // namespace tincan::inline v0::net
