#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "base/address.h"
#include "base/time.h"

namespace tincan::inline v0::sim {

/// On what of the remote address something depends (RFC 4787 §4.1, §5).
enum class Dependence : uint8_t { kEndpointIndependent, kAddressDependent, kAddressAndPortDependent };

struct NatConfig {
  Dependence mapping = Dependence::kEndpointIndependent;
  Dependence filtering = Dependence::kAddressAndPortDependent;
  Duration lifetime = Duration::seconds(120);  ///< RFC 4787 REQ-5: at least two minutes; refreshed by what goes out
  bool hairpinning = true;                     ///< RFC 4787 REQ-9
  bool portPreservation = false;

  // The names of RFC 3489 §5.
  static NatConfig fullCone() { return {.filtering = Dependence::kEndpointIndependent}; }
  static NatConfig addressRestricted() { return {.filtering = Dependence::kAddressDependent}; }
  static NatConfig portRestricted() { return {.filtering = Dependence::kAddressAndPortDependent}; }
  static NatConfig symmetric() { return {.mapping = Dependence::kAddressAndPortDependent}; }
};

/// The table of a NAT for UDP: what an inside address looks like from outside, and who may come in. One address outside.
class Nat {
 public:
  Nat(IpAddress outside, NatConfig initial) : config(initial), outside_(outside) {}

  /// A packet from inside: the source that the world sees. Makes or refreshes the mapping.
  SocketAddress outbound(TimePoint now, const SocketAddress& inside, const SocketAddress& remote);
  /// A packet from outside: whom it is for, or nobody.
  std::optional<SocketAddress> inbound(TimePoint now, const SocketAddress& outside, const SocketAddress& remote);
  /// A reboot: all mappings are gone, and new ones get other ports.
  void forget() { mappings_.clear(); }

  IpAddress outside() const { return outside_; }
  size_t mappings() const { return mappings_.size(); }

  NatConfig config;

 private:
  struct Mapping {
    SocketAddress inside;
    SocketAddress key;  // as much of the remote address as mapping depends on
    uint16_t port = 0;
    TimePoint lastOut;
    std::set<SocketAddress> sentTo;
  };

  uint16_t freePort(const SocketAddress& inside);
  void expire(TimePoint now);

  IpAddress outside_;
  std::map<uint16_t, Mapping> mappings_;  // by outside port
  uint16_t nextPort_ = 20'000;
};

}  // namespace tincan::inline v0::sim
