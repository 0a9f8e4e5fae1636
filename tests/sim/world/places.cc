#include "tests/sim/world/places.h"

#include <algorithm>

namespace tincan::inline v0::sim {

void Host::addAddress(IpAddress address) {
  addresses_.push_back(address);
  realm_.hosts[address] = this;
}

void Host::removeAddress(IpAddress address) {
  std::erase(addresses_, address);
  realm_.hosts.erase(address);
}

uint16_t Host::freeTcpPort() {
  if (nextTcpPort_ == 0) nextTcpPort_ = 40'000;
  return nextTcpPort_++;
}

bool Host::has(IpAddress address) const {
  return std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end();
}

}  // namespace tincan::inline v0::sim
