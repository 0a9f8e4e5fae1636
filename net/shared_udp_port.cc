#include "net/shared_udp_port.h"

#include <algorithm>
#include <utility>

#include "net/asio_runtime.h"
#include "net/interfaces.h"
#include "net/loop_impl.h"
#include "net/stun_peek.h"

namespace tincan::inline v0::net {
namespace {

// Batches read off one socket before the loop gets its turn.
constexpr int kBatchesPerTurn = 4;

}  // namespace

SharedUdpPort::SharedUdpPort(Loop& loop)
    : loop_(loop),
      table_([this](const Route& route) {
        if (siblings_) siblings_->claim({route});
      }),
      flushing_(loop, [this] { flush(); }) {}

SharedUdpPort::~SharedUdpPort() {
  flush();
}

Result<std::unique_ptr<SharedUdpPort>> SharedUdpPort::open(Loop& loop, uint16_t port, const DriverConfig& config) {
  auto all = listInterfaces();
  if (!all) return all.error();
  std::unique_ptr<SharedUdpPort> out(new SharedUdpPort(loop));
  Error last(ErrorCode::kIo, "no network interface is up");
  for (const auto& each : usable(*all, {config.includeLoopback, config.ipv6, config.interfaces})) {
    const UdpSocket::Options options{.segmentation = config.segmentation};
    auto socket = UdpSocket::open({each.address, port}, options);
    if (!socket) {
      last = socket.error();
      continue;
    }
    out->add(std::move(socket).value(), config);
  }
  if (out->ports_.empty()) return last;
  return out;
}

Result<std::unique_ptr<SharedUdpPort>> SharedUdpPort::join(Loop& loop, UdpPortGroup& group) {
  auto part = group.take();
  if (!part) return part.error();
  std::unique_ptr<SharedUdpPort> out(new SharedUdpPort(loop));
  for (auto& socket : part->sockets) out->add(std::move(socket), group.config());
  out->connected_ =
      std::make_unique<ConnectedPorts>(loop, group.config(), group.options().connectedSockets, out->stats_,
                                       [shared = out.get()](UdpPort& readable) { shared->read(readable); });
  out->siblings_ = std::make_unique<PortSiblings>(group.circle(), part->seat, loop, *out, out->stats_);
  return out;
}

void SharedUdpPort::add(std::unique_ptr<UdpSocket> socket, const DriverConfig& config) {
  ports_.push_back(std::make_unique<UdpPort>(runtimeOf(loop_), std::move(socket), config.sendQueue, stats_,
                                             [this](UdpPort& readable) { read(readable); }));
}

std::vector<SocketAddress> SharedUdpPort::locals() const {
  std::vector<SocketAddress> out;
  for (const auto& port : ports_) out.push_back(port->local());
  return out;
}

bool SharedUdpPort::has(const SocketAddress& local) const {
  return std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) { return port->local() == local; });
}

// ---- Users ----

SharedPortTable::User SharedUdpPort::attach(User& user) {
  users_.emplace(++lastUser_, Attached{&user, false, {}});
  return lastUser_;
}

void SharedUdpPort::detach(SharedPortTable::User id) {
  const auto user = users_.find(id);
  if (user == users_.end()) return;
  for (const std::string& ufrag : user->second.ufrags) forgetName(id, ufrag);
  users_.erase(user);
  const std::vector<Route> routes = table_.forget(id);
  if (connected_) connected_->forget(id);
  if (siblings_) siblings_->release(routes);
}

void SharedUdpPort::name(SharedPortTable::User id, const std::array<std::string_view, 2>& ufrags) {
  const auto user = users_.find(id);
  if (user == users_.end()) return;
  for (size_t i = 0; i < ufrags.size(); ++i) {
    std::string& known = user->second.ufrags[i];
    if (known == ufrags[i]) continue;
    forgetName(id, known);
    known = ufrags[i];
    if (!known.empty()) names_.emplace(known, id);
  }
}

void SharedUdpPort::forgetName(SharedPortTable::User id, const std::string& ufrag) {
  const auto [first, last] = names_.equal_range(ufrag);
  const auto at = std::find_if(first, last, [&](const auto& each) { return each.second == id; });
  if (at != last) names_.erase(at);
}

void SharedUdpPort::send(SharedPortTable::User id, Transmit transmit) {
  const auto port = std::find_if(ports_.begin(), ports_.end(),
                                 [&](const auto& each) { return each->local() == transmit.route.local; });
  if (port == ports_.end()) {
    ++stats_.droppedUnroutable;
    return;
  }
  table_.sending(id, transmit.route, transmit.packet.view());
  (*port)->send(transmit.route.remote, std::move(transmit.packet), transmit.ecn, transmit.dscp);
}

void SharedUdpPort::flushSoon() {
  if (!finishing_) flushing_.ask();
}

void SharedUdpPort::flush() {
  for (const auto& port : ports_) port->flush();
}

// ---- What comes ----

std::optional<SharedPortTable::User> SharedUdpPort::whose(const Route& route, ByteView packet) {
  return table_.find(route, packet, [&](std::string_view ufrag) { return named(route, ufrag); });
}

std::optional<SharedPortTable::User> SharedUdpPort::named(const Route& route, std::string_view ufrag) const {
  const auto [first, last] = names_.equal_range(ufrag);
  if (first == last) return std::nullopt;
  const auto before = table_.owner(route);
  const auto at = std::find_if(first, last, [&](const auto& each) { return each.second == before; });
  return at == last ? first->second : at->second;
}

void SharedUdpPort::read(UdpPort& port) {
  for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
    UdpSocket::Inbox& inbox = loop_.impl().inbox;
    const UdpSocket::Received received = port.receive(loop_.pool(), inbox);
    for (UdpSocket::Datagram& each : inbox.packets()) sort({Protocol::kUdp, port.local(), each.remote}, each);
    if (!received.more) break;
  }
  if (siblings_) {
    for (const PortCircle::Seat gone : siblings_->flush()) table_.forget(SharedPortTable::sibling(gone));
  }
  finishBatch();
}

void SharedUdpPort::sort(const Route& route, UdpSocket::Datagram& datagram) {
  const auto id = whose(route, datagram.packet.view());
  const auto user = id ? users_.find(*id) : users_.end();
  if (user != users_.end()) return deliver(user, route, std::move(datagram));
  if (!siblings_) {
    ++stats_.droppedUnroutable;
    return;
  }
  siblings_->hand(route, datagram, id ? SharedPortTable::seatOf(*id) : std::nullopt);
  datagram.packet.reset();
}

void SharedUdpPort::deliver(Users::iterator to, const Route& route, UdpSocket::Datagram datagram) {
  if (!std::exchange(to->second.touched, true)) touched_.push_back(to->first);
  to->second.user->receiveShared(route, std::move(datagram));
}

void SharedUdpPort::finishBatch() {
  finishing_ = true;
  // A drain may detach others, or whoever comes next.
  for (const SharedPortTable::User id : touched_) {
    const auto user = users_.find(id);
    if (user == users_.end()) continue;
    user->second.touched = false;
    user->second.user->sharedBatchDone();
  }
  touched_.clear();
  finishing_ = false;
  flush();
}

// ---- The other loops ----

void SharedUdpPort::takeOver(PortCircle::Seat from, bool asked, const std::vector<StrayPacket>& packets) {
  std::vector<Route> mine, notMine;
  for (const StrayPacket& each : packets) {
    const auto id = whose(each.route, each.bytes);
    const auto user = id ? users_.find(*id) : users_.end();
    if (user == users_.end()) {
      if (asked) continue;
      ++stats_.droppedUnroutable;
      if (notMine.empty() || notMine.back() != each.route) notMine.push_back(each.route);
      continue;
    }
    ++stats_.takenOver;
    if (!StunPeek::read(each.bytes)) {
      if (asked && (mine.empty() || mine.back() != each.route)) mine.push_back(each.route);
      connected_->strayed(user->first, each.route);
    }
    PacketBuffer packet = loop_.pool().copy(each.bytes);
    if (packet) {
      deliver(user, each.route, {each.route.remote, std::move(packet), each.ecn, each.arrived});
    } else {
      ++stats_.droppedNoBuffer;
    }
  }
  siblings_->claim(mine, from);
  siblings_->release(notMine, from);
  finishBatch();
}

void SharedUdpPort::claimed(PortCircle::Seat by, const std::vector<Route>& routes) {
  for (const Route& route : routes) {
    table_.assign(SharedPortTable::sibling(by), route);
    connected_->forget(route);
  }
}

void SharedUdpPort::released(PortCircle::Seat by, const std::vector<Route>& routes) {
  for (const Route& route : routes) table_.release(SharedPortTable::sibling(by), route);
}

}  // namespace tincan::inline v0::net
