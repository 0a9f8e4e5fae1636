#pragma once

#include <string>

#include "stack/peer_connection.h"

namespace tincan::inline v0::stack {

/// What descriptions say of a transport, where nothing is gathered and nobody connects.
inline LocalTransport localTransport(const std::string& ufrag = "abcd") {
  LocalTransport out;
  out.iceUfrag = ufrag;
  out.icePwd = "0123456789012345678901";
  out.fingerprint = "sha-256 AA";
  for (int i = 1; i < 32; ++i) out.fingerprint += ":AA";
  return out;
}

}  // namespace tincan::inline v0::stack
