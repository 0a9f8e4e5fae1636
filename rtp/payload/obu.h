#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "rtp/payload/leb128.h"

namespace tincan::inline v0::rtp {

/// The header of an AV1 open bitstream unit (AV1 bitstream specification §5.3.2, §5.3.3).
///
///      0 1 2 3 4 5 6 7
///     +-+-+-+-+-+-+-+-+
///     |F| type  |X|S|-|  X: an extension byte follows; S: then the size (leb128)
///     +-+-+-+-+-+-+-+-+
///     | TID |SID|- - -|
struct ObuHeader {
  static constexpr uint8_t kSequenceHeader = 1;
  static constexpr uint8_t kTemporalDelimiter = 2;
  static constexpr uint8_t kTileList = 8;
  static constexpr uint8_t kPadding = 15;
  static constexpr uint8_t kExtensionBit = 0x04;
  static constexpr uint8_t kSizeBit = 0x02;

  uint8_t type = 0;
  uint8_t headerSize = 1;  ///< with the extension, without the size field
  uint8_t sizeField = 0;   ///< bytes of it; 0: there is none
  uint8_t temporalLayer = 0;
  uint8_t spatialLayer = 0;
  size_t bodySize = 0;  ///< by the size field, or all that follows the header

  size_t size() const { return headerSize + sizeField + bodySize; }
  /// False when it reaches past the end of `bytes`, or its forbidden bit is set.
  static bool parse(ByteView bytes, ObuHeader& out) {
    out = ObuHeader();
    if (bytes.empty() || (bytes[0] & 0x80) != 0) return false;
    out.type = bytes[0] >> 3 & 0x0f;
    if ((bytes[0] & kExtensionBit) != 0) {
      if (bytes.size() < 2) return false;
      out.headerSize = 2;
      out.temporalLayer = bytes[1] >> 5;
      out.spatialLayer = bytes[1] >> 3 & 0x03;
    }
    const ByteView rest = bytes.subspan(out.headerSize);
    out.bodySize = rest.size();
    if ((bytes[0] & kSizeBit) == 0) return true;
    uint32_t size = 0;
    out.sizeField = static_cast<uint8_t>(readLeb128(rest, size));
    if (out.sizeField == 0 || size > rest.size() - out.sizeField) return false;
    out.bodySize = size;
    return true;
  }
  /// AOM RTP specification §5: temporal delimiters and tile lists are not sent; padding is of no use to anybody.
  bool isDropped() const { return type == kTemporalDelimiter || type == kTileList || type == kPadding; }
};

}  // namespace tincan::inline v0::rtp
