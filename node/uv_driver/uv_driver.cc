#include "node/uv_driver/uv_driver.h"

#include <algorithm>
#include <netdb.h>
#include <utility>

#include "net/interfaces.h"
#include "net/mdns_socket.h"
#include "net/sockaddr.h"
#include "node/uv_driver/uv_interface_watch.h"
#include "node/uv_driver/uv_port.h"
#include "node/uv_driver/uv_stream.h"

namespace tincan::inline v0::node {

namespace {

// Batches read off one socket before the others, and the endpoint's own output, get their turn.
constexpr int kBatchesPerTurn = 4;
// Rounds of one drain before the loop gets its turn; an endpoint that always has something to say starves nobody.
constexpr int kRoundsPerDrain = 64;
// Packets of an endpoint's goodbye: what never ends must not hold the loop.
constexpr int kMostGoodbyes = 4096;

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

}  // namespace

// Held by the UvDriver and, for the length of each entry from the loop, by that entry: a callback of the user's may
// destroy the driver, and `closed_` then keeps the entry off the endpoint and the sockets.
class UvDriver::Impl : public std::enable_shared_from_this<UvDriver::Impl> {
 public:
  Impl(UvLoop& loop, Endpoint& endpoint, UvDriverConfig config)
      : loop_(loop),
        endpoint_(endpoint),
        config_(std::move(config)),
        timer_(loop, [this] { timeout(); }),
        soon_(loop, [this] { drain(); }) {}

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
    const TimePoint at = now();
    endpoint_.leave(at);
    Transmit transmit;
    for (int i = 0; i < kMostGoodbyes && endpoint_.pollTransmit(at, transmit); ++i) route(std::move(transmit));
    for (const auto& port : ports_) port->flush();
    timer_.cancel();
    closeSockets();
  }

  void wake() {
    if (!closed_) soon_.ask();
  }

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
    if (config_.drained) config_.drained();
    if (!closed_) armTimer();
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
    for (const auto& port : ports_) port->flush();
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
    if (to.remote.ip.isMulticast()) {
      if (to.remote == net::MdnsSocket::group() && openMdns()) (void)mdns_->send(transmit.packet.view());
      return;
    }
    for (const auto& port : ports_) {
      if (port->local() != to.local) continue;
      port->send(to.remote, std::move(transmit.packet), transmit.ecn);
      return;
    }
  }

  void routeToStream(Transmit transmit) {
    for (const auto& stream : streams_) {
      if (!stream->isOpen() || stream->route() != transmit.route) continue;
      (void)stream->send(std::move(transmit.packet));  // full: lost, as a packet may be
      return;
    }
  }

  // ---- In ----

  void readUdp(UvPort& port) {
    const auto self = shared_from_this();
    for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
      net::UdpSocket::Inbox& inbox = loop_.inbox();
      const auto received = port.receive(loop_.pool(), inbox);
      for (auto& each : inbox.packets()) {
        const Route from{Protocol::kUdp, port.local(), each.remote};
        endpoint_.receive(arrival(each), from, std::move(each.packet));
        if (closed_) return;
      }
      if (!received.more) break;
    }
    drain();
  }

  void readMdns() {
    const auto self = shared_from_this();
    net::UdpSocket::Datagram datagram;
    for (size_t i = 0; i < net::UdpSocket::kBatch && mdns_->receive(loop_.pool(), datagram); ++i) {
      const Route from{Protocol::kUdp, net::MdnsSocket::local(), datagram.remote};
      endpoint_.receive(now(), from, std::move(datagram.packet));
      if (closed_) return;
    }
    drain();
  }

  TimePoint now() { return seen_ = std::max(seen_, loop_.now()); }
  // When the kernel got the packet; but time never runs back for the endpoint.
  TimePoint arrival(const net::UdpSocket::Datagram& datagram) {
    if (datagram.arrived.isNever()) return now();
    return seen_ = std::max(seen_, datagram.arrived);
  }

  void answer(IoResult result) {
    if (closed_) return;
    const auto self = shared_from_this();
    endpoint_.handleIoResult(now(), std::move(result));
    if (!draining_) drain();
  }

  // ---- Time ----

  // Moved only to an earlier deadline; firing too early costs less than moving it for every packet.
  void armTimer() {
    const TimePoint deadline = endpoint_.nextTimeout();
    if (deadline.isNever() || (timer_.running() && armed_ <= deadline)) return;
    armed_ = deadline;
    timer_.start(deadline);
  }

  void timeout() {
    if (closed_) return;
    const auto self = shared_from_this();
    const TimePoint at = now();
    if (endpoint_.nextTimeout() <= at) endpoint_.handleTimeout(at);
    drain();
  }

  // ---- What the endpoint asks for ----

  void handle(const OpenUdp& request) {
    requests_.push_back(request);
    UdpOpened opened{request.id, {}};
    for (const IpAddress& address : addressesFor(request.local)) bind(request, address, opened);
    watchInterfaces(request.local);
    answer(std::move(opened));
  }

  void bind(const OpenUdp& request, const IpAddress& address, UdpOpened& out) {
    auto socket = net::UdpSocket::open({address, request.local.port});
    if (!socket) return note(socket.error());
    auto port = std::make_unique<UvPort>(loop_, std::move(socket).value(), config_.sendQueue,
                                         [this](UvPort& readable) { readUdp(readable); });
    out.locals.push_back(port->local());
    ports_.push_back(std::move(port));
  }

  std::vector<IpAddress> addressesFor(const SocketAddress& local) {
    if (local.ip.isSpecified()) return {local.ip};
    auto all = net::listInterfaces();
    if (!all) {
      note(all.error());
      return {};
    }
    std::vector<IpAddress> out;
    for (const auto& each : net::usable(*all, {config_.includeLoopback, config_.ipv6, config_.interfaces}))
      out.push_back(each.address);
    return out;
  }

  void note(const Error& error) {
    config_.log.write(LogLevel::kInfo, "net", [&] { return error.message(); });
  }

  // The answer may come after the driver has gone: it holds what it needs of it weakly.
  struct Lookup {
    uv_getaddrinfo_t request{};
    std::weak_ptr<Impl> driver;
    UvLoop* loop = nullptr;
    uint32_t id = 0;
    std::string host;
  };

  void handle(const ResolveHost& request) {
    if (auto literal = IpAddress::parse(request.host))
      return answer(HostResolved{request.id, std::vector<IpAddress>{*literal}});
    auto* lookup = new Lookup{{}, weak_from_this(), &loop_, request.id, request.host};
    lookup->request.data = lookup;
    loop_.opened();
    const int error =
        uv_getaddrinfo(loop_.uv(), &lookup->request, &Impl::resolved, lookup->host.c_str(), nullptr, nullptr);
    if (error != 0) resolved(&lookup->request, error, nullptr);
  }

  static void resolved(uv_getaddrinfo_t* request, int status, addrinfo* results) {
    const std::unique_ptr<Lookup> lookup(static_cast<Lookup*>(request->data));
    auto addresses = addressesOf(results);
    uv_freeaddrinfo(results);
    if (auto self = lookup->driver.lock()) {
      if (status != 0) {
        self->answer(HostResolved{lookup->id, Error(ErrorCode::kNetworkError,
                                                    "cannot resolve " + lookup->host + ": " + uv_strerror(status))});
      } else {
        self->answer(HostResolved{lookup->id, std::move(addresses)});
      }
    }
    lookup->loop->closed();
  }

  void handle(const OpenStream& request) {
    auto slot = std::make_shared<std::weak_ptr<UvStream>>();
    auto stream = UvStream::connect(loop_, request,
                                    {[this, slot, id = request.id](Result<Route> route) {
                                       if (!route) forget(slot->lock());
                                       answer(StreamOpened{id, std::move(route)});
                                     },
                                     [this](const Route& route, PacketBuffer packet) {
                                       if (closed_) return;
                                       const auto self = shared_from_this();
                                       endpoint_.receive(now(), route, std::move(packet));
                                       drain();
                                     },
                                     [this, slot](const Route& route) {
                                       forget(slot->lock());
                                       answer(StreamClosed{route});
                                     }});
    *slot = stream;
    streams_.push_back(std::move(stream));
  }

  void forget(const std::shared_ptr<UvStream>& stream) { std::erase(streams_, stream); }

  void handle(const ListenTcp& request) { answer(TcpListening{request.id, {}}); }

  void handle(const CloseStream& request) {
    for (const auto& stream : std::vector(streams_)) {
      if (!stream->isOpen() || stream->route() != request.route) continue;
      stream->close();
      forget(stream);
    }
  }

  void handle(const CloseUdp& request) {
    std::erase_if(requests_, [&](const OpenUdp& each) { return each.id == request.id; });
    std::erase_if(ports_, [&](const auto& port) {
      return std::find(request.locals.begin(), request.locals.end(), port->local()) != request.locals.end();
    });
  }

  void handle(const CloseSockets&) { closeSockets(); }

  // ---- Interfaces that come and go ----

  void watchInterfaces(const SocketAddress& local) {
    if (local.ip.isSpecified() || watch_) return;
    watch_ = UvInterfaceWatch::subscribe(loop_, [this] { interfacesChanged(); });
  }

  void interfacesChanged() {
    if (closed_) return;
    const auto self = shared_from_this();
    const auto all = net::listInterfaces();
    if (!all) return;
    std::vector<IpAddress> gone;
    for (const auto& port : ports_) {
      const IpAddress& address = port->local().ip;
      const bool there =
          std::any_of(all->begin(), all->end(), [&](const auto& each) { return each.address == address; });
      if (!there && std::find(gone.begin(), gone.end(), address) == gone.end()) gone.push_back(address);
    }
    for (const IpAddress& address : gone) closeAddress(address);
    for (const IpAddress& address : addressesFor({})) {
      if (closed_) return;
      openAddress(address);
    }
  }

  void closeAddress(const IpAddress& address) {
    UdpClosed closed;
    std::erase_if(ports_, [&](const auto& port) {
      if (port->local().ip != address) return false;
      closed.locals.push_back(port->local());
      return true;
    });
    if (!closed.locals.empty()) answer(std::move(closed));
    for (const auto& stream : std::vector(streams_)) {
      if (closed_ || !stream->isOpen() || stream->route().local.ip != address) continue;
      const Route route = stream->route();
      stream->close();
      forget(stream);
      answer(StreamClosed{route});
    }
  }

  void openAddress(const IpAddress& address) {
    const bool has =
        std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) { return port->local().ip == address; });
    if (has) return;
    for (const OpenUdp& request : std::vector(requests_)) {
      if (closed_ || request.local.ip.isSpecified()) continue;
      UdpOpened opened{request.id, {}};
      bind(request, address, opened);
      if (!opened.locals.empty()) answer(std::move(opened));
    }
  }

  bool openMdns() {
    if (mdns_) return true;
    auto socket = net::MdnsSocket::open();
    if (!socket) {
      note(socket.error());
      return false;
    }
    mdns_ = std::move(socket).value();
    mdnsWatcher_ = std::make_unique<UvPoll>(loop_, mdns_->fd(), [this] { readMdns(); });
    mdnsWatcher_->unref();
    return true;
  }

  void closeSockets() {
    ports_.clear();
    for (const auto& stream : std::vector(streams_)) stream->close();
    streams_.clear();
    requests_.clear();
    watch_.reset();
    mdnsWatcher_.reset();
    mdns_.reset();
  }

  UvLoop& loop_;
  Endpoint& endpoint_;
  const UvDriverConfig config_;
  UvTimer timer_;
  UvSoon soon_;
  TimePoint armed_, seen_;  // seen_: the latest time that the endpoint was told
  std::vector<std::unique_ptr<UvPort>> ports_;
  std::vector<std::shared_ptr<UvStream>> streams_;
  std::vector<OpenUdp> requests_;  // in force: new addresses get sockets, too
  UvInterfaceWatch::Subscription watch_;
  std::unique_ptr<net::MdnsSocket> mdns_;
  std::unique_ptr<UvPoll> mdnsWatcher_;
  bool draining_ = false;
  bool closed_ = false;
};

UvDriver::UvDriver(UvLoop& loop, Endpoint& endpoint, UvDriverConfig config)
    : impl_(std::make_shared<Impl>(loop, endpoint, std::move(config))) {
  impl_->start();
}
UvDriver::~UvDriver() {
  impl_->close();
}
void UvDriver::wake() {
  impl_->wake();
}

}  // namespace tincan::inline v0::node
