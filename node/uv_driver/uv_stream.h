#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/endpoint.h"
#include "node/uv_driver/uv_handles.h"

struct ssl_st;
struct ssl_ctx_st;

namespace tincan::inline v0::node {

/// A net::ByteStream's works over libuv. TLS checks the certificate's chain against the system's authorities, and its name
/// against the host asked for (RFC 9525). Callbacks run on the loop, never inside a call of this class.
class UvStream : public std::enable_shared_from_this<UvStream> {
 public:
  static constexpr size_t kMaxQueuedPackets = 1024;
  static constexpr Duration kOpenTimeout = Duration::seconds(10);

  using Callbacks = net::ByteStream::Callbacks;

  static std::shared_ptr<UvStream> connect(UvLoop& loop, const OpenStream& request, Callbacks callbacks);
  /// A connection that was taken: `fd` is the stream's from now on, and `opened` is not called.
  static std::shared_ptr<UvStream> adopt(UvLoop& loop, int fd, const Route& route, Callbacks callbacks);
  ~UvStream();

  /// Queues bytes; false when the queue is full or the stream is not open.
  bool send(PacketBuffer packet);
  /// No callback comes any more. What the kernel takes at once of what is queued still leaves.
  void close();
  const Route& route() const { return route_; }
  bool isOpen() const { return phase_ == Phase::kOpen; }

 private:
  // kConnecting -> (kTls: kHandshaking ->) kOpen -> kClosed
  enum class Phase : uint8_t { kConnecting, kHandshaking, kOpen, kClosed };
  enum class Io : uint8_t { kDone, kAgain, kLost };

  UvStream(UvLoop& loop, const OpenStream& request, Callbacks callbacks);
  void begin();
  void watch();
  bool startTls();
  void readable();
  void writable();
  void finishConnect();
  void handshake();
  void opened();
  void failOpening(Error error);
  void read();
  void write();
  void lost();
  Io readInto(PacketBuffer& packet);
  Io writeFrom(PacketBuffer& packet);
  Io outcomeOf(int result);
  std::string where() const;

  UvLoop& loop_;
  const OpenStream request_;
  Callbacks callbacks_;
  Route route_;
  Phase phase_ = Phase::kConnecting;
  int fd_ = -1;
  ssl_st* ssl_ = nullptr;
  std::deque<PacketBuffer> queue_;
  std::optional<Error> early_;  // what stopped it before the loop could turn
  std::optional<UvPoll> poll_;
  std::optional<UvTimer> timer_;
};

}  // namespace tincan::inline v0::node
