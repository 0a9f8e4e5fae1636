#pragma once

// For .cc files only, as net/loop_impl.h is.

#include <optional>

#include "net/loop.h"
#include "net/resolver.h"
#include "net/runtime.h"

namespace tincan::inline v0::net {

/// A Loop as drivers see it. Each Loop has one: runtimeOf().
class AsioRuntime final : public Runtime {
 public:
  explicit AsioRuntime(Loop& loop) : loop_(loop) {}

  TimePoint now() const override { return loop_.now(); }
  PacketPool& pool() override { return loop_.pool(); }
  UdpSocket::Inbox& inbox() override;
  const std::shared_ptr<UdpSocket::Outbox>& outbox() const override;
  std::unique_ptr<Timer> timer() override;
  std::unique_ptr<Watcher> watch(int fd, KeepsAlive keeps, std::function<void()> onReadable,
                                 std::function<void()> onWritable) override;
  std::unique_ptr<Soon> soon(std::function<void()> function) override;
  std::unique_ptr<ByteStream> connect(const OpenStream& request, const std::string& extraCertificates,
                                      ByteStream::Callbacks callbacks) override;
  std::unique_ptr<ByteStream> adopt(int fd, const Route& route, ByteStream::Callbacks callbacks) override;
  void resolve(const std::string& host, Resolved resolved) override;

 private:
  Loop& loop_;
  std::optional<Resolver> resolver_;  // a program that resolves nothing has none
};

Runtime& runtimeOf(Loop& loop);

}  // namespace tincan::inline v0::net
