#include "net/asio_runtime.h"

#include <utility>

#include "net/fd_watcher.h"
#include "net/loop_impl.h"
#include "net/soon.h"
#include "net/stream.h"
#include "net/timer.h"

namespace tincan::inline v0::net {
namespace {

class AsioTimer final : public Runtime::Timer {
 public:
  explicit AsioTimer(Loop& loop) : timer_(loop) {}
  void start(TimePoint deadline, std::function<void()> function) override {
    timer_.start(deadline, std::move(function));
  }
  void cancel() override { timer_.cancel(); }
  bool running() const override { return timer_.running(); }

 private:
  net::Timer timer_;
};

class AsioWatcher final : public Runtime::Watcher {
 public:
  AsioWatcher(Loop& loop, int fd, std::function<void()> onReadable, std::function<void()> onWritable)
      : watcher_(loop, fd, std::move(onReadable), std::move(onWritable)) {}
  void watchWritable() override { watcher_.watchWritable(); }

 private:
  FdWatcher watcher_;
};

class AsioSoon final : public Runtime::Soon {
 public:
  AsioSoon(Loop& loop, std::function<void()> function) : soon_(loop, std::move(function)) {}
  void ask() override { soon_.ask(); }

 private:
  net::Soon soon_;
};

}  // namespace

Runtime& runtimeOf(Loop& loop) {
  return *loop.impl().runtime;
}

UdpSocket::Inbox& AsioRuntime::inbox() {
  return loop_.impl().inbox;
}
const std::shared_ptr<UdpSocket::Outbox>& AsioRuntime::outbox() const {
  return loop_.impl().outbox;
}
std::unique_ptr<Runtime::Timer> AsioRuntime::timer() {
  return std::make_unique<AsioTimer>(loop_);
}
// A Loop runs until it is stopped: nothing keeps it alive.
std::unique_ptr<Runtime::Watcher> AsioRuntime::watch(int fd, KeepsAlive, std::function<void()> onReadable,
                                                     std::function<void()> onWritable) {
  return std::make_unique<AsioWatcher>(loop_, fd, std::move(onReadable), std::move(onWritable));
}
std::unique_ptr<Runtime::Soon> AsioRuntime::soon(std::function<void()> function) {
  return std::make_unique<AsioSoon>(loop_, std::move(function));
}
std::unique_ptr<ByteStream> AsioRuntime::connect(const OpenStream& request, const std::string& extraCertificates,
                                                 ByteStream::Callbacks callbacks) {
  return std::make_unique<Stream>(loop_, request, extraCertificates, std::move(callbacks));
}
std::unique_ptr<ByteStream> AsioRuntime::adopt(int fd, const Route& route, ByteStream::Callbacks callbacks) {
  return std::make_unique<Stream>(loop_, fd, route, std::move(callbacks));
}
void AsioRuntime::resolve(const std::string& host, Resolved resolved) {
  if (!resolver_) resolver_.emplace(loop_);
  resolver_->resolve(host, std::move(resolved));
}

}  // namespace tincan::inline v0::net
