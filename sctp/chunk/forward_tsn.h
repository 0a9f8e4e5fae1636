#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "sctp/chunk/tsn.h"

namespace tincan::inline v0::sctp {

/// Moves the receiver's cumulative TSN past what the sender has given up: FORWARD-TSN (RFC 3758 §3.2), and with I-DATA
/// I-FORWARD-TSN (RFC 8260 §2.3.1).
///
///     |   Type = 192  |  Flags = 0    |            Length             |   FORWARD-TSN
///     |                      New Cumulative TSN                       |
///     |           Stream-1            |     Stream Sequence-1         |   ordered messages only
///     |                              …                                |
///
///     |   Type = 194  |  Flags = 0    |            Length             |   I-FORWARD-TSN
///     |                      New Cumulative TSN                       |
///     |       Stream Identifier       |          Reserved           |U|
///     |                      Message Identifier                       |
///     |                              …                                |
struct ForwardTsnChunk {
  static constexpr uint8_t kType = 192;
  static constexpr uint8_t kInterleavedType = 194;
  static constexpr size_t kHeaderSize = 8;
  static constexpr size_t kEntrySize = 4;
  static constexpr size_t kInterleavedEntrySize = 8;

  struct Skipped {
    StreamId stream{};
    bool unordered = false;  ///< I-FORWARD-TSN only
    uint32_t mid = 0;        ///< the last one skipped; FORWARD-TSN: the stream sequence number, 16 bits
    bool operator==(const Skipped&) const = default;
  };

  bool interleaved = false;
  Tsn cumulative{};
  std::vector<Skipped> skipped;

  static constexpr size_t entrySize(bool interleaved) { return interleaved ? kInterleavedEntrySize : kEntrySize; }
  size_t wireSize() const { return kHeaderSize + skipped.size() * entrySize(interleaved); }
};

/// Of what stands behind the chunk's header. False when it does not end where an entry ends.
/// `chunk` keeps its memory from call to call.
bool readForwardTsn(ByteView body, ForwardTsnChunk& chunk);
bool readIForwardTsn(ByteView body, ForwardTsnChunk& chunk);

/// The whole chunk. False, and the writer has failed, when there is no room.
bool write(ByteWriter& out, const ForwardTsnChunk& chunk);

}  // namespace tincan::inline v0::sctp
