#include "tests/sim/world/nat.h"

namespace tincan::inline v0::sim {
namespace {

/// As much of an address as behaviour depends on.
SocketAddress reduced(const SocketAddress& remote, Dependence dependence) {
  switch (dependence) {
    case Dependence::kEndpointIndependent: return {};
    case Dependence::kAddressDependent: return {remote.ip, 0};
    case Dependence::kAddressAndPortDependent: return remote;
  }
  return {};
}

}  // namespace

void Nat::expire(TimePoint now) {
  std::erase_if(mappings_, [&](const auto& entry) { return now - entry.second.lastOut > config.lifetime; });
}

uint16_t Nat::freePort(const SocketAddress& inside) {
  if (config.portPreservation && !mappings_.contains(inside.port)) return inside.port;
  do {
    nextPort_ = nextPort_ >= 60'000 ? 20'001 : static_cast<uint16_t>(nextPort_ + 1);
  } while (mappings_.contains(nextPort_));
  return nextPort_;
}

SocketAddress Nat::outbound(TimePoint now, const SocketAddress& inside, const SocketAddress& remote) {
  expire(now);
  const SocketAddress key = reduced(remote, config.mapping);
  for (auto& [port, mapping] : mappings_) {
    if (mapping.inside != inside || mapping.key != key) continue;
    mapping.lastOut = now;
    mapping.sentTo.insert(remote);
    return {outside_, port};
  }
  const uint16_t port = freePort(inside);
  mappings_[port] = Mapping{inside, key, port, now, {remote}};
  return {outside_, port};
}

std::optional<SocketAddress> Nat::inbound(TimePoint now, const SocketAddress& outside, const SocketAddress& remote) {
  expire(now);
  const auto at = mappings_.find(outside.port);
  if (at == mappings_.end() || outside.ip != outside_) return std::nullopt;
  const Mapping& mapping = at->second;
  for (const SocketAddress& known : mapping.sentTo) {
    if (reduced(known, config.filtering) == reduced(remote, config.filtering)) return mapping.inside;
  }
  return std::nullopt;
}

}  // namespace tincan::inline v0::sim
