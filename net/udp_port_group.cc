#include "net/udp_port_group.h"

#include <utility>

#include "net/interfaces.h"
#include "net/os_random.h"

namespace tincan::inline v0::net {

UdpPortGroup::UdpPortGroup(Options options, const DriverConfig& config)
    : options_(options), config_(config), circle_(std::make_shared<PortCircle>(options.loops)), parts_(options.loops) {
  for (size_t i = 0; i < parts_.size(); ++i) parts_[i].seat = i;
}

Result<std::unique_ptr<UdpPortGroup>> UdpPortGroup::open(uint16_t port, Options options, const DriverConfig& config) {
  if (options.loops == 0) return Error(ErrorCode::kRangeError, "a port needs at least one loop that serves it");
  auto all = listInterfaces();
  if (!all) return all.error();
  std::unique_ptr<UdpPortGroup> out(new UdpPortGroup(options, config));
  Error last(ErrorCode::kIo, "no network interface is up");
  for (const auto& each : usable(*all, {config.includeLoopback, config.ipv6, config.interfaces})) {
    if (auto bound = out->bindAll(each.address, port); !bound) last = bound.error();
  }
  if (out->locals_.empty()) return last;
  return out;
}

Result<void> UdpPortGroup::bindAll(const IpAddress& address, uint16_t port) {
  SocketAddress local{address, port};
  if (port == 0) {
    // The kernel may give the port of another group of ours to a socket that would share it, so one that would not
    // asks.
    auto alone = UdpSocket::open(local);
    if (!alone) return alone.error();
    local = (*alone)->local();
  }
  std::vector<std::unique_ptr<UdpSocket>> sockets;
  for (size_t i = 0; i < parts_.size(); ++i) {
    auto socket = UdpSocket::open(local, {.segmentation = config_.segmentation, .reusePort = true});
    if (!socket) return socket.error();
    sockets.push_back(std::move(socket).value());
  }
  // Without it the kernel's own hash does, and addresses may change loops when sockets are connected.
  static_cast<void>(sockets[0]->spreadOver(sockets.size(), static_cast<uint32_t>(OsRandom().below(1ull << 32))));
  for (size_t i = 0; i < parts_.size(); ++i) parts_[i].sockets.push_back(std::move(sockets[i]));
  locals_.push_back(local);
  return {};
}

Result<UdpPortGroup::Part> UdpPortGroup::take() {
  const std::lock_guard lock(mutex_);
  if (taken_ == parts_.size()) {
    return Error(ErrorCode::kInvalidStateError, "all loops of this port have joined: open the group for more");
  }
  return std::move(parts_[taken_++]);
}

}  // namespace tincan::inline v0::net
