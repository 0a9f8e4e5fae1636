#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace tincan::inline v0::ice {

/// A STUN or TURN server as its URL names it (RFC 7064, RFC 7065). The credentials come from beside the URL.
struct ServerUrl {
  enum class Scheme : uint8_t { kStun, kStuns, kTurn, kTurns };

  Scheme scheme = Scheme::kStun;
  std::string host;  ///< a name or an address; IPv6 without its brackets
  uint16_t port = 3478;
  Protocol protocol = Protocol::kUdp;
  std::string username, credential;

  /// "stun:host", "stuns:host:5349", "turn:[2001:db8::1]:3478?transport=tcp"
  static Result<ServerUrl> parse(std::string_view url);
  std::string toString() const;
  bool operator==(const ServerUrl&) const = default;
  bool isTurn() const { return scheme == Scheme::kTurn || scheme == Scheme::kTurns; }
};

std::string_view name(ServerUrl::Scheme scheme);

}  // namespace tincan::inline v0::ice
