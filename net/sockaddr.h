#pragma once

// For .cc files only: addresses as the kernel wants them.

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/address.h"

namespace tincan::inline v0::net {

/// Fills `out`; the size to hand to the kernel, 0 when the address is unspecified.
socklen_t toSockaddr(const SocketAddress& address, sockaddr_storage& out);
SocketAddress fromSockaddr(const sockaddr_storage& address);

/// What the socket calls take.
inline sockaddr* generic(sockaddr_storage& storage) {
  return static_cast<sockaddr*>(static_cast<void*>(&storage));
}
inline const sockaddr* generic(const sockaddr_storage& storage) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
}

}  // namespace tincan::inline v0::net
