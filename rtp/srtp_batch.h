#pragma once

#include <optional>
#include <span>

#include "base/packet_buffer.h"
#include "rtp/srtp_session.h"

namespace tincan::inline v0::rtp {

/// One packet of a batch and the session that it belongs to. Both outlive the call; no packet stands in it twice.
struct SrtpJob {
  SrtpSession* session = nullptr;
  PacketBuffer* packet = nullptr;
  SrtpOutcome outcome{};  ///< written by the call
};

/// Packets of any sessions at once, as a forwarder has them: one packet for a thousand subscribers, or what a socket
/// gave in one go. The outcome of each, and the state of each session afterwards, are those of single calls in the same
/// order. AES-CM packets run side by side in IPsec-MB's lanes: turns of 32 fill them; GCM and libcrypto go one by one.
/// Gives how many passed.
///
/// All sessions belong to one thread. Allocates nothing.
size_t protectBatch(std::span<SrtpJob> jobs);
size_t unprotectBatch(std::span<SrtpJob> jobs);

}  // namespace tincan::inline v0::rtp
