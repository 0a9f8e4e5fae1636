#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "sctp/chunk/tsn.h"

namespace tincan::inline v0::sctp {

/// A fragment of a user message: DATA (RFC 9260 §3.3.1) or I-DATA (RFC 8260 §2.1). An association uses one of the two.
///
///      0                   1                   2                   3
///     |0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1|
///     |   Type = 0    |  Res  |I|U|B|E|            Length             |   DATA
///     |                              TSN                              |
///     |       Stream Identifier       |    Stream Sequence Number     |
///     |                 Payload Protocol Identifier                   |
///     |                           User Data …                         |
///
///     |   Type = 64   |  Res  |I|U|B|E|            Length             |   I-DATA
///     |                              TSN                              |
///     |       Stream Identifier       |           Reserved            |
///     |                      Message Identifier                       |
///     |   Payload Protocol Identifier (B) / Fragment Sequence Number  |
///     |                           User Data …                         |
struct DataChunk {
  static constexpr uint8_t kDataType = 0;
  static constexpr uint8_t kIDataType = 64;
  static constexpr size_t kDataHeaderSize = 16;
  static constexpr size_t kIDataHeaderSize = 20;

  static constexpr uint8_t kEnd = 0x01;        // E
  static constexpr uint8_t kBegin = 0x02;      // B
  static constexpr uint8_t kUnordered = 0x04;  // U
  static constexpr uint8_t kImmediate = 0x08;  // I: acknowledge at once (RFC 7053)

  bool interleaved = false;  ///< I-DATA
  bool begin = false;
  bool end = false;
  bool unordered = false;
  bool immediate = false;
  Tsn tsn{};
  StreamId stream{};
  uint32_t mid = 0;   ///< DATA: the stream sequence number, 16 bits; no meaning when unordered
  uint32_t fsn = 0;   ///< I-DATA: 0 in the first fragment
  uint32_t ppid = 0;  ///< I-DATA: in the first fragment only, else 0
  ByteView data{};

  static constexpr size_t headerSize(bool interleaved) { return interleaved ? kIDataHeaderSize : kDataHeaderSize; }
  /// With header and padding.
  size_t wireSize() const { return (headerSize(interleaved) + data.size() + 3) & ~size_t{3}; }
};

/// Of what stands behind the chunk's header. nullopt: too short, or without user data (RFC 9260 §6.10: no DATA chunk may
/// be empty; the receiver answers it with "No User Data").
std::optional<DataChunk> readData(uint8_t flags, ByteView body);
std::optional<DataChunk> readIData(uint8_t flags, ByteView body);

/// The whole chunk, padded. False, and the writer has failed, when there is no room.
bool write(ByteWriter& out, const DataChunk& chunk);

}  // namespace tincan::inline v0::sctp
