#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/strong_id.h"
#include "rtp/rtcp/block.h"

namespace tincan::inline v0::rtp::rtcp {

/// One limit of a media stream's rate (RFC 5104 §4.2.1.1).
///
///     |                              SSRC                             |
///     | MxTBR Exp |  MxTBR Mantissa (17 bits)      | overhead (9 bits) |
struct RateLimit {
  Ssrc ssrc;
  uint64_t bitrate = 0;   ///< bits a second; written with 17 significant bits, rounded down
  uint16_t overhead = 0;  ///< bytes a packet, 9 bits
  bool operator==(const RateLimit&) const = default;
};

/// Temporary maximum media stream bit rate: the request (RFC 5104 §4.2.1) and the sender's answer (§4.2.2), which may
/// be empty.
struct Tmmbr {
  Ssrc sender;
  std::vector<RateLimit> limits;
  bool operator==(const Tmmbr&) const = default;
};
struct Tmmbn {
  Ssrc sender;
  std::vector<RateLimit> limits;
  bool operator==(const Tmmbn&) const = default;
};

/// Slice loss indication (RFC 4585 §6.3.2).
///
///     |            First        |        Number           | PictureID |
struct Sli {
  struct Loss {
    uint16_t first = 0;     ///< macroblock, 13 bits
    uint16_t number = 0;    ///< of macroblocks, 13 bits
    uint8_t pictureId = 0;  ///< 6 bits
    bool operator==(const Loss&) const = default;
  };
  Ssrc sender;
  Ssrc media;
  std::vector<Loss> losses;
  bool operator==(const Sli&) const = default;
};

/// Reference picture selection indication (RFC 4585 §6.3.3): bits that only the codec understands.
///
///     |      PB       |0| Payload Type|    Native RPSI bit string …   |
struct Rpsi {
  Ssrc sender;
  Ssrc media;
  uint8_t payloadType = 0;  ///< 7 bits
  uint8_t unusedBits = 0;   ///< of the last byte, 0…7
  Bytes bits;
  bool operator==(const Rpsi&) const = default;
};

Verdict parse(const Block& block, Tmmbr& out);
Verdict parse(const Block& block, Tmmbn& out);
Verdict parse(const Block& block, Sli& out);
Verdict parse(const Block& block, Rpsi& out);
bool write(ByteWriter& writer, const Tmmbr& tmmbr);
bool write(ByteWriter& writer, const Tmmbn& tmmbn);
bool write(ByteWriter& writer, const Sli& sli);
bool write(ByteWriter& writer, const Rpsi& rpsi);

}  // namespace tincan::inline v0::rtp::rtcp
