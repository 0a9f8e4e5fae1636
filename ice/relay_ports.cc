#include "ice/relay_ports.h"

#include <algorithm>

namespace tincan::inline v0::ice {

RelayPorts::Port RelayPorts::get(const SocketAddress& base, size_t number, uint32_t& nextId) {
  if (number == 0) return {Standing::kThere, base};
  const auto at =
      std::find_if(known_.begin(), known_.end(), [&](const Known& k) { return k.ip == base.ip && k.number == number; });
  if (at != known_.end()) return at->port;
  known_.push_back({base.ip, number, nextId, {}});
  requests_.push_back(OpenUdp{nextId++, {base.ip, 0}});
  return {};
}

bool RelayPorts::handle(const UdpOpened& opened) {
  const auto at = std::find_if(known_.begin(), known_.end(), [&](const Known& k) { return k.id == opened.id; });
  if (at == known_.end()) return false;
  const bool there = !opened.locals.empty() && opened.locals.front().port != 0;
  at->port = there ? Port{Standing::kThere, opened.locals.front()} : Port{Standing::kRefused, {}};
  return true;
}

void RelayPorts::closed(const std::vector<SocketAddress>& locals) {
  std::erase_if(known_,
                [&](const Known& k) { return std::find(locals.begin(), locals.end(), k.port.local) != locals.end(); });
}

bool RelayPorts::pollIoRequest(IoRequest& out) {
  if (requests_.empty()) return false;
  out = std::move(requests_.front());
  requests_.pop_front();
  return true;
}

}  // namespace tincan::inline v0::ice
