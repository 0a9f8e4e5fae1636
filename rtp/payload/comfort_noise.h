#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0::rtp {

/// RFC 3389 §3: what the noise sounds like while nobody speaks.
///
///      0 1 2 3 4 5 6 7
///     +-+-+-+-+-+-+-+-+
///     |0|   level     |  in -dBov, 0…127
///     +-+-+-+-+-+-+-+-+
///     |  reflection coefficients …   (§3.2: k_i = (N_i - 127) / 128), as many as the sender's model has
struct ComfortNoise {
  /// §3.2: the order is open; the example and what codecs use (12) lie below.
  static constexpr size_t kMaxOrder = 32;

  uint8_t level = 0;  ///< -dBov
  ByteView coefficients;

  /// False when the payload is empty or its first bit is set (§3.1: it MUST be 0). Coefficients past kMaxOrder are left
  /// out.
  static bool parse(ByteView payload, ComfortNoise& out) {
    if (payload.empty() || (payload[0] & 0x80) != 0) return false;
    out.level = payload[0];
    out.coefficients = payload.subspan(1, payload.size() - 1 < kMaxOrder ? payload.size() - 1 : kMaxOrder);
    return true;
  }
  /// Gives the size written; 0 when it does not fit.
  size_t write(MutableByteView out) const {
    ByteWriter writer(out);
    writer.u8(level & 0x7f);
    writer.bytes(coefficients);
    return writer.ok() ? writer.size() : 0;
  }
};

}  // namespace tincan::inline v0::rtp
