#include "ice/candidate_policy.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace tincan::inline v0::ice {
namespace {

constexpr uint16_t kFirstUserPort = 1024;  // RFC 6335 §6: below are the system's services

template <size_t N>
bool startsWith(ByteView bytes, const std::array<uint8_t, N>& prefix) {
  return bytes.size() >= N && std::equal(prefix.begin(), prefix.end(), bytes.begin());
}

constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};      // RFC 4291 §2.5.5.2
constexpr std::array<uint8_t, 12> kTranslated = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0};  // RFC 2765 §2.1
constexpr std::array<uint8_t, 12> kCompatible = {};                                          // RFC 4291 §2.5.5.1
constexpr std::array<uint8_t, 12> kNat64 = {0, 0x64, 0xff, 0x9b};                            // RFC 6052 §2.1
constexpr std::array<uint8_t, 6> kLocalNat64 = {0, 0x64, 0xff, 0x9b, 0, 1};                  // RFC 8215 §4
constexpr std::array<uint8_t, 2> k6to4 = {0x20, 0x02};                                       // RFC 3056 §2

// No host's address, in IPv4.
bool isReserved(const IpAddress& v4) {
  const uint8_t first = v4.bytes()[0];
  // RFC 6890 §2.2.2: 0/8 is this network, 240/4 reserved, and in it 255.255.255.255 the broadcast.
  return first == 0 || first >= 240;
}

std::string_view refusedAddress(const IpAddress& ip) {
  if (ip.isAny()) return "the address is unspecified";
  if (ip.isMulticast()) return "the address is a multicast group";
  if (ip.isV4()) return isReserved(ip) ? "the address is reserved" : "";
  if (ip.isLoopback()) return "";
  // RFC 8445 §5.1.1.1: IPv4-mapped, IPv4-compatible and site-local addresses have no place in ICE.
  const ByteView bytes = ip.bytes();
  const bool compatible = startsWith(bytes, kCompatible);
  if (compatible || startsWith(bytes, kMapped) || startsWith(bytes, kTranslated)) return "an IPv4 address in disguise";
  if (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0) return "the address is site-local";
  const IpAddress inner = embeddedV4(ip);
  if (inner == ip) return "";
  if (inner.isLoopback() || inner.isLinkLocal()) return "an address of this machine or link in disguise";
  return inner.isMulticast() || isReserved(inner) ? "a reserved address in disguise" : "";
}

}  // namespace

IpAddress embeddedV4(const IpAddress& ip) {
  if (!ip.isV6()) return ip;
  const ByteView bytes = ip.bytes();
  if (startsWith(bytes, k6to4)) return IpAddress::v4(bytes.subspan(2, 4));
  // The prefix of RFC 8215 is cut as its network likes; with 96 bits, as most do, the address comes last.
  const bool last = startsWith(bytes, kMapped) || startsWith(bytes, kTranslated) || startsWith(bytes, kCompatible) ||
                    startsWith(bytes, kNat64) || startsWith(bytes, kLocalNat64);
  return last ? IpAddress::v4(bytes.last(4)) : ip;
}

bool isAnyLoopback(const IpAddress& ip) {
  return ip.isLoopback() || embeddedV4(ip).isLoopback();
}

std::string_view refusal(const Candidate& candidate, bool loopbackOffered) {
  const IpAddress& ip = candidate.address.ip;
  if (candidate.address.port == 0) return "port 0";
  if (!ip.isSpecified()) return "no address";
  if (const std::string_view why = refusedAddress(ip); !why.empty()) return why;
  if (ip.isLoopback() && !loopbackOffered) return "a loopback address, where we offer none";
  // A peer that is to call us says port 9 (RFC 6544 §4.5); nothing is sent there.
  if (candidate.protocol == Protocol::kUdp || candidate.tcpType == TcpType::kActive) return "";
  if (ip.isLinkLocal()) return "TCP to a link-local address";
  return candidate.address.port < kFirstUserPort ? "TCP to a port below 1024" : "";
}

}  // namespace tincan::inline v0::ice
