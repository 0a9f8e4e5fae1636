#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0::sctp {

/// RFC 9260 §3.1: what stands in front of a packet's chunks.
inline constexpr size_t kCommonHeaderSize = 12;
inline constexpr size_t kChunkHeaderSize = 4;  // RFC 9260 §3.2

/// RFC 9260 §3.2, and where another document has it, its section.
enum class ChunkType : uint8_t {
  kData = 0,
  kInit = 1,
  kInitAck = 2,
  kSack = 3,
  kHeartbeat = 4,
  kHeartbeatAck = 5,
  kAbort = 6,
  kShutdown = 7,
  kShutdownAck = 8,
  kError = 9,
  kCookieEcho = 10,
  kCookieAck = 11,
  kShutdownComplete = 14,
  kIData = 64,         // RFC 8260 §2.1
  kReconfig = 130,     // RFC 6525 §3.1
  kPad = 132,          // RFC 4820 §3
  kForwardTsn = 192,   // RFC 3758 §3.2
  kIForwardTsn = 194,  // RFC 8260 §2.3.1
};

/// One chunk of a packet that somebody else owns:
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |   Chunk Type  | Chunk  Flags  |        Chunk Length           |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     \                          Chunk Value                          /
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///
/// The length counts the header and the value, and not the padding to four bytes behind them.
struct ChunkView {
  ChunkType type = ChunkType::kData;
  uint8_t flags = 0;
  ByteView body{};   ///< the value
  ByteView whole{};  ///< with the header, without the padding
};

constexpr size_t padded(size_t size) {
  return (size + 3) & ~size_t{3};
}

/// Walks over the chunks behind the common header.
class ChunkReader {
 public:
  explicit ChunkReader(ByteView chunks) : rest_(chunks) {}

  /// The next one; false at the end, or where a length lies: then ok() is false too. The last padding may be missing.
  bool next(ChunkView& chunk) {
    if (rest_.empty() || !ok_) return false;
    ByteReader reader(rest_);
    const uint8_t type = reader.u8();
    chunk.flags = reader.u8();
    const size_t size = reader.u16();
    ok_ = reader.ok() && size >= kChunkHeaderSize && size <= rest_.size();
    if (!ok_) return false;
    chunk.type = static_cast<ChunkType>(type);
    chunk.whole = rest_.first(size);
    chunk.body = chunk.whole.subspan(kChunkHeaderSize);
    rest_ = rest_.subspan(std::min(padded(size), rest_.size()));
    return true;
  }
  bool ok() const { return ok_; }

 private:
  ByteView rest_;
  bool ok_ = true;
};

/// RFC 9260 §3.2: what the two highest bits of a type that is not known ask for.
constexpr bool skipsIfUnknown(ChunkType type) {
  return (static_cast<uint8_t>(type) & 0x80) != 0;
}
constexpr bool reportsIfUnknown(ChunkType type) {
  return (static_cast<uint8_t>(type) & 0x40) != 0;
}

}  // namespace tincan::inline v0::sctp
