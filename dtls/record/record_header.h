#pragma once

#include "base/bytes.h"
#include "dtls/protocol.h"
#include "dtls/record/record_cipher.h"

namespace tincan::inline v0::dtls {

/// RFC 6347 §4.1; in DTLS 1.3 only for plaintext (RFC 9147 §4).
///
///     ContentType(1) ProtocolVersion(2) epoch(2) sequence_number(6) length(2) fragment[length]
constexpr size_t kRecordHeaderSize = 13;
/// RFC 9147 §4, as we write it: flags(1) sequence(2) length(2).
constexpr size_t kUnifiedHeaderSize = 5;
constexpr uint8_t kUnifiedMask = 0xE0;
constexpr uint8_t kUnifiedFixedBits = 0x20;
constexpr uint8_t kUnifiedConnectionId = 0x10;
constexpr uint8_t kUnifiedLongSequence = 0x08;
constexpr uint8_t kUnifiedLength = 0x04;
constexpr uint8_t kUnifiedEpoch = 0x03;

constexpr uint16_t kWireDtls10 = 0xFEFF;
constexpr uint16_t kWireDtls12 = 0xFEFD;
constexpr uint64_t kMaxSequence = (uint64_t{1} << 48) - 1;

inline void writeRecordHeader(ByteWriter& out, ContentType type, uint16_t version, RecordNumber number, size_t length) {
  out.u8(static_cast<uint8_t>(type));
  out.u16(version);
  out.u16(static_cast<uint16_t>(number.epoch));
  out.u48(number.sequence);
  out.u16(static_cast<uint16_t>(length));
}

/// The number with these low `bits` that is nearest to `expected` (RFC 9147 §4.2.2).
inline uint64_t nearestSequence(uint64_t low, unsigned bits, uint64_t expected) {
  const uint64_t range = uint64_t{1} << bits;
  const uint64_t candidate = (expected & ~(range - 1)) | low;
  if (candidate + range / 2 < expected) return candidate + range;
  if (candidate >= range && candidate > expected + range / 2) return candidate - range;
  return candidate;
}

}  // namespace tincan::inline v0::dtls
