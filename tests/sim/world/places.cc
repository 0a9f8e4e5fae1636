#include "tests/sim/world/places.h"

#include <algorithm>

namespace tincan::sim {

void Host::addAddress(IpAddress address) {
  addresses_.push_back(address);
  realm_.hosts[address] = this;
}

void Host::removeAddress(IpAddress address) {
  std::erase(addresses_, address);
  realm_.hosts.erase(address);
}

bool Host::has(IpAddress address) const {
  return std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end();
}

}  // namespace tincan::sim
