#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "rtp/payload/nal_packetizer.h"
#include "rtp/payload/payload_format.h"

// H.265 (RFC 7798), without DONL (sprop-max-don-diff is 0, the default) and without PACI.
//
//      0                   1
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |F|   type    |  layer id | TID |  0…47: a NAL unit as it is; 48: AP, units behind 16 bits of length; 49: FU:
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |S|E|   type    |                  FU header: first and last fragment, and the unit's own type
//     +-+-+-+-+-+-+-+-+
namespace tincan::rtp {

struct H265Syntax {
  static constexpr size_t kHeaderSize = 2;
  static constexpr size_t kFragmentHeaderSize = 3;
  static void writeFragmentHeader(ByteView unit, bool start, bool end, uint8_t* out);
  static void writeAggregateHeader(std::span<const ByteView> units, uint8_t* out);
};

class H265Packetizer : public NalPacketizer<H265Syntax> {
 public:
  H265Packetizer() : NalPacketizer(false) {}
};
static_assert(Packetizer<H265Packetizer>);

/// A keyframe is known by its VPS or SPS, or by a slice of an IRAP picture (`guessedStart`, as with H.264).
[[nodiscard]] bool depacketizeH265(ByteView rtpPayload, bool marker, Depacketized& out);

}  // namespace tincan::rtp
