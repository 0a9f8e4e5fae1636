#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tincan::inline v0 {

/// An IPv4 or IPv6 address in network order. IPv4 uses the first four bytes; the rest stay zero.
class IpAddress {
 public:
  enum class Family : uint8_t { kUnspecified, kIpv4, kIpv6 };

  constexpr IpAddress() = default;
  static IpAddress v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d);
  static IpAddress v4(ByteView fourBytes);
  static IpAddress v6(ByteView sixteenBytes);
  static IpAddress anyV4() { return v4(0, 0, 0, 0); }
  static IpAddress anyV6();
  static IpAddress loopbackV4() { return v4(127, 0, 0, 1); }
  static IpAddress loopbackV6();
  /// "192.0.2.1", "2001:db8::1"; no brackets, no scope, no names.
  static Result<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool isV4() const { return family_ == Family::kIpv4; }
  bool isV6() const { return family_ == Family::kIpv6; }
  bool isSpecified() const { return family_ != Family::kUnspecified; }
  bool isAny() const;
  bool isLoopback() const;
  bool isLinkLocal() const;  ///< 169.254/16, fe80::/10
  bool isMulticast() const;
  /// ::ffff:a.b.c.d as the IPv4 address it stands for; others as they are.
  IpAddress unmapped() const;
  /// 4 or 16 bytes; none when unspecified.
  ByteView bytes() const { return ByteView(bytes_).first(isV4() ? 4 : isV6() ? 16 : 0); }
  std::string toString() const;

  auto operator<=>(const IpAddress&) const = default;

 private:
  Family family_ = Family::kUnspecified;
  std::array<uint8_t, 16> bytes_{};
};

struct SocketAddress {
  IpAddress ip;
  uint16_t port = 0;

  /// "192.0.2.1:5000", "[2001:db8::1]:5000"
  static Result<SocketAddress> parse(std::string_view text);
  std::string toString() const;
  auto operator<=>(const SocketAddress&) const = default;
};

enum class Protocol : uint8_t { kUdp, kTcp, kTls };
std::string_view name(Protocol protocol);

/// Where a packet goes, or came from: one local socket and one remote address.
struct Route {
  Protocol protocol = Protocol::kUdp;
  SocketAddress local;
  SocketAddress remote;
  auto operator<=>(const Route&) const = default;
};

struct AddressHash {
  size_t operator()(const IpAddress& a) const;
  size_t operator()(const SocketAddress& a) const;
  size_t operator()(const Route& r) const;
};

}  // namespace tincan::inline v0
