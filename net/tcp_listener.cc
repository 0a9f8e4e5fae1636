#include "net/tcp_listener.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "net/sockaddr.h"

namespace tincan::inline v0::net {
namespace {

constexpr int kAcceptsPerTurn = 16;

Error listenError(const SocketAddress& local) {
  return {ErrorCode::kIo, "TCP " + local.toString() + " cannot be listened on: " + std::strerror(errno)};
}

}  // namespace

TcpListener::TcpListener(int fd, const SocketAddress& local, Accepted accepted)
    : fd_(fd), local_(local), accepted_(std::move(accepted)) {}

TcpListener::~TcpListener() {
  watcher_.reset();
  ::close(fd_);
}

Result<std::unique_ptr<TcpListener>> TcpListener::open(Runtime& runtime, const SocketAddress& local,
                                                       Accepted accepted) {
  sockaddr_storage address{};
  const socklen_t size = toSockaddr(local, address);
  if (size == 0) return Error(ErrorCode::kIo, "a TCP socket needs an IPv4 or IPv6 address to listen on");
  const int fd = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return listenError(local);
  std::unique_ptr<TcpListener> out(new TcpListener(fd, local, std::move(accepted)));
  const int on = 1;
  if (local.ip.isV6()) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  // Connections of before that linger in TIME_WAIT do not keep the port.
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  socklen_t bound = sizeof address;
  if (::bind(fd, generic(address), size) != 0 || ::listen(fd, kBacklog) != 0 ||
      ::getsockname(fd, generic(address), &bound) != 0) {
    return listenError(local);
  }
  out->local_ = fromSockaddr(address);
  out->watcher_ = runtime.watch(fd, Runtime::KeepsAlive::kYes, [listener = out.get()] { listener->accept(); });
  return out;
}

// The callback may destroy the listener only on the last round of it, which is why there is one connection a turn.
void TcpListener::accept() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    const int fd = ::accept4(fd_, generic(from), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (fd < 0) return;
    return accepted_(fd, {Protocol::kTcp, local_, fromSockaddr(from)});
  }
}

}  // namespace tincan::inline v0::net
