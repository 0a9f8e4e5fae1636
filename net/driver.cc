#include "net/driver.h"

#include <algorithm>
#include <utility>

#include "net/interface_watch.h"
#include "net/interfaces.h"
#include "net/loop_impl.h"
#include "net/mdns_socket.h"
#include "net/os_random.h"
#include "net/resolver.h"
#include "net/shared_udp_port.h"
#include "net/soon.h"
#include "net/stream_table.h"
#include "net/timer.h"
#include "net/udp_port.h"

namespace tincan::inline v0::net {

namespace {

// Batches read off one socket before the others, and the endpoint's own output, get their turn.
constexpr int kBatchesPerTurn = 4;
// Rounds of one drain before the loop gets its turn; an endpoint that always has something to say starves nobody.
constexpr int kRoundsPerDrain = 64;
// Packets of an endpoint's goodbye: a connection has what its queues hold, and what never ends must not hold the loop.
constexpr int kMostGoodbyes = 4096;

}  // namespace

// Held by the Driver and, for the length of each entry from the loop, by that entry: a user callback inside
// dispatchEvents may destroy the Driver, and `closed_` then keeps the entry off the endpoint and the sockets.
class Driver::Impl : public std::enable_shared_from_this<Driver::Impl>, private SharedUdpPort::User {
 public:
  Impl(Loop& loop, Endpoint& endpoint, DriverConfig config)
      : loop_(loop),
        endpoint_(endpoint),
        config_(std::move(config)),
        timer_(loop),
        streams_(loop, config_.extraCertificates,
                 {[this](IoResult result) { answer(std::move(result)); },
                  [this](const Route& route, PacketBuffer packet) { readStream(route, std::move(packet)); }}) {}

  void start() {
    endpoint_.setWake([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->wake();
    });
    endpoint_.setParting([weak = weak_from_this()] {
      if (auto self = weak.lock()) self->close();
    });
    wake();
  }

  void close() {
    if (std::exchange(closed_, true)) return;  // the endpoint went first
    endpoint_.setWake({});
    endpoint_.setParting({});
    sayGoodbye();
    timer_.cancel();
    closeSockets();
  }

  void wake() {
    if (!closed_) waking_.ask();
  }

  const DriverStats& stats() const { return stats_; }
  const std::optional<Error>& lastError() const { return lastError_; }

 private:
  // ---- Out: what the endpoint has to say ----

  // The loop may never turn again, so nothing waits for it.
  void sayGoodbye() {
    const TimePoint at = now();
    endpoint_.leave(at);
    Transmit transmit;
    for (int i = 0; i < kMostGoodbyes && endpoint_.pollTransmit(at, transmit); ++i) route(std::move(transmit));
    for (const auto& port : ports_) port->flush();
    if (sharing_) config_.sharedPort->flush();
  }

  void drain() {
    if (closed_) return;
    const auto self = shared_from_this();
    draining_ = true;
    bool quiet = false;
    for (int round = 0; round < kRoundsPerDrain && !quiet && !closed_; ++round) quiet = !drainOnce();
    draining_ = false;
    if (closed_) return;
    if (sharing_) config_.sharedPort->name(*sharing_, endpoint_.ufrags());
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
    if (sharing_ && config_.sharedPort->has(to.local)) {
      ++stats_.packetsSent;
      stats_.bytesSent += transmit.packet.size();
      return config_.sharedPort->send(*sharing_, std::move(transmit));
    }
    for (const auto& port : ports_) {
      if (port->local() != to.local) continue;
      port->send(to.remote, std::move(transmit.packet), transmit.ecn);
      return;
    }
    ++stats_.droppedUnroutable;
  }

  void routeToStream(Transmit transmit) {
    const size_t size = transmit.packet.size();
    switch (streams_.send(std::move(transmit))) {
      case StreamTable::Sent::kTaken:
        ++stats_.packetsSent;
        stats_.bytesSent += size;
        break;
      case StreamTable::Sent::kQueueFull: ++stats_.droppedQueueFull; break;
      case StreamTable::Sent::kUnroutable: ++stats_.droppedUnroutable; break;
    }
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
    if (sharing_) config_.sharedPort->flushSoon();
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
        each.packet.setEcn(each.ecn);
        endpoint_.receive(arrival(each), from, std::move(each.packet));
        if (closed_) return;
      }
      if (!received.more) break;
    }
    drain();
  }

  void receiveShared(const Route& route, UdpSocket::Datagram datagram) override {
    ++stats_.packetsReceived;
    stats_.bytesReceived += datagram.packet.size();
    datagram.packet.setEcn(datagram.ecn);
    endpoint_.receive(arrival(datagram), route, std::move(datagram.packet));
  }

  void sharedBatchDone() override { drain(); }

  TimePoint now() { return seen_ = std::max(seen_, loop_.now()); }

  // When the kernel got the packet, which is what jitter and bandwidth are estimated from; but time never runs back for
  // the endpoint.
  TimePoint arrival(const UdpSocket::Datagram& datagram) {
    if (datagram.arrived.isNever()) return now();
    return seen_ = std::max(seen_, datagram.arrived);
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

  /// What `open` makes of a port in the range, tried from a random place on, where the endpoint asks for any.
  template <class Open>
  auto inPortRange(const SocketAddress& local, const Open& open) {
    if (local.port != 0 || !config_.ports) return open(local);
    const uint32_t size =
        config_.ports->last >= config_.ports->first ? config_.ports->last - config_.ports->first + 1u : 1u;
    const auto start = static_cast<uint32_t>(OsRandom().below(size));
    for (uint32_t i = 0;; ++i) {
      auto opened = open({local.ip, static_cast<uint16_t>(config_.ports->first + (start + i) % size)});
      if (opened || i + 1 == size) return opened;
    }
  }

  void handle(const OpenUdp& request) {
    if (config_.sharedPort && !request.local.ip.isSpecified() && request.local.port == 0) {
      if (!sharing_) sharing_ = config_.sharedPort->attach(*this);
      return answer(UdpOpened{request.id, config_.sharedPort->locals()});
    }
    udpRequests_.push_back(request);
    UdpOpened opened{request.id, {}};
    for (const IpAddress& address : addressesFor(request.local)) bind(request, address, opened);
    watchInterfaces(request.local);
    answer(std::move(opened));
  }

  void noSocket(Error error) {
    config_.log.write(LogLevel::kInfo, "net", [&] { return error.message(); });
    lastError_ = std::move(error);
  }

  void bind(const OpenUdp& request, const IpAddress& address, UdpOpened& out) {
    const UdpSocket::Options options{.segmentation = config_.segmentation};
    auto socket = inPortRange({address, request.local.port},
                              [&](const SocketAddress& at) { return UdpSocket::open(at, options); });
    if (!socket) return noSocket(socket.error());
    auto port = std::make_unique<UdpPort>(loop_, std::move(socket).value(), config_.sendQueue, stats_,
                                          [this](UdpPort& readable) { readUdp(&readable); });
    out.locals.push_back(port->local());
    config_.log.write(LogLevel::kDebug, "net", [&] { return "udp " + port->local().toString() + " is open"; });
    ports_.push_back(std::move(port));
  }

  std::vector<IpAddress> addressesFor(const SocketAddress& local) {
    if (local.ip.isSpecified()) return {local.ip};
    auto all = listInterfaces();
    if (!all) {
      noSocket(all.error());
      return {};
    }
    std::vector<IpAddress> out;
    for (const auto& each : usable(*all, {config_.includeLoopback, config_.ipv6, config_.interfaces})) {
      out.push_back(each.address);
    }
    if (out.empty()) noSocket(Error(ErrorCode::kIo, "no network interface is up: a call needs at least loopback"));
    return out;
  }

  // ---- Interfaces that come and go ----

  void watchInterfaces(const SocketAddress& local) {
    if (local.ip.isSpecified() || interfaces_ || !config_.watchInterfaces) return;
    auto watch = InterfaceWatch::of(loop_);
    if (!watch) return noSocket(watch.error());
    watch_ = *watch;
    interfaces_ = watch_->subscribe([this] { interfacesChanged(); });
  }

  void interfacesChanged() {
    if (closed_) return;
    const auto self = shared_from_this();
    const auto all = listInterfaces();
    if (!all) return;
    // Gone is only what no interface has any more: loopback, say, stays in use when others come.
    const auto isThere = [&](const IpAddress& address) {
      return std::any_of(all->begin(), all->end(),
                         [&](const InterfaceAddress& each) { return each.address == address; });
    };
    std::vector<IpAddress> gone;
    for (const auto& port : ports_) {
      const IpAddress& address = port->local().ip;
      if (!isThere(address) && std::find(gone.begin(), gone.end(), address) == gone.end()) gone.push_back(address);
    }
    for (const IpAddress& address : gone) closeAddress(address);
    for (const IpAddress& address : addressesFor({})) {
      if (closed_) return;
      if (!hasPortOn(address)) openAddress(address);
    }
  }

  bool hasPortOn(const IpAddress& address) const {
    return std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) { return port->local().ip == address; });
  }

  void closeAddress(const IpAddress& address) {
    UdpClosed closed;
    std::erase_if(ports_, [&](const auto& port) {
      if (port->local().ip != address) return false;
      closed.locals.push_back(port->local());
      return true;
    });
    if (!closed.locals.empty()) answer(std::move(closed));
    if (!closed_) streams_.closeAddress(address);
  }

  void openAddress(const IpAddress& address) {
    for (const OpenUdp& request : std::vector(udpRequests_)) {
      if (closed_ || request.local.ip.isSpecified()) continue;
      UdpOpened opened{request.id, {}};
      bind(request, address, opened);
      if (!opened.locals.empty()) answer(std::move(opened));
    }
    for (const ListenTcp& request : std::vector(listenRequests_)) {
      if (closed_ || request.local.ip.isSpecified()) continue;
      TcpListening listening{request.id, {}};
      listen(request, address, listening);
      if (!listening.locals.empty()) answer(std::move(listening));
    }
  }

  void handle(const ResolveHost& request) {
    if (!resolver_) resolver_ = std::make_unique<Resolver>(loop_);
    resolver_->resolve(request.host, [this, id = request.id](Result<std::vector<IpAddress>> addresses) {
      answer(HostResolved{id, std::move(addresses)});
    });
  }

  void handle(const OpenStream& request) { streams_.open(request); }

  void handle(const ListenTcp& request) {
    listenRequests_.push_back(request);
    TcpListening listening{request.id, {}};
    for (const IpAddress& address : addressesFor(request.local)) listen(request, address, listening);
    watchInterfaces(request.local);
    answer(std::move(listening));
  }

  void listen(const ListenTcp& request, const IpAddress& address, TcpListening& out) {
    auto local =
        inPortRange({address, request.local.port}, [this](const SocketAddress& at) { return streams_.listen(at); });
    if (local) {
      out.locals.push_back(*local);
    } else {
      noSocket(local.error());
    }
  }

  void handle(const CloseUdp& request) {
    std::erase_if(udpRequests_, [&](const OpenUdp& each) { return each.id == request.id; });
    std::erase_if(ports_, [&](const auto& port) {
      return std::find(request.locals.begin(), request.locals.end(), port->local()) != request.locals.end();
    });
  }
  void handle(const CloseStream& request) { streams_.close(request.route); }

  void handle(const CloseSockets&) { closeSockets(); }

  void readStream(const Route& route, PacketBuffer packet) {
    if (closed_) return;
    const auto self = shared_from_this();
    ++stats_.packetsReceived;
    stats_.bytesReceived += packet.size();
    endpoint_.receive(now(), route, std::move(packet));
    drain();
  }

  bool openMdns() {
    if (mdns_) return true;
    auto socket = MdnsSocket::open();
    if (!socket) {
      noSocket(socket.error());
      return false;
    }
    mdns_ = std::move(socket).value();
    mdnsWatcher_ = std::make_unique<FdWatcher>(loop_, mdns_->fd(), [this] { readMdns(); });
    return true;
  }

  void closeSockets() {
    if (sharing_) config_.sharedPort->detach(*std::exchange(sharing_, std::nullopt));
    ports_.clear();
    streams_.clear();
    udpRequests_.clear();
    listenRequests_.clear();
    interfaces_.reset();
    watch_.reset();
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
  std::optional<SharedPortTable::User> sharing_;
  StreamTable streams_;
  std::vector<OpenUdp> udpRequests_;       // in force: new addresses get sockets, too
  std::vector<ListenTcp> listenRequests_;  // the same
  std::shared_ptr<InterfaceWatch> watch_;
  InterfaceWatch::Subscription interfaces_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<MdnsSocket> mdns_;
  std::unique_ptr<FdWatcher> mdnsWatcher_;
  TimePoint seen_;  // the latest time that the endpoint was told
  Soon waking_{loop_, [this] { drain(); }};
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

}  // namespace tincan::inline v0::net
