#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/packet_buffer.h"
#include "base/time.h"
#include "net/spare_queues.h"
#include "net/udp_socket.h"

namespace tincan::inline v0::net {

class InterfaceWatch;

/// One TCP or TLS connection, made or taken, as an endpoint sees it: bytes in and out as packet buffers, no framing.
/// Callbacks run on the loop, never inside a call of this class; they may destroy the stream, and none comes after that.
class ByteStream {
 public:
  struct Callbacks {
    std::function<void(Result<Route>)> opened;  ///< once, unless destroyed before; not of a connection that was taken
    std::function<void(PacketBuffer)> received;
    std::function<void()> closed;  ///< after a good `opened`, when the far end or an error closed it
  };

  virtual ~ByteStream() = default;
  /// Queues bytes; false when the queue is full or the stream is not open.
  virtual bool send(PacketBuffer packet) = 0;
  virtual const Route& route() const = 0;
  virtual bool isOpen() const = 0;
};

/// What a driver needs of an event loop, and all in which one loop differs from another: Asio's (net/asio_runtime.h) and
/// libuv's, where the loop is Node's (node/uv_driver/uv_handles.h). One thread's; outlives what it makes.
class Runtime {
 public:
  /// Calls back once at a deadline. Starting it again moves the deadline; the function may restart or destroy it.
  class Timer {
   public:
    virtual ~Timer() = default;
    virtual void start(TimePoint deadline, std::function<void()> function) = 0;
    virtual void cancel() = 0;
    virtual bool running() const = 0;
  };
  /// Calls back when a descriptor is readable and, after each watchWritable(), once when it is writable. Does not own the
  /// descriptor: destroy the watcher first, then close. May be destroyed in its callbacks.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual void watchWritable() = 0;
  };
  /// A function that runs once on the loop, behind what is queued there already, however often it is asked for until then.
  class Soon {
   public:
    virtual ~Soon() = default;
    virtual void ask() = 0;
  };
  /// Whether a loop that runs as long as there is something to wait for waits for this, too.
  enum class KeepsAlive : uint8_t { kNo, kYes };
  using Resolved = std::function<void(Result<std::vector<IpAddress>>)>;

  virtual ~Runtime() = default;

  /// The monotonic clock.
  virtual TimePoint now() const = 0;
  virtual PacketPool& pool() = 0;
  /// For the socket that is being read; one handler runs at a time.
  virtual UdpSocket::Inbox& inbox() = 0;
  virtual const std::shared_ptr<UdpSocket::Outbox>& outbox() const = 0;

  virtual std::unique_ptr<Timer> timer() = 0;
  virtual std::unique_ptr<Watcher> watch(int fd, KeepsAlive keeps, std::function<void()> onReadable,
                                         std::function<void()> onWritable = {}) = 0;
  virtual std::unique_ptr<Soon> soon(std::function<void()> function) = 0;
  /// Starts to connect. `extraCertificates`: PEM, trusted beside the system's.
  virtual std::unique_ptr<ByteStream> connect(const OpenStream& request, const std::string& extraCertificates,
                                              ByteStream::Callbacks callbacks) = 0;
  /// A TCP connection that was taken: `fd` is the stream's from now on.
  virtual std::unique_ptr<ByteStream> adopt(int fd, const Route& route, ByteStream::Callbacks callbacks) = 0;
  /// A name's addresses, each once, in the system's order; a literal address is its own answer. Answers later, and also
  /// when whoever asked has gone: `resolved` holds it weakly.
  virtual void resolve(const std::string& host, Resolved resolved) = 0;

  /// Of all ports here.
  SpareQueues spareQueues;
  /// The one that the drivers here share, while any of them watches (net/interface_watch.h).
  std::weak_ptr<InterfaceWatch> interfaceWatch;
};

}  // namespace tincan::inline v0::net
