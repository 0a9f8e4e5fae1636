#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/packet_buffer.h"

// What every payload format has in common. A format is a pair of siblings in this folder: a packetizer, which models
// the concept below, and a `depacketize…` function, which says about one RTP payload what Depacketized holds; the frame
// of many packets is put together by FrameWriter. There is no registry: whoever joins formats (a variant of
// packetizers, a switch over VideoFormat) names them.
namespace tincan::inline v0::rtp {

/// How a payload becomes bytes of the frame.
enum class Framing : uint8_t {
  kBytes,        ///< as it is, behind the prefix
  kNalList,      ///< NAL units, each behind 16 bits of length (STAP-A, AP): each becomes Annex B
  kObuElements,  ///< an AV1 aggregation header and OBU elements: each OBU is given its size again
};

/// One RTP payload of a video stream, understood. Views point into the packet.
struct Depacketized {
  bool startOfFrame = false;   ///< a frame may start here; where a format has a bit for it, it does
  bool endOfFrame = false;     ///< the RTP marker: the last packet of the frame
  bool keyFrame = false;       ///< the frame needs none before it. Known at its first packet
  bool guessedStart = false;   ///< a keyframe without its parameter sets: packets in front of this one may belong to it
  bool continuesUnit = false;  ///< starts in the midst of a NAL unit or OBU that the packet before began
  bool unitContinues = false;  ///< ends in the midst of one
  bool nonReference = false;   ///< no later frame of its layer needs this one
  bool layerSync = false;      ///< going up to this temporal layer is possible here
  bool interLayer = false;     ///< needs the spatial layer below
  bool layerStart = false;     ///< VP9: the frame of an upper spatial layer starts here
  uint8_t temporalLayer = 0;
  uint8_t spatialLayer = 0;
  Framing framing = Framing::kBytes;
  uint8_t prefixSize = 0;
  uint8_t prefix[6] = {};  ///< a start code, and the NAL header that a fragment does without
  uint16_t width = 0;      ///< pixels, where a keyframe's first packet says so; else 0
  uint16_t height = 0;
  uint32_t extraBytes = 0;  ///< what framing adds at most
  int32_t pictureId = -1;
  ByteView payload;  ///< codec bytes, the payload descriptor taken off (but for kObuElements)

  /// What the packet adds to its frame, at most.
  size_t frameBytes() const { return payload.size() + extraBytes; }
};

/// What a depacketizer starts from. Assigned as a constant it is four stores; a temporary would be written in pieces
/// and read back as a whole, for which a CPU has to wait.
inline constexpr Depacketized kNothingKnown{};

enum class VideoFormat : uint8_t { kVp8, kVp9, kH264, kH265, kAv1 };

/// The encoding name of SDP (`a=rtpmap`).
std::string_view encodingName(VideoFormat format);

/// False when the payload is malformed: the packet is to be dropped.
[[nodiscard]] bool depacketize(VideoFormat format, ByteView rtpPayload, bool marker, Depacketized& out);

/// Splits frames into RTP payloads. `setFrame` keeps a view: the frame must outlive the calls of `next`. `next` appends
/// one payload to an empty packet (its headroom stays free for the RTP header); false when no packet is left, or when
/// `out` has no room (then nothing is lost: call again with one that has). `last` goes into the RTP marker.
template <class T>
concept Packetizer = requires(T packetizer, ByteView frame, size_t maxPayload, PacketBuffer& out, bool& last) {
  packetizer.setFrame(frame, maxPayload);
  { packetizer.next(out, last) } -> std::same_as<bool>;
  { packetizer.packetsLeft() } -> std::same_as<size_t>;
};

}  // namespace tincan::inline v0::rtp
