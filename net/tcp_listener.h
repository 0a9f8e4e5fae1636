#pragma once

#include <functional>
#include <memory>

#include "base/address.h"
#include "base/result.h"
#include "net/runtime.h"

namespace tincan::inline v0::net {

/// A TCP socket that waits for connections on one address. Calls back on the loop for each, with its descriptor, which
/// is the callback's from then on. What the kernel holds half open is bounded by its backlog.
class TcpListener {
 public:
  using Accepted = std::function<void(int fd, const Route& route)>;
  static constexpr int kBacklog = 16;

  /// Port 0: any. IPv6 sockets carry IPv6 only.
  static Result<std::unique_ptr<TcpListener>> open(Runtime& runtime, const SocketAddress& local, Accepted accepted);
  ~TcpListener();
  TcpListener(const TcpListener&) = delete;
  TcpListener& operator=(const TcpListener&) = delete;

  const SocketAddress& local() const { return local_; }

 private:
  TcpListener(int fd, const SocketAddress& local, Accepted accepted);
  void accept();

  int fd_;
  SocketAddress local_;
  Accepted accepted_;
  std::unique_ptr<Runtime::Watcher> watcher_;  // goes before the socket does
};

}  // namespace tincan::inline v0::net
