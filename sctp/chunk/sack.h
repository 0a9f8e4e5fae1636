#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "sctp/chunk/tsn.h"

namespace tincan::inline v0::sctp {

/// What has come at the receiver, and how much more it takes (RFC 9260 §3.3.4).
///
///     |   Type = 3    |  Flags = 0    |            Length             |
///     |                      Cumulative TSN Ack                       |
///     |                          a_rwnd                               |
///     |   Number of Gap Ack Blocks    |   Number of Duplicate TSNs    |
///     |   Gap Ack Block #1 Start      |   Gap Ack Block #1 End        |   offsets from the Cumulative TSN Ack
///     |                              …                                |
///     |                       Duplicate TSN #1                        |
///     |                              …                                |
struct SackChunk {
  static constexpr uint8_t kType = 3;
  static constexpr size_t kHeaderSize = 16;
  static constexpr size_t kEntrySize = 4;  // of a gap block, and of a duplicate TSN

  struct Gap {
    uint16_t start = 0;  ///< both inclusive, and at least 2: what follows the cumulative TSN is what is missing
    uint16_t end = 0;
    bool operator==(const Gap&) const = default;
  };

  Tsn cumulative{};
  uint32_t window = 0;  ///< bytes
  std::vector<Gap> gaps;
  std::vector<Tsn> duplicates;

  size_t wireSize() const { return kHeaderSize + kEntrySize * (gaps.size() + duplicates.size()); }
};

/// Of what stands behind the chunk's header. False when it is too short for what it counts, or when its gap blocks are
/// not: each start ≤ end, in rising order, none over another, the first one behind a hole.
/// `sack` keeps its memory from call to call.
bool readSack(ByteView body, SackChunk& sack);

/// The whole chunk. False, and the writer has failed, when there is no room.
bool write(ByteWriter& out, const SackChunk& sack);

}  // namespace tincan::inline v0::sctp
