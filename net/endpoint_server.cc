#include "net/endpoint_server.h"

#include <algorithm>
#include <utility>

namespace tincan::inline v0::net {

namespace {

// Batches read off one socket before the others, and the endpoint's own output, get their turn.
constexpr int kBatchesPerTurn = 4;
// Rounds of one drain before the loop gets its turn; an endpoint that always has something to say starves nobody.
constexpr int kRoundsPerDrain = 64;
// Packets of an endpoint's goodbye: a connection has what its queues hold, and what never ends must not hold the loop.
constexpr int kMostGoodbyes = 4096;

}  // namespace

EndpointServer::EndpointServer(Runtime& runtime, Endpoint& endpoint, DriverConfig config)
    : runtime_(runtime),
      endpoint_(endpoint),
      config_(std::move(config)),
      timer_(runtime.timer()),
      streams_(runtime, config_.extraCertificates,
               {[this](IoResult result) { return answer(std::move(result)); },
                [this](const Route& route, PacketBuffer packet) { readStream(route, std::move(packet)); }}),
      sockets_(runtime, config_, stats_, streams_, *this),
      waking_(runtime.soon([this] { drain(); })) {}

EndpointServer::~EndpointServer() = default;

void EndpointServer::start() {
  endpoint_.setWake([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->wake();
  });
  endpoint_.setParting([weak = weak_from_this()] {
    if (auto self = weak.lock()) self->close();
  });
  wake();
}

void EndpointServer::close() {
  if (std::exchange(closed_, true)) return;  // the endpoint went first
  endpoint_.setWake({});
  endpoint_.setParting({});
  sayGoodbye();
  timer_->cancel();
  closeSockets();
}

void EndpointServer::wake() {
  if (!closed_) waking_->ask();
}

bool EndpointServer::openShared(const OpenUdp&) {
  return false;
}
bool EndpointServer::sendShared(Transmit&) {
  return false;
}
void EndpointServer::flushShared(bool) {}
void EndpointServer::closeShared() {}
void EndpointServer::drained() {}

// ---- Out: what the endpoint has to say ----

// The loop may never turn again, so nothing waits for it.
void EndpointServer::sayGoodbye() {
  const TimePoint at = now();
  endpoint_.leave(at);
  Transmit transmit;
  for (int i = 0; i < kMostGoodbyes && endpoint_.pollTransmit(at, transmit); ++i) route(std::move(transmit));
  sockets_.flush();
  flushShared(true);
}

void EndpointServer::drain() {
  if (closed_) return;
  const auto self = shared_from_this();
  draining();
  draining_ = true;
  bool quiet = false;
  for (int round = 0; round < kRoundsPerDrain && !quiet && !closed_; ++round) quiet = !drainOnce();
  draining_ = false;
  if (closed_) return;
  if (!quiet) wake();
  drained();
  if (!closed_) armTimer();
}

bool EndpointServer::drainOnce() {
  bool any = false;
  const TimePoint at = now();
  Transmit transmit;
  while (!closed_ && endpoint_.pollTransmit(at, transmit)) {
    any = true;
    route(std::move(transmit));
  }
  if (closed_) return any;
  flushShared(false);
  sockets_.flush();
  IoRequest request;
  while (!closed_ && endpoint_.pollIoRequest(request)) {
    any = true;
    std::visit([this](auto& each) { handle(each); }, request);
  }
  if (closed_) return any;
  return endpoint_.dispatchEvents(now()) || any;
}

void EndpointServer::route(Transmit transmit) {
  const Route& to = transmit.route;
  if (to.protocol != Protocol::kUdp) return routeToStream(std::move(transmit));
  if (to.remote.ip.isMulticast()) return sendMulticast(transmit);
  if (!sendShared(transmit) && !sockets_.send(transmit)) ++stats_.droppedUnroutable;
}

void EndpointServer::routeToStream(Transmit transmit) {
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

void EndpointServer::sendMulticast(const Transmit& transmit) {
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

// ---- In ----

void EndpointServer::readUdp(UdpPort& port) {
  const auto self = shared_from_this();
  for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
    UdpSocket::Inbox& inbox = runtime_.inbox();
    const UdpSocket::Received received = port.receive(runtime_.pool(), inbox);
    for (UdpSocket::Datagram& each : inbox.packets()) {
      receiveDatagram({Protocol::kUdp, port.local(), each.remote}, each);
      if (closed_) return;
    }
    if (!received.more) break;
  }
  drain();
}

// When the kernel got the packet, which is what jitter and bandwidth are estimated from; but time never runs back for the
// endpoint.
void EndpointServer::receiveDatagram(const Route& route, UdpSocket::Datagram& datagram) {
  datagram.packet.setEcn(datagram.ecn);
  const TimePoint at = datagram.arrived.isNever() ? now() : seen_ = std::max(seen_, datagram.arrived);
  endpoint_.receive(at, route, std::move(datagram.packet));
}

void EndpointServer::readStream(const Route& route, PacketBuffer packet) {
  if (closed_) return;
  const auto self = shared_from_this();
  ++stats_.packetsReceived;
  stats_.bytesReceived += packet.size();
  endpoint_.receive(now(), route, std::move(packet));
  drain();
}

void EndpointServer::readMdns() {
  const auto self = shared_from_this();
  UdpSocket::Datagram datagram;
  for (size_t i = 0; i < UdpSocket::kBatch && mdns_->receive(runtime_.pool(), datagram); ++i) {
    ++stats_.receiveCalls;
    ++stats_.packetsReceived;
    stats_.bytesReceived += datagram.packet.size();
    const Route from{Protocol::kUdp, MdnsSocket::local(), datagram.remote};
    endpoint_.receive(now(), from, std::move(datagram.packet));
    if (closed_) return;
  }
  drain();
}

bool EndpointServer::answer(IoResult result) {
  if (closed_) return false;
  const auto self = shared_from_this();
  endpoint_.handleIoResult(now(), std::move(result));
  if (!draining_) drain();
  return !closed_;
}

void EndpointServer::interfacesChanged() {
  if (closed_) return;
  const auto self = shared_from_this();
  sockets_.followInterfaces();
}

// ---- Time ----

TimePoint EndpointServer::now() {
  return seen_ = std::max(seen_, runtime_.now());
}

// One timer, moved only to an earlier deadline; firing too early costs less than a system call for every packet.
void EndpointServer::armTimer() {
  const TimePoint deadline = endpoint_.nextTimeout();
  if (deadline.isNever() || (timer_->running() && armed_ <= deadline)) return;
  armed_ = deadline;
  timer_->start(deadline, [this] { timeout(); });
}

void EndpointServer::timeout() {
  if (closed_) return;
  const auto self = shared_from_this();
  const TimePoint at = now();
  if (endpoint_.nextTimeout() <= at) endpoint_.handleTimeout(at);
  drain();
}

// ---- What the endpoint asks for ----

void EndpointServer::handle(const OpenUdp& request) {
  if (!openShared(request)) sockets_.open(request);
}

void EndpointServer::handle(const ResolveHost& request) {
  runtime_.resolve(request.host, [weak = weak_from_this(), id = request.id](Result<std::vector<IpAddress>> addresses) {
    if (const auto self = weak.lock()) self->answer(HostResolved{id, std::move(addresses)});
  });
}

bool EndpointServer::openMdns() {
  if (mdns_) return true;
  auto socket = MdnsSocket::open();
  if (!socket) {
    sockets_.refused(socket.error());
    return false;
  }
  mdns_ = std::move(socket).value();
  mdnsWatcher_ = runtime_.watch(mdns_->fd(), Runtime::KeepsAlive::kNo, [this] { readMdns(); });
  return true;
}

void EndpointServer::closeSockets() {
  closeShared();
  sockets_.closeAll();
  streams_.clear();
  mdnsWatcher_.reset();
  mdns_.reset();
}

}  // namespace tincan::inline v0::net
