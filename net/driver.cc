#include "net/driver.h"

#include <algorithm>
#include <utility>

#include "net/interfaces.h"
#include "net/loop_impl.h"
#include "net/mdns_socket.h"
#include "net/os_random.h"
#include "net/resolver.h"
#include "net/stream.h"
#include "net/timer.h"
#include "net/udp_port.h"

namespace tincan::net {

namespace {

// Batches read off one socket before the others, and the endpoint's own output, get their turn.
constexpr int kBatchesPerTurn = 4;
// Rounds of one drain before the loop gets its turn; an endpoint that always has something to say starves nobody.
constexpr int kRoundsPerDrain = 64;

}  // namespace

// Held by the Driver and, for the length of each entry from the loop, by that entry: a user callback inside
// dispatchEvents may destroy the Driver, and `closed_` then keeps the entry off the endpoint and the sockets.
class Driver::Impl : public std::enable_shared_from_this<Driver::Impl> {
 public:
  Impl(Loop& loop, Endpoint& endpoint, DriverConfig config)
      : loop_(loop), endpoint_(endpoint), config_(std::move(config)), timer_(loop) {}

  void start() {
    endpoint_.setWake([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->wake();
    });
    wake();
  }

  void close() {
    closed_ = true;
    endpoint_.setWake({});
    timer_.cancel();
    closeSockets();
  }

  void wake() {
    if (closed_ || std::exchange(woken_, true)) return;
    loop_.post([weak = weak_from_this()] {
      auto self = weak.lock();
      if (!self) return;
      self->woken_ = false;
      self->drain();
    });
  }

  const DriverStats& stats() const { return stats_; }
  const std::optional<Error>& lastError() const { return lastError_; }

 private:
  // ---- Out: what the endpoint has to say ----

  void drain() {
    if (closed_) return;
    const auto self = shared_from_this();
    draining_ = true;
    bool quiet = false;
    for (int round = 0; round < kRoundsPerDrain && !quiet && !closed_; ++round) quiet = !drainOnce();
    draining_ = false;
    if (closed_) return;
    if (!quiet) wake();
    armTimer();
  }

  bool drainOnce() {
    bool any = false;
    const TimePoint at = now();
    Transmit transmit;
    while (!closed_ && endpoint_.pollTransmit(at, transmit)) {
      any = true;
      route(std::move(transmit));
    }
    if (closed_) return any;
    flush();
    IoRequest request;
    while (!closed_ && endpoint_.pollIoRequest(request)) {
      any = true;
      std::visit([this](auto& each) { handle(each); }, request);
    }
    if (closed_) return any;
    return endpoint_.dispatchEvents(now()) || any;
  }

  void route(Transmit transmit) {
    const Route& to = transmit.route;
    if (to.protocol != Protocol::kUdp) return routeToStream(std::move(transmit));
    if (to.remote.ip.isMulticast()) return sendMulticast(transmit);
    for (const auto& port : ports_) {
      if (port->local() != to.local) continue;
      port->send(to.remote, std::move(transmit.packet), transmit.ecn);
      return;
    }
    ++stats_.droppedUnroutable;
  }

  void routeToStream(Transmit transmit) {
    const size_t size = transmit.packet.size();
    for (const auto& [id, stream] : streams_) {
      if (!stream->isOpen() || stream->route() != transmit.route) continue;
      if (stream->send(std::move(transmit.packet))) {
        ++stats_.packetsSent;
        stats_.bytesSent += size;
      } else {
        ++stats_.droppedQueueFull;
      }
      return;
    }
    ++stats_.droppedUnroutable;
  }

  void sendMulticast(const Transmit& transmit) {
    if (transmit.route.remote != MdnsSocket::group() || !openMdns()) {
      ++stats_.droppedUnroutable;
      return;
    }
    ++stats_.sendCalls;
    if (mdns_->send(transmit.packet.view()) == 0) {
      ++stats_.sendErrors;
      return;
    }
    ++stats_.packetsSent;
    stats_.bytesSent += transmit.packet.size();
  }

  void flush() {
    for (const auto& port : ports_) port->flush();
  }

  // ---- In ----

  void readUdp(UdpPort* port) {
    const auto self = shared_from_this();
    for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
      UdpSocket::Inbox& inbox = loop_.impl().inbox;
      const UdpSocket::Received received = port->receive(loop_.pool(), inbox);
      for (UdpSocket::Datagram& each : inbox.packets()) {
        const Route from{Protocol::kUdp, port->local(), each.remote};
        endpoint_.receive(arrival(each), from, std::move(each.packet));
        if (closed_) return;
      }
      if (!received.more) break;
    }
    drain();
  }

  TimePoint now() { return seen_ = std::max(seen_, loop_.now()); }

  // When the kernel got the packet, which is what jitter and bandwidth are estimated from; but time never runs back for
  // the endpoint.
  TimePoint arrival(const UdpSocket::Datagram& datagram) {
    const TimePoint latest = loop_.now();
    seen_ = std::max(seen_, std::min(datagram.arrived, latest));
    return seen_;
  }

  void readMdns() {
    const auto self = shared_from_this();
    UdpSocket::Datagram datagram;
    for (size_t i = 0; i < UdpSocket::kBatch && mdns_->receive(loop_.pool(), datagram); ++i) {
      ++stats_.receiveCalls;
      ++stats_.packetsReceived;
      stats_.bytesReceived += datagram.packet.size();
      const Route from{Protocol::kUdp, MdnsSocket::local(), datagram.remote};
      endpoint_.receive(now(), from, std::move(datagram.packet));
      if (closed_) return;
    }
    drain();
  }

  void answer(IoResult result) {
    if (closed_) return;
    const auto self = shared_from_this();
    endpoint_.handleIoResult(now(), std::move(result));
    if (!draining_) drain();
  }

  // ---- Time ----

  // One timer, moved only to an earlier deadline; firing too early costs less than a system call for every packet.
  void armTimer() {
    const TimePoint deadline = endpoint_.nextTimeout();
    if (deadline.isNever() || (timer_.running() && armed_ <= deadline)) return;
    armed_ = deadline;
    timer_.start(deadline, [this] {
      const auto self = shared_from_this();
      const TimePoint at = now();
      if (endpoint_.nextTimeout() <= at) endpoint_.handleTimeout(at);
      drain();
    });
  }

  // ---- What the endpoint asks for ----

  void handle(const OpenUdp& request) {
    UdpOpened opened{request.id, {}};
    for (const IpAddress& address : addressesFor(request)) {
      auto socket = bind({address, request.local.port});
      if (!socket) {
        lastError_ = socket.error();
        continue;
      }
      auto port = std::make_unique<UdpPort>(loop_, std::move(socket).value(), config_.sendQueue, stats_,
                                            [this](UdpPort& readable) { readUdp(&readable); });
      opened.locals.push_back(port->local());
      ports_.push_back(std::move(port));
    }
    answer(std::move(opened));
  }

  std::vector<IpAddress> addressesFor(const OpenUdp& request) {
    if (request.local.ip.isSpecified()) return {request.local.ip};
    auto all = listInterfaces();
    if (!all) {
      lastError_ = all.error();
      return {};
    }
    std::vector<IpAddress> out;
    for (const auto& each : usable(*all, {config_.includeLoopback, config_.ipv6, config_.interfaces})) {
      out.push_back(each.address);
    }
    if (out.empty()) lastError_ = Error(ErrorCode::kIo, "no network interface is up: a call needs at least loopback");
    return out;
  }

  Result<std::unique_ptr<UdpSocket>> bind(const SocketAddress& local) {
    const UdpSocket::Options options{.segmentation = config_.segmentation};
    if (local.port != 0 || !config_.ports) return UdpSocket::open(local, options);
    const uint32_t size =
        config_.ports->last >= config_.ports->first ? config_.ports->last - config_.ports->first + 1u : 1u;
    const auto start = static_cast<uint32_t>(OsRandom().below(size));
    for (uint32_t i = 0; i < size; ++i) {
      const auto port = static_cast<uint16_t>(config_.ports->first + (start + i) % size);
      auto socket = UdpSocket::open({local.ip, port}, options);
      if (socket || i + 1 == size) return socket;
    }
    return UdpSocket::open(local, options);
  }

  void handle(const ResolveHost& request) {
    if (!resolver_) resolver_ = std::make_unique<Resolver>(loop_);
    resolver_->resolve(request.host, [this, id = request.id](Result<std::vector<IpAddress>> addresses) {
      answer(HostResolved{id, std::move(addresses)});
    });
  }

  void handle(const OpenStream& request) {
    const uint32_t key = ++lastStream_;
    Stream::Callbacks callbacks;
    callbacks.opened = [this, key, id = request.id](Result<Route> route) {
      if (!route) dropStream(key);
      answer(StreamOpened{id, std::move(route)});
    };
    callbacks.received = [this, key](PacketBuffer packet) { readStream(key, std::move(packet)); };
    callbacks.closed = [this, key] {
      const Route route = streamAt(key)->second->route();
      dropStream(key);
      answer(StreamClosed{route});
    };
    streams_.emplace_back(key,
                          std::make_unique<Stream>(loop_, request, config_.extraCertificates, std::move(callbacks)));
  }

  void handle(const ListenTcp& request) { answer(TcpListening{request.id, {}}); }

  void handle(const CloseStream& request) {
    std::erase_if(streams_, [&request](const auto& each) {
      return each.second->isOpen() && each.second->route() == request.route;
    });
  }

  void handle(const CloseSockets&) { closeSockets(); }

  using Streams = std::vector<std::pair<uint32_t, std::unique_ptr<Stream>>>;

  Streams::iterator streamAt(uint32_t key) {
    return std::find_if(streams_.begin(), streams_.end(), [key](const auto& each) { return each.first == key; });
  }

  void dropStream(uint32_t key) { streams_.erase(streamAt(key)); }

  void readStream(uint32_t key, PacketBuffer packet) {
    const auto self = shared_from_this();
    ++stats_.packetsReceived;
    stats_.bytesReceived += packet.size();
    endpoint_.receive(now(), streamAt(key)->second->route(), std::move(packet));
    drain();
  }

  bool openMdns() {
    if (mdns_) return true;
    auto socket = MdnsSocket::open();
    if (!socket) {
      lastError_ = socket.error();
      return false;
    }
    mdns_ = std::move(socket).value();
    mdnsWatcher_ = std::make_unique<FdWatcher>(loop_, mdns_->fd(), [this] { readMdns(); });
    return true;
  }

  void closeSockets() {
    ports_.clear();
    streams_.clear();
    mdnsWatcher_.reset();
    mdns_.reset();
    resolver_.reset();
  }

  Loop& loop_;
  Endpoint& endpoint_;
  const DriverConfig config_;
  DriverStats stats_;
  std::optional<Error> lastError_;
  Timer timer_;
  TimePoint armed_;
  std::vector<std::unique_ptr<UdpPort>> ports_;
  Streams streams_;
  uint32_t lastStream_ = 0;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<MdnsSocket> mdns_;
  std::unique_ptr<FdWatcher> mdnsWatcher_;
  TimePoint seen_;  // the latest time that the endpoint was told
  bool woken_ = false;
  bool draining_ = false;
  bool closed_ = false;
};

Driver::Driver(Loop& loop, Endpoint& endpoint, DriverConfig config)
    : impl_(std::make_shared<Impl>(loop, endpoint, std::move(config))) {
  impl_->start();
}

Driver::~Driver() {
  impl_->close();
}
void Driver::wake() {
  impl_->wake();
}
const DriverStats& Driver::stats() const {
  return impl_->stats();
}
const std::optional<Error>& Driver::lastError() const {
  return impl_->lastError();
}

}  // namespace tincan::net
