#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0::sctp {

/// Castagnoli's CRC-32 as SCTP uses it (RFC 9260 appendix A): reflected, started and finished with all ones. `seed` is the
/// value over the bytes before, so that crc32c(b, crc32c(a)) is the CRC of a and b together.
uint32_t crc32c(ByteView data, uint32_t seed = 0);

/// The checksum of a whole SCTP packet, its own four bytes counted as zeros; `packet` has at least 12 bytes.
uint32_t packetChecksum(ByteView packet);
/// Bytes 8 to 11 as they are; the one little-endian field of the protocol.
uint32_t storedChecksum(ByteView packet);
void storeChecksum(MutableByteView packet, uint32_t checksum);

}  // namespace tincan::inline v0::sctp
