#pragma once

#include <optional>

#include "base/packet_buffer.h"
#include "sctp/chunk/chunk.h"

namespace tincan::inline v0::sctp {

/// RFC 9260 §3.1:
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |      Source Port Number       |    Destination Port Number    |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                       Verification Tag                        |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                           Checksum                            |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct CommonHeader {
  uint16_t sourcePort = 0;
  uint16_t destinationPort = 0;
  uint32_t tag = 0;
  bool operator==(const CommonHeader&) const = default;
};

/// The header of a packet of at least kCommonHeaderSize bytes, else nothing. The checksum is not looked at.
std::optional<CommonHeader> parseCommonHeader(ByteView packet);

/// What stands in a packet's checksum: Castagnoli's CRC (RFC 9260 §6.8), or zero, where the peer has said that it takes
/// that (RFC 9653 §5.2).
enum class Checksum : uint8_t { kCrc32c, kZero };

/// Writes one packet, chunk by chunk, into an empty buffer of a pool. `limit` is the largest packet, in bytes with its
/// common header.
class PacketBuilder {
 public:
  PacketBuilder(PacketBuffer& packet, const CommonHeader& header, size_t limit);

  /// How long the next chunk may be, with its own header (of which it may have to have 4 bytes) and without padding.
  size_t room() const { return limit_ - packet_.size(); }
  bool fits(size_t bodySize) const { return padded(kChunkHeaderSize + bodySize) <= room(); }
  /// A new chunk: header and padding are written; the body is the caller's to fill at once. Empty, and nothing written,
  /// when it does not fit (ask fits() first where the body is empty too).
  MutableByteView add(ChunkType type, uint8_t flags, size_t bodySize);
  bool add(ChunkType type, uint8_t flags, ByteView body);
  /// A chunk that is written already, with its header and without padding.
  bool addWhole(ByteView chunk);
  /// No chunk so far.
  bool empty() const { return packet_.size() <= kCommonHeaderSize; }
  size_t size() const { return packet_.size(); }

  /// Writes the checksum; nothing may be added after it.
  void finish(Checksum checksum);

 private:
  PacketBuffer& packet_;
  size_t limit_;
};

}  // namespace tincan::inline v0::sctp
