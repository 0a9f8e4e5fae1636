#include "net/connected_ports.h"

#include <utility>

#include "net/asio_runtime.h"

namespace tincan::inline v0::net {

ConnectedPorts::ConnectedPorts(Loop& loop, const DriverConfig& config, size_t limit, DriverStats& stats,
                               std::function<void(UdpPort&)> onReadable)
    : loop_(loop), config_(config), limit_(limit), stats_(stats), onReadable_(std::move(onReadable)) {}

void ConnectedPorts::strayed(User user, const Route& route) {
  if (remotes_.size() >= SharedPortTable::kMaxRoutes && !remotes_.contains(route)) return;
  Remote& remote = remotes_[route];
  remote.user = user;
  // Exactly then: where the system refuses a socket, it is not asked with every packet.
  if (remote.strays >= kStraysToConnect || ++remote.strays < kStraysToConnect || open_ >= limit_) return;
  remote.port = connect(route);
  if (remote.port) ++open_;
}

std::unique_ptr<UdpPort> ConnectedPorts::connect(const Route& route) {
  auto socket = UdpSocket::open(route.local, {.segmentation = config_.segmentation, .reusePort = true});
  if (!socket || !(*socket)->connect(route.remote)) return nullptr;
  return std::make_unique<UdpPort>(runtimeOf(loop_), std::move(socket).value(), config_.sendQueue, stats_, onReadable_);
}

void ConnectedPorts::forget(User user) {
  std::erase_if(remotes_, [&](const auto& each) {
    if (each.second.user != user) return false;
    if (each.second.port) --open_;
    return true;
  });
}

void ConnectedPorts::forget(const Route& route) {
  auto gone = remotes_.extract(route);
  if (!gone || !gone.mapped().port) return;
  --open_;
  onReadable_(*gone.mapped().port);  // what has come already is not lost
}

}  // namespace tincan::inline v0::net
