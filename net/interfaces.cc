#include "net/interfaces.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>

#include "net/sockaddr.h"

namespace tincan::inline v0::net {

Result<std::vector<InterfaceAddress>> listInterfaces() {
  ifaddrs* head = nullptr;
  if (::getifaddrs(&head) != 0) {
    return Error(ErrorCode::kIo, std::string("cannot list network interfaces: ") + std::strerror(errno));
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> list(head, ::freeifaddrs);
  std::vector<InterfaceAddress> out;
  for (const ifaddrs* entry = list.get(); entry; entry = entry->ifa_next) {
    if (!entry->ifa_addr || !(entry->ifa_flags & IFF_UP)) continue;
    const int family = entry->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    sockaddr_storage address{};
    std::memcpy(&address, entry->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    out.push_back({entry->ifa_name, ::if_nametoindex(entry->ifa_name), fromSockaddr(address).ip});
  }
  return out;
}

std::vector<InterfaceAddress> usable(const std::vector<InterfaceAddress>& all, const InterfaceFilter& filter) {
  std::vector<InterfaceAddress> loopback;
  std::vector<InterfaceAddress> others;
  for (const InterfaceAddress& each : all) {
    const bool named =
        filter.names.empty() || std::find(filter.names.begin(), filter.names.end(), each.name) != filter.names.end();
    if (!named || each.address.isLinkLocal() || (each.address.isV6() && !filter.ipv6)) continue;
    (each.address.isLoopback() ? loopback : others).push_back(each);
  }
  if (filter.includeLoopback || others.empty()) others.insert(others.end(), loopback.begin(), loopback.end());
  return others;
}

}  // namespace tincan::inline v0::net
