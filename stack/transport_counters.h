#pragma once

#include <cstdint>

namespace tincan::inline v0::stack {

/// What a transport has sent and received, and what it dropped and why.
struct TransportCounters {
  uint64_t packetsSent = 0, bytesSent = 0;
  uint64_t packetsReceived = 0, bytesReceived = 0;
  uint64_t unknownFirstByte = 0;  ///< RFC 7983 §7: neither STUN, DTLS nor RTP
  uint64_t beforeKeys = 0;        ///< RTP or RTCP before SRTP has keys (A28), or after their end
  uint64_t unauthenticated = 0;   ///< SRTP said no: wrong key, replayed, malformed
  uint64_t unsent = 0;            ///< nothing to send over, or the keys are used up
  uint64_t earlyDtlsDropped = 0;  ///< before the role is known, past the few that are kept
  uint64_t dropped() const { return unknownFirstByte + beforeKeys + unauthenticated + earlyDtlsDropped; }
};

}  // namespace tincan::inline v0::stack
