#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace tincan::inline v0::net {

struct InterfaceAddress {
  std::string name;
  uint32_t index = 0;
  IpAddress address;
};

struct InterfaceFilter {
  bool includeLoopback = false;
  bool ipv6 = true;
  std::vector<std::string> names;  ///< all when empty
};

/// Every IP address of every interface that is up.
Result<std::vector<InterfaceAddress>> listInterfaces();

/// Those that a candidate may be made of: no link-local ones, and loopback only when asked for or when nothing else is
/// there (RFC 8445 §5.1.1.1 leaves loopback out).
std::vector<InterfaceAddress> usable(const std::vector<InterfaceAddress>& all, const InterfaceFilter& filter);

}  // namespace tincan::inline v0::net
