#include "net/local_sockets.h"

#include <algorithm>
#include <utility>

#include "net/interfaces.h"
#include "net/os_random.h"

namespace tincan::inline v0::net {

LocalSockets::LocalSockets(Runtime& runtime, const DriverConfig& config, DriverStats& stats, StreamTable& streams,
                           Owner& owner)
    : runtime_(runtime), config_(config), stats_(stats), streams_(streams), owner_(owner) {}

// ---- What the endpoint asks for ----

void LocalSockets::open(const OpenUdp& request) {
  udpRequests_.push_back(request);
  UdpOpened opened{request.id, {}};
  for (const IpAddress& address : addressesFor(request.local)) bind(request, address, opened);
  watchInterfaces(request.local);
  owner_.answer(std::move(opened));
}

void LocalSockets::listen(const ListenTcp& request) {
  listenRequests_.push_back(request);
  TcpListening listening{request.id, {}};
  for (const IpAddress& address : addressesFor(request.local)) bind(request, address, listening);
  watchInterfaces(request.local);
  owner_.answer(std::move(listening));
}

void LocalSockets::close(const CloseUdp& request) {
  std::erase_if(udpRequests_, [&](const OpenUdp& each) { return each.id == request.id; });
  std::erase_if(ports_, [&](const auto& port) {
    return std::find(request.locals.begin(), request.locals.end(), port->local()) != request.locals.end();
  });
}

void LocalSockets::closeAll() {
  ports_.clear();
  udpRequests_.clear();
  listenRequests_.clear();
  interfaces_.reset();
  watch_.reset();
}

/// What `open` makes of a port in the range, tried from a random place on, where the endpoint asks for any.
template <class Open>
auto LocalSockets::inPortRange(const SocketAddress& local, const Open& open) {
  if (local.port != 0 || !config_.ports) return open(local);
  const uint32_t size =
      config_.ports->last >= config_.ports->first ? config_.ports->last - config_.ports->first + 1u : 1u;
  const auto start = static_cast<uint32_t>(OsRandom().below(size));
  for (uint32_t i = 0;; ++i) {
    auto opened = open({local.ip, static_cast<uint16_t>(config_.ports->first + (start + i) % size)});
    if (opened || i + 1 == size) return opened;
  }
}

void LocalSockets::bind(const OpenUdp& request, const IpAddress& address, UdpOpened& out) {
  const UdpSocket::Options options{.segmentation = config_.segmentation};
  auto socket =
      inPortRange({address, request.local.port}, [&](const SocketAddress& at) { return UdpSocket::open(at, options); });
  if (!socket) return refused(socket.error());
  auto port = std::make_unique<UdpPort>(runtime_, std::move(socket).value(), config_.sendQueue, stats_,
                                        [this](UdpPort& readable) { owner_.readUdp(readable); });
  out.locals.push_back(port->local());
  config_.log.write(LogLevel::kDebug, "net", [&] { return "udp " + port->local().toString() + " is open"; });
  ports_.push_back(std::move(port));
}

void LocalSockets::bind(const ListenTcp& request, const IpAddress& address, TcpListening& out) {
  auto local =
      inPortRange({address, request.local.port}, [this](const SocketAddress& at) { return streams_.listen(at); });
  if (!local) return refused(local.error());
  out.locals.push_back(*local);
}

std::vector<IpAddress> LocalSockets::addressesFor(const SocketAddress& local) {
  if (local.ip.isSpecified()) return {local.ip};
  auto all = listInterfaces();
  if (!all) {
    refused(all.error());
    return {};
  }
  std::vector<IpAddress> out;
  for (const auto& each : usable(*all, {config_.includeLoopback, config_.ipv6, config_.interfaces})) {
    out.push_back(each.address);
  }
  if (out.empty()) refused(Error(ErrorCode::kIo, "no network interface is up: a call needs at least loopback"));
  return out;
}

void LocalSockets::refused(Error error) {
  config_.log.write(LogLevel::kInfo, "net", [&] { return error.message(); });
  lastError_ = std::move(error);
}

// ---- Out ----

bool LocalSockets::send(Transmit& transmit) {
  for (const auto& port : ports_) {
    if (port->local() != transmit.route.local) continue;
    port->send(transmit.route.remote, std::move(transmit.packet), transmit.ecn, transmit.dscp);
    return true;
  }
  return false;
}

void LocalSockets::flush() {
  for (const auto& port : ports_) port->flush();
}

// ---- Interfaces that come and go ----

void LocalSockets::watchInterfaces(const SocketAddress& local) {
  if (local.ip.isSpecified() || interfaces_ || !config_.watchInterfaces) return;
  auto watch = InterfaceWatch::of(runtime_);
  if (!watch) return refused(watch.error());
  watch_ = *watch;
  interfaces_ = watch_->subscribe([this] { owner_.interfacesChanged(); });
}

void LocalSockets::followInterfaces() {
  const auto all = listInterfaces();
  if (!all) return;
  // Gone is only what no interface has any more: loopback, say, stays in use when others come.
  const auto isThere = [&](const IpAddress& address) {
    return std::any_of(all->begin(), all->end(), [&](const InterfaceAddress& each) { return each.address == address; });
  };
  std::vector<IpAddress> gone;
  for (const auto& port : ports_) {
    const IpAddress& address = port->local().ip;
    if (!isThere(address) && std::find(gone.begin(), gone.end(), address) == gone.end()) gone.push_back(address);
  }
  for (const IpAddress& address : gone) {
    if (!closeAddress(address)) return;
  }
  for (const IpAddress& address : addressesFor({})) {
    if (!hasPortOn(address) && !openAddress(address)) return;
  }
}

bool LocalSockets::hasPortOn(const IpAddress& address) const {
  return std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) { return port->local().ip == address; });
}

bool LocalSockets::closeAddress(const IpAddress& address) {
  UdpClosed closed;
  std::erase_if(ports_, [&](const auto& port) {
    if (port->local().ip != address) return false;
    closed.locals.push_back(port->local());
    return true;
  });
  if (!closed.locals.empty() && !owner_.answer(std::move(closed))) return false;
  return streams_.closeAddress(address);
}

bool LocalSockets::openAddress(const IpAddress& address) {
  for (const OpenUdp& request : std::vector(udpRequests_)) {
    if (request.local.ip.isSpecified()) continue;
    UdpOpened opened{request.id, {}};
    bind(request, address, opened);
    if (!opened.locals.empty() && !owner_.answer(std::move(opened))) return false;
  }
  for (const ListenTcp& request : std::vector(listenRequests_)) {
    if (request.local.ip.isSpecified()) continue;
    TcpListening listening{request.id, {}};
    bind(request, address, listening);
    if (!listening.locals.empty() && !owner_.answer(std::move(listening))) return false;
  }
  return true;
}

}  // namespace tincan::inline v0::net
