#include "net/shared_udp_port.h"

#include <algorithm>
#include <set>
#include <utility>

#include "net/interfaces.h"
#include "net/loop_impl.h"

namespace tincan::net {
namespace {

// Batches read off one socket before the loop gets its turn.
constexpr int kBatchesPerTurn = 4;

}  // namespace

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
    out->ports_.push_back(
        std::make_unique<UdpPort>(loop, std::move(socket).value(), config.sendQueue, out->stats_,
                                  [shared = out.get()](UdpPort& readable) { shared->read(readable); }));
  }
  if (out->ports_.empty()) return last;
  return out;
}

SharedUdpPort::~SharedUdpPort() = default;

std::vector<SocketAddress> SharedUdpPort::locals() const {
  std::vector<SocketAddress> out;
  for (const auto& port : ports_) out.push_back(port->local());
  return out;
}

bool SharedUdpPort::has(const SocketAddress& local) const {
  return std::any_of(ports_.begin(), ports_.end(), [&](const auto& port) { return port->local() == local; });
}

SharedPortTable::User SharedUdpPort::attach(User& user) {
  users_.emplace(++lastUser_, &user);
  return lastUser_;
}

void SharedUdpPort::detach(SharedPortTable::User id) {
  if (users_.erase(id) > 0) table_.forget(id);
}

void SharedUdpPort::send(SharedPortTable::User id, Transmit transmit) {
  const auto port = std::find_if(ports_.begin(), ports_.end(),
                                 [&](const auto& each) { return each->local() == transmit.route.local; });
  if (port == ports_.end()) {
    ++stats_.droppedUnroutable;
    return;
  }
  table_.sending(id, transmit.route, transmit.packet.view());
  (*port)->send(transmit.route.remote, std::move(transmit.packet), transmit.ecn);
}

void SharedUdpPort::flush() {
  for (const auto& port : ports_) port->flush();
}

std::optional<SharedPortTable::User> SharedUdpPort::named(std::string_view ufrag) const {
  for (const auto& [id, user] : users_) {
    if (user->answersTo(ufrag)) return id;
  }
  return std::nullopt;
}

void SharedUdpPort::read(UdpPort& port) {
  std::set<SharedPortTable::User> touched;
  for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
    UdpSocket::Inbox& inbox = loop_.impl().inbox;
    const UdpSocket::Received received = port.receive(loop_.pool(), inbox);
    for (UdpSocket::Datagram& each : inbox.packets()) {
      const Route route{Protocol::kUdp, port.local(), each.remote};
      const auto whose =
          table_.find(route, each.packet.view(), [this](std::string_view ufrag) { return named(ufrag); });
      const auto user = whose ? users_.find(*whose) : users_.end();
      if (user == users_.end()) {
        ++stats_.droppedUnroutable;
        continue;
      }
      touched.insert(user->first);
      user->second->receiveShared(route, std::move(each));
    }
    if (!received.more) break;
  }
  // A drain may detach others, or whoever comes next.
  for (const SharedPortTable::User id : touched) {
    if (const auto user = users_.find(id); user != users_.end()) user->second->sharedBatchDone();
  }
}

}  // namespace tincan::net
