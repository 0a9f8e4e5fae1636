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
namespace tincan::rtp {

/// RFC 6184 §8.1, packetization-mode. Mode 2 (interleaved) is not spoken in WebRTC (RFC 7742 §6.2).
enum class H264PacketizationMode : uint8_t { kSingleNalUnit = 0, kNonInterleaved = 1 };

struct H264Syntax {
  static constexpr size_t kHeaderSize = 1;
  static constexpr size_t kFragmentHeaderSize = 2;
  static void writeFragmentHeader(ByteView unit, bool start, bool end, uint8_t* out);
  static void writeAggregateHeader(std::span<const ByteView> units, uint8_t* out);
};

class H264Packetizer : public NalPacketizer<H264Syntax> {
 public:
  explicit H264Packetizer(H264PacketizationMode mode = H264PacketizationMode::kNonInterleaved)
      : NalPacketizer(mode == H264PacketizationMode::kSingleNalUnit) {}
};
static_assert(Packetizer<H264Packetizer>);

/// A keyframe is known by its SPS or its IDR slice. Only an SPS says for sure that the frame starts: a slice may have
/// lost its parameter sets, or be in front of them (`guessedStart`).
[[nodiscard]] bool depacketizeH264(ByteView rtpPayload, bool marker, Depacketized& out);

}  // namespace tincan::rtp
