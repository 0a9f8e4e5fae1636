#pragma once

#include "base/packet_buffer.h"
#include "stun/protocol.h"

namespace tincan::inline v0::stun {

/// What a server is asked for the address it sees us at, or told to keep that open (RFC 8489 §3, RFC 8445 §11): a Binding
/// request or indication with nothing but a FINGERPRINT in it. Empty where the pool is.
PacketBuffer bindingMessage(PacketPool& pool, Class messageClass, const TransactionId& id);

}  // namespace tincan::inline v0::stun
