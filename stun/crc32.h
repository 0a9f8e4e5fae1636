#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0::stun {

/// CRC-32 of ITU-T V.42 (ISO 3309), which FINGERPRINT uses (RFC 8489 §14.7). Eight bytes a step.
uint32_t crc32(ByteView bytes);

}  // namespace tincan::inline v0::stun
