#include "apps/call/page_address.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <unistd.h>

#include "crypto/identity.h"
#include "net/interfaces.h"
#include "net/os_random.h"

namespace tincan::inline v0::apps {

namespace {

int64_t unixSecondsNow() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

// This machine's own names: "robot", and "robot.local" by mDNS, which no foreign DNS server answers for.
std::vector<std::string> ownNames() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return {};
  const std::string host(name.data());
  return {host, host + ".local"};
}

}  // namespace

Result<SignallingServer::Options> pageServerOptions(const CallOptions& options) {
  SignallingServer::Options out;
  out.address = {*IpAddress::parse(options.bind), options.port};
  out.names = options.hosts;
  if (out.address.ip.isLoopback()) return out;
  const auto own = ownNames();
  out.names.insert(out.names.end(), own.begin(), own.end());
  if (options.http || options.headless) return out;
  net::OsRandom random;
  auto identity = crypto::Identity::generate(crypto::KeyType::kEcdsaP256, random, unixSecondsNow());
  if (!identity) return identity.error();
  out.certificate = identity->toPem();
  return out;
}

std::vector<std::string> pageUrls(const SignallingServer& server) {
  const IpAddress& bound = server.address().ip;
  if (!bound.isAny()) return {server.url()};
  std::vector<IpAddress> addresses;
  if (auto all = net::listInterfaces()) {
    net::InterfaceFilter filter;
    filter.ipv6 = bound.isV6();  // a server on 0.0.0.0 has no IPv6; one on :: has both
    for (const auto& each : net::usable(*all, filter)) addresses.push_back(each.address);
  }
  std::stable_sort(addresses.begin(), addresses.end(),
                   [](const IpAddress& a, const IpAddress& b) { return a.isV4() && b.isV6(); });
  std::vector<std::string> urls;
  for (const IpAddress& each : addresses) urls.push_back(server.urlOf(each));
  if (std::none_of(addresses.begin(), addresses.end(), [](const IpAddress& each) { return each.isLoopback(); })) {
    urls.push_back(server.urlOf(IpAddress::loopbackV4()));
  }
  return urls;
}

}  // namespace tincan::inline v0::apps
