#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/endpoint.h"
#include "net/loop.h"

namespace tincan::inline v0::net {

/// One TCP or TLS connection, made or taken, as an endpoint sees it: bytes in and out as packet buffers, no framing. TLS
/// checks the certificate's chain against the system's authorities and its name against the host asked for (RFC 9525).
/// Callbacks run on the loop, never inside a call of this class; they may destroy the stream.
class Stream {
 public:
  static constexpr size_t kMaxQueuedPackets = 1024;
  static constexpr Duration kOpenTimeout = Duration::seconds(10);
  static constexpr Duration kCloseTimeout = Duration::seconds(2);  ///< for what is queued when it is closed

  struct Callbacks {
    std::function<void(Result<Route>)> opened;  ///< once, unless closed before
    std::function<void(PacketBuffer)> received;
    std::function<void()> closed;  ///< after a good `opened`, when the far end or an error closed it
  };

  /// Starts to connect. `extraCertificates`: PEM, trusted beside the system's.
  Stream(Loop& loop, const OpenStream& request, const std::string& extraCertificates, Callbacks callbacks);
  /// A TCP connection that was taken: `fd` is the stream's from now on, and `opened` is not called.
  Stream(Loop& loop, int fd, const Route& route, Callbacks callbacks);
  /// Calls nothing back any more; bytes queued by then are still sent, for at most kCloseTimeout.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// Queues bytes; false when the queue is full or the stream is not open.
  bool send(PacketBuffer packet);
  const Route& route() const;
  bool isOpen() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace tincan::inline v0::net
