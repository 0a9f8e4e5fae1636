#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "rtp/payload/nal_packetizer.h"
#include "rtp/payload/payload_format.h"

// H.264 (RFC 6184), packetization modes 0 and 1.
//
//      0 1 2 3 4 5 6 7
//     +-+-+-+-+-+-+-+-+
//     |F|NRI|  type   |  1…23: a NAL unit as it is; 24: STAP-A, units behind 16 bits of length each; 28: FU-A:
//     +-+-+-+-+-+-+-+-+
//     |S|E|R|  type   |  FU header: first and last fragment, and the unit's own type
//     +-+-+-+-+-+-+-+-+
namespace tincan::inline v0::rtp {

/// RFC 6184 §8.1, packetization-mode. Mode 2 (interleaved) is not spoken in WebRTC (RFC 7742 §6.2).
enum class H264PacketizationMode : uint8_t { kSingleNalUnit = 0, kNonInterleaved = 1 };

/// The two headers, for NalPacketizer and depacketizeNal.
struct H264Syntax {
  using Header = uint8_t;
  static constexpr size_t kHeaderSize = 1;
  static constexpr size_t kFragmentHeaderSize = 2;
  static constexpr size_t kMinPayload = 1;
  static constexpr uint8_t kTypeMask = 0x1f;
  static constexpr uint8_t kForbiddenBit = 0x80;
  static constexpr uint8_t kReferenceMask = 0x60;  // NRI

  // H.264 table 7-1 and RFC 6184 §5.2. STAP-B, MTAP and FU-B belong to mode 2 (§5.4).
  static constexpr uint8_t kIdrSlice = 5;
  static constexpr uint8_t kSps = 7;
  static constexpr uint8_t kMaxUnitType = 23;
  static constexpr uint8_t kAggregate = 24;  // STAP-A
  static constexpr uint8_t kFragment = 28;   // FU-A

  static Header load(const uint8_t* p) { return *p; }
  static void store(uint8_t* p, Header header) { *p = header; }
  static uint8_t typeOf(Header header) { return header & kTypeMask; }
  static Header withType(Header header, uint8_t type) { return static_cast<Header>((header & ~kTypeMask) | type); }
  static bool isUnit(Header header) { return typeOf(header) >= 1 && typeOf(header) <= kMaxUnitType; }
  static bool isNonReference(Header header) { return (header & kReferenceMask) == 0; }
  static bool isParameterSet(Header header) { return typeOf(header) == kSps; }
  static bool isKeySlice(Header header) { return typeOf(header) == kIdrSlice; }
  static void noteLayers(Header, Depacketized&) {}
  static Header aggregateHeader(std::span<const ByteView> units);
};

class H264Packetizer : public NalPacketizer<H264Syntax> {
 public:
  explicit H264Packetizer(H264PacketizationMode mode = H264PacketizationMode::kNonInterleaved)
      : NalPacketizer(mode == H264PacketizationMode::kSingleNalUnit) {}
};
static_assert(Packetizer<H264Packetizer>);

/// A keyframe is known by its SPS or its IDR slice.
[[nodiscard]] bool depacketizeH264(ByteView rtpPayload, bool marker, Depacketized& out);

}  // namespace tincan::inline v0::rtp
