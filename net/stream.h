#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/endpoint.h"
#include "net/loop.h"
#include "net/runtime.h"

namespace tincan::inline v0::net {

/// A ByteStream on Boost.Asio. TLS checks the certificate's chain against the system's authorities and its name against the
/// host asked for (RFC 9525).
class Stream final : public ByteStream {
 public:
  static constexpr size_t kMaxQueuedPackets = 1024;
  static constexpr Duration kOpenTimeout = Duration::seconds(10);
  static constexpr Duration kCloseTimeout = Duration::seconds(2);  ///< for what is queued when it is closed

  /// Starts to connect. `extraCertificates`: PEM, trusted beside the system's.
  Stream(Loop& loop, const OpenStream& request, const std::string& extraCertificates, Callbacks callbacks);
  /// A TCP connection that was taken: `fd` is the stream's from now on, and `opened` is not called.
  Stream(Loop& loop, int fd, const Route& route, Callbacks callbacks);
  /// Calls nothing back any more; bytes queued by then are still sent, for at most kCloseTimeout.
  ~Stream() override;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool send(PacketBuffer packet) override;
  const Route& route() const override;
  bool isOpen() const override;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace tincan::inline v0::net
