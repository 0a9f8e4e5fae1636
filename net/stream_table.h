#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "net/runtime.h"
#include "net/tcp_listener.h"

namespace tincan::inline v0::net {

/// The TCP and TLS connections of one driver, those that it made and those that it took. Owned by the driver; its
/// callbacks may clear or destroy the table.
class StreamTable {
 public:
  /// Connections taken at once; those past it are closed as they come.
  static constexpr size_t kMaxAccepted = 64;
  enum class Sent : uint8_t { kTaken, kQueueFull, kUnroutable };

  struct Callbacks {
    std::function<bool(IoResult)> answer;  ///< false when nobody is there any more
    std::function<void(const Route&, PacketBuffer)> received;
  };

  StreamTable(Runtime& runtime, std::string extraCertificates, Callbacks callbacks);

  void open(const OpenStream& request);
  /// The address that was bound.
  Result<SocketAddress> listen(const SocketAddress& local);
  Sent send(Transmit transmit);
  void close(const Route& route);
  /// An address of this machine went: so did everything on it. False when the last answer was.
  bool closeAddress(const IpAddress& local);
  void clear();

 private:
  struct Entry {
    uint32_t key = 0;
    bool accepted = false;
    std::unique_ptr<ByteStream> stream;
  };

  ByteStream::Callbacks callbacksFor(uint32_t key, std::optional<uint32_t> opening);
  void accept(int fd, const Route& route);
  ByteStream* find(uint32_t key);
  void drop(uint32_t key);

  Runtime& runtime_;
  const std::string extraCertificates_;
  const Callbacks callbacks_;
  std::vector<Entry> streams_;
  std::vector<std::unique_ptr<TcpListener>> listeners_;
  uint32_t lastKey_ = 0;
};

}  // namespace tincan::inline v0::net
