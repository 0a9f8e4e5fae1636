#include <algorithm>
#include <netdb.h>
#include <utility>

#include "net/sockaddr.h"
#include "node/uv_driver/uv_handles.h"
#include "node/uv_driver/uv_stream.h"

// UvLoop as a net::Runtime: uv_handles.h's handles and streams behind its interfaces.
namespace tincan::inline v0::node {

namespace {

class LoopTimer final : public net::Runtime::Timer {
 public:
  explicit LoopTimer(UvLoop& loop) : timer_(loop, [this] { fire(); }) {}
  void start(TimePoint deadline, std::function<void()> function) override {
    function_ = std::move(function);
    if (deadline.isNever()) return timer_.cancel();
    timer_.start(deadline);
  }
  void cancel() override {
    function_ = {};
    timer_.cancel();
  }
  bool running() const override { return timer_.running(); }

 private:
  void fire() {
    if (const auto function = std::exchange(function_, {})) function();
  }

  std::function<void()> function_;
  UvTimer timer_;
};

class LoopWatcher final : public net::Runtime::Watcher {
 public:
  LoopWatcher(UvLoop& loop, int fd, std::function<void()> onReadable, std::function<void()> onWritable)
      : poll_(loop, fd, std::move(onReadable), std::move(onWritable)) {}
  void watchWritable() override { poll_.watchWritable(); }
  void unref() { poll_.unref(); }

 private:
  UvPoll poll_;
};

class LoopSoon final : public net::Runtime::Soon {
 public:
  LoopSoon(UvLoop& loop, std::function<void()> function) : soon_(loop, std::move(function)) {}
  void ask() override { soon_.ask(); }

 private:
  UvSoon soon_;
};

// A stream lives until its callback has returned, which may be after its owner let go of it.
class LoopStream final : public net::ByteStream {
 public:
  explicit LoopStream(std::shared_ptr<UvStream> stream) : stream_(std::move(stream)) {}
  ~LoopStream() override { stream_->close(); }
  bool send(PacketBuffer packet) override { return stream_->send(std::move(packet)); }
  const Route& route() const override { return stream_->route(); }
  bool isOpen() const override { return stream_->isOpen(); }

 private:
  std::shared_ptr<UvStream> stream_;
};

std::vector<IpAddress> addressesOf(const addrinfo* results) {
  std::vector<IpAddress> out;
  for (const addrinfo* each = results; each != nullptr; each = each->ai_next) {
    if (each->ai_addrlen > sizeof(sockaddr_storage)) continue;
    sockaddr_storage storage{};
    std::copy_n(static_cast<const char*>(static_cast<const void*>(each->ai_addr)), each->ai_addrlen,
                static_cast<char*>(static_cast<void*>(&storage)));
    const IpAddress address = net::fromSockaddr(storage).ip;
    if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(address);
  }
  return out;
}

struct Lookup {
  uv_getaddrinfo_t request{};
  UvLoop* loop = nullptr;
  std::string host;
  net::Runtime::Resolved resolved;
};

void answer(uv_getaddrinfo_t* request, int status, addrinfo* results) {
  const std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(request->data));
  auto addresses = addressesOf(results);
  uv_freeaddrinfo(results);
  if (status != 0) {
    lookup->resolved(Error(ErrorCode::kNetworkError, "cannot resolve " + lookup->host + ": " + uv_strerror(status)));
  } else {
    lookup->resolved(std::move(addresses));
  }
  lookup->loop->closed();
}

}  // namespace

std::unique_ptr<net::Runtime::Timer> UvLoop::timer() {
  return std::make_unique<LoopTimer>(*this);
}
std::unique_ptr<net::Runtime::Watcher> UvLoop::watch(int fd, KeepsAlive keeps, std::function<void()> onReadable,
                                                     std::function<void()> onWritable) {
  auto out = std::make_unique<LoopWatcher>(*this, fd, std::move(onReadable), std::move(onWritable));
  if (keeps == KeepsAlive::kNo) out->unref();
  return out;
}
std::unique_ptr<net::Runtime::Soon> UvLoop::soon(std::function<void()> function) {
  return std::make_unique<LoopSoon>(*this, std::move(function));
}
// Certificates of one's own have no word in JavaScript: there are none.
std::unique_ptr<net::ByteStream> UvLoop::connect(const OpenStream& request, const std::string&,
                                                 net::ByteStream::Callbacks callbacks) {
  return std::make_unique<LoopStream>(UvStream::connect(*this, request, std::move(callbacks)));
}
std::unique_ptr<net::ByteStream> UvLoop::adopt(int fd, const Route& route, net::ByteStream::Callbacks callbacks) {
  return std::make_unique<LoopStream>(UvStream::adopt(*this, fd, route, std::move(callbacks)));
}

void UvLoop::resolve(const std::string& host, Resolved resolved) {
  auto* lookup = new Lookup{{}, this, host, std::move(resolved)};
  lookup->request.data = lookup;
  opened();
  const int error = uv_getaddrinfo(loop_, &lookup->request, answer, lookup->host.c_str(), nullptr, nullptr);
  if (error != 0) answer(&lookup->request, error, nullptr);
}

}  // namespace tincan::inline v0::node
