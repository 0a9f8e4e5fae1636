#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "sctp/chunk/chunk.h"

namespace tincan::inline v0::sctp {

/// What an endpoint can do beyond RFC 9260, as its INIT or INIT ACK says it.
struct Capabilities {
  bool partialReliability = false;  ///< FORWARD-TSN (RFC 3758 §3.1)
  bool reconfig = false;      ///< RE-CONFIG (RFC 6525 §3.1), by the list of supported extensions (RFC 5061 §4.2.7)
  bool interleaving = false;  ///< I-DATA and I-FORWARD-TSN (RFC 8260 §2.2.1), by that list
  bool zeroChecksum = false;  ///< takes a checksum of zero inside DTLS (RFC 9653 §4)
  bool operator==(const Capabilities&) const = default;
};

/// INIT and INIT ACK (RFC 9260 §3.3.2, §3.3.3):
///
///      0                   1                   2                   3
///      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  Type = 1, 2  |   Flags = 0   |         Chunk Length          |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                         Initiate Tag                          |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |           Advertised Receiver Window Credit (a_rwnd)          |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |  Number of Outbound Streams   |   Number of Inbound Streams   |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     |                          Initial TSN                          |
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
///     \              Optional/Variable-Length Parameters              /
///     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
struct InitChunk {
  ChunkType type = ChunkType::kInit;
  uint32_t tag = 0;
  uint32_t window = 0;  ///< bytes
  uint16_t outboundStreams = 0;
  uint16_t inboundStreams = 0;
  uint32_t initialTsn = 0;
  Capabilities capabilities{};
  Bytes cookie{};  ///< INIT ACK: the state cookie
  /// Read: the parameters that we do not know and are to report, each whole. Written: the same, each inside an
  /// Unrecognized Parameter (RFC 9260 §3.3.3.1).
  std::vector<Bytes> unrecognized{};
};

/// Errors: kMalformed (too short, a length that lies, a tag of zero, no streams, an INIT ACK without a cookie).
Result<InitChunk> readInit(const ChunkView& chunk);
/// The same of a text that is one INIT chunk, header included, and nothing else, as a=sctp-init has it.
Result<InitChunk> readInitAlone(ByteView bytes);
/// The whole chunk, header included, as it stands in a packet and in a=sctp-init (draft-hancke-tsvwg-snap-00), without
/// padding behind its last parameter.
Bytes write(const InitChunk& init);

}  // namespace tincan::inline v0::sctp
