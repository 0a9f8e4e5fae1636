#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "rtp/rtcp/block.h"

// Every feedback message starts with two SSRCs (RFC 4585 §6.1):
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |V=2|P|  FMT    |      PT       |          length               |
//     |                  SSRC of packet sender                        |
//     |                  SSRC of media source                         |
//     |             feedback control information (FCI) …              |
namespace tincan::inline v0::rtp::rtcp {

constexpr size_t kMaxNackedPackets = 1000;

/// Generic NACK: packets that did not come (RFC 4585 §6.2.1). On the wire a packet id and a bitmask of the 16 after it.
struct Nack {
  Ssrc sender;
  Ssrc media;
  std::vector<uint16_t> sequenceNumbers;  ///< at most kMaxNackedPackets; written best when ascending
  bool operator==(const Nack&) const = default;
};

/// Picture loss indication: the decoder needs a keyframe (RFC 4585 §6.3.1).
struct Pli {
  Ssrc sender;
  Ssrc media;
  bool operator==(const Pli&) const = default;
};

/// Full intra request (RFC 5104 §4.3.1): a keyframe, once for each new sequence number.
///
///     |                              SSRC                             |
///     | seq nr.       |    reserved                                   |
struct Fir {
  struct Entry {
    Ssrc ssrc;
    uint8_t sequenceNumber = 0;
    bool operator==(const Entry&) const = default;
  };
  Ssrc sender;
  std::vector<Entry> entries;
  bool operator==(const Fir&) const = default;
};

/// Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb-03 §2.2), an application layer feedback message.
///
///     |  Unique identifier 'R' 'E' 'M' 'B'                            |
///     |  Num SSRC     | BR Exp    |  BR Mantissa (18 bits)            |
///     |   SSRC feedback …                                             |
struct Remb {
  Ssrc sender;
  uint64_t bitrate = 0;     ///< bits a second; written with 18 significant bits, rounded down
  std::vector<Ssrc> ssrcs;  ///< at most 255
  bool operator==(const Remb&) const = default;
};

Verdict parse(const Block& block, Nack& out);
Verdict parse(const Block& block, Pli& out);
Verdict parse(const Block& block, Fir& out);
Verdict parse(const Block& block, Remb& out);
/// The block is an application layer feedback message and says it is REMB.
bool isRemb(const Block& block);
bool write(ByteWriter& writer, const Nack& nack);
bool write(ByteWriter& writer, const Pli& pli);
bool write(ByteWriter& writer, const Fir& fir);
bool write(ByteWriter& writer, const Remb& remb);

}  // namespace tincan::inline v0::rtp::rtcp
