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
namespace tincan::inline v0::rtp {

/// The two headers, for NalPacketizer and depacketizeNal.
struct H265Syntax {
  using Header = uint16_t;
  static constexpr size_t kHeaderSize = 2;
  static constexpr size_t kFragmentHeaderSize = 3;
  static constexpr size_t kMinPayload = 3;
  static constexpr uint8_t kTypeMask = 0x3f;
  static constexpr size_t kTypeShift = 9;
  static constexpr uint16_t kNotTypeMask = 0x81ff;
  static constexpr uint16_t kForbiddenBit = 0x8000;

  // H.265 table 7-1 and RFC 7798 §4.4. PACI (50) and what is not assigned are not taken.
  static constexpr uint8_t kMaxSubLayerNonReference = 14;  // even types up to it
  static constexpr uint8_t kFirstIrap = 16;
  static constexpr uint8_t kLastIrap = 23;
  static constexpr uint8_t kVps = 32;
  static constexpr uint8_t kSps = 33;
  static constexpr uint8_t kMaxUnitType = 47;
  static constexpr uint8_t kAggregate = 48;  // AP
  static constexpr uint8_t kFragment = 49;   // FU

  static Header load(const uint8_t* p) { return loadBe16(p); }
  static void store(uint8_t* p, Header header) { storeBe16(p, header); }
  static uint8_t typeOf(Header header) { return header >> kTypeShift & kTypeMask; }
  static uint8_t layerOf(Header header) { return header >> 3 & 0x3f; }
  static uint8_t temporalOf(Header header) { return header & 0x07; }  // TID, which counts from 1
  static Header withType(Header header, uint8_t type) {
    return static_cast<Header>((header & kNotTypeMask) | type << kTypeShift);
  }
  // H.265 §7.4.2.2: a TID of 0 is forbidden.
  static bool isUnit(Header header) { return typeOf(header) <= kMaxUnitType && temporalOf(header) != 0; }
  static bool isNonReference(Header header) {
    return typeOf(header) <= kMaxSubLayerNonReference && typeOf(header) % 2 == 0;
  }
  static bool isParameterSet(Header header) { return typeOf(header) == kVps || typeOf(header) == kSps; }
  static bool isKeySlice(Header header) { return typeOf(header) >= kFirstIrap && typeOf(header) <= kLastIrap; }
  static void noteLayers(Header header, Depacketized& out) {
    out.temporalLayer = static_cast<uint8_t>(temporalOf(header) - 1);
    out.spatialLayer = layerOf(header);
  }
  static Header aggregateHeader(std::span<const ByteView> units);
};

class H265Packetizer : public NalPacketizer<H265Syntax> {
 public:
  H265Packetizer() : NalPacketizer(false) {}
};
static_assert(Packetizer<H265Packetizer>);

/// A keyframe is known by its VPS or SPS, or by a slice of an IRAP picture (`guessedStart`, as with H.264).
[[nodiscard]] bool depacketizeH265(ByteView rtpPayload, bool marker, Depacketized& out);

}  // namespace tincan::inline v0::rtp
