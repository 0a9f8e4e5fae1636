#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/packet_buffer.h"

// What every payload format has in common. A format is a pair of siblings in this folder: a packetizer, which models
// the concept below, and a `depacketize…` function, which says about one RTP payload what Depacketized holds. There is
// no registry: whoever joins formats (a variant of packetizers, a switch over VideoFormat) names them.
namespace tincan::rtp {

/// One RTP payload of a video stream, understood. Views point into the packet.
struct Depacketized {
  bool startOfFrame = false;  ///< a frame may start here; where a format has a bit for it, it does
  bool endOfFrame = false;    ///< the RTP marker: the last packet of the frame
  bool keyFrame = false;      ///< the frame needs none before it. Known at its first packet
  uint16_t width = 0;         ///< pixels, where a keyframe's first packet says so; else 0
  uint16_t height = 0;
  ByteView payload;  ///< codec bytes, the payload descriptor taken off; those of a frame's packets joined are the frame
};

enum class VideoFormat : uint8_t { kVp8 };

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

}  // namespace tincan::rtp
