#include "base/address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>

namespace tincan::inline v0 {

IpAddress IpAddress::v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) {
  const uint8_t bytes[] = {a, b, c, d};
  return v4(ByteView(bytes));
}

IpAddress IpAddress::v4(ByteView fourBytes) {
  IpAddress out;
  if (fourBytes.size() != 4) return out;
  out.family_ = Family::kIpv4;
  std::copy(fourBytes.begin(), fourBytes.end(), out.bytes_.begin());
  return out;
}

IpAddress IpAddress::v6(ByteView sixteenBytes) {
  IpAddress out;
  if (sixteenBytes.size() != 16) return out;
  out.family_ = Family::kIpv6;
  std::copy(sixteenBytes.begin(), sixteenBytes.end(), out.bytes_.begin());
  return out;
}

IpAddress IpAddress::anyV6() {
  const std::array<uint8_t, 16> zeros{};
  return v6(zeros);
}

IpAddress IpAddress::loopbackV6() {
  std::array<uint8_t, 16> bytes{};
  bytes[15] = 1;
  return v6(bytes);
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text.substr(0, INET6_ADDRSTRLEN));
  uint8_t bytes[16];
  if (text.size() < INET6_ADDRSTRLEN && text.find('\0') == std::string_view::npos) {
    if (inet_pton(AF_INET, terminated.c_str(), bytes) == 1) return v4(ByteView(bytes, 4));
    if (inet_pton(AF_INET6, terminated.c_str(), bytes) == 1) return v6(ByteView(bytes, 16));
  }
  return {ErrorCode::kMalformed, "not an IP address: '" + terminated + "'"};
}

bool IpAddress::isAny() const {
  return isSpecified() && std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t b) { return b == 0; });
}

bool IpAddress::isLoopback() const {
  return isV4() ? bytes_[0] == 127 : isV6() && *this == loopbackV6();
}

bool IpAddress::isLinkLocal() const {
  if (isV4()) return bytes_[0] == 169 && bytes_[1] == 254;           // RFC 3927 §2.1
  return isV6() && bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;  // RFC 4291 §2.5.6
}

bool IpAddress::isMulticast() const {
  if (isV4()) return (bytes_[0] & 0xf0) == 0xe0;  // RFC 5771 §3
  return isV6() && bytes_[0] == 0xff;             // RFC 4291 §2.7
}

IpAddress IpAddress::unmapped() const {
  static constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};  // RFC 4291 §2.5.5.2
  if (!isV6() || !std::equal(std::begin(kMapped), std::end(kMapped), bytes_.begin())) return *this;
  return v4(ByteView(bytes_).last(4));
}

std::string IpAddress::toString() const {
  char text[INET6_ADDRSTRLEN] = "";
  if (!isSpecified()) return "unspecified";
  inet_ntop(isV4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
  return text;
}

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  const Error bad(ErrorCode::kMalformed, "not an address and port: '" + std::string(text.substr(0, 64)) + "'");
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad;
  }
  SocketAddress out;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (error != std::errc() || end != digits.data() + digits.size()) return bad;
  auto ip = IpAddress::parse(host);
  if (!ip) return bad;
  out.ip = *ip;
  return out;
}

std::string SocketAddress::toString() const {
  const std::string host = ip.toString();
  return (ip.isV6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string_view name(Protocol protocol) {
  switch (protocol) {
    case Protocol::kUdp: return "udp";
    case Protocol::kTcp: return "tcp";
    case Protocol::kTls: return "tls";
  }
  return "unknown";
}

size_t AddressHash::operator()(const IpAddress& a) const {
  return std::hash<std::string_view>()(asText(a.bytes()));
}

size_t AddressHash::operator()(const SocketAddress& a) const {
  return (*this)(a.ip) * 31 + a.port;
}

size_t AddressHash::operator()(const Route& r) const {
  return ((*this)(r.local) * 31 + (*this)(r.remote)) * 31 + static_cast<size_t>(r.protocol);
}

}  // namespace tincan::inline v0
