#include "apps/signalling/origin.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/address.h"

namespace tincan::inline v0::apps {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view withoutPort(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    return end == std::string_view::npos ? host : host.substr(0, end + 1);
  }
  return host.substr(0, host.find(':'));
}

// RFC 9110 §7.2, RFC 3986 §3.2.2: "192.0.2.1:8080", "[2001:db8::1]:8080"; without a port it is the usual one.
bool isAddress(std::string_view host, const SocketAddress& wanted, uint16_t usualPort) {
  std::string_view name = withoutPort(host);
  const std::string_view port = host.substr(name.size());
  if (port.empty() ? wanted.port != usualPort : port != ":" + std::to_string(wanted.port)) return false;
  const bool bracketed = name.starts_with('[') && name.ends_with(']');
  if (bracketed) name = name.substr(1, name.size() - 2);
  const auto ip = IpAddress::parse(name);
  return ip && ip->isV6() == bracketed && *ip == wanted.ip;
}

bool isNamed(std::string_view host, std::string_view given) {
  const std::string wanted = lower(given), actual = lower(host);
  return actual == wanted || (withoutPort(wanted) == wanted && withoutPort(actual) == wanted);
}

}  // namespace

bool isOwnHost(std::string_view host, const PageAddress& page) {
  if (host.empty()) return false;
  if (page.local.ip.isLoopback() && isLoopbackHost(host)) return true;
  if (isAddress(host, page.bound, page.usualPort) || isAddress(host, page.local, page.usualPort)) return true;
  return std::any_of(page.names.begin(), page.names.end(),
                     [&](const std::string& name) { return isNamed(host, name); });
}

bool isLoopbackHost(std::string_view host) {
  const std::string name = lower(withoutPort(host));
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

bool isAddressHost(std::string_view host) {
  std::string_view name = withoutPort(host);
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  return IpAddress::parse(name).ok();
}

bool isNamedHost(std::string_view host, const std::vector<std::string>& names) {
  const std::string name = lower(withoutPort(host));
  return std::any_of(names.begin(), names.end(), [&](const std::string& each) { return lower(each) == name; });
}

bool isSameOrigin(std::string_view origin, std::string_view host) {
  if (origin.empty()) return true;
  const std::string text = lower(origin), wanted = lower(host);
  return text == "http://" + wanted || text == "https://" + wanted;
}

}  // namespace tincan::inline v0::apps
