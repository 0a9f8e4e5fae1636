#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "rtp/payload/even_cut.h"
#include "rtp/payload/payload_format.h"

namespace tincan::inline v0::rtp {

/// The VP8 payload descriptor (RFC 7741 §4.2).
///
///       0 1 2 3 4 5 6 7
///      +-+-+-+-+-+-+-+-+
///      |X|R|N|S|R| PID |
///      +-+-+-+-+-+-+-+-+
///   X: |I|L|T|K| RSV   |
///      +-+-+-+-+-+-+-+-+
///   I: |M| PictureID   |  7 bits, or with M 15
///      |   PictureID   |
///   L: |   TL0PICIDX   |
///  T|K:|TID|Y| KEYIDX  |
///      +-+-+-+-+-+-+-+-+
struct Vp8Descriptor {
  static constexpr size_t kMaxSize = 6;

  bool nonReference = false;      ///< N: no later frame needs this one
  bool startOfPartition = false;  ///< S
  uint8_t partition = 0;          ///< PID
  std::optional<uint16_t> pictureId;
  bool longPictureId = false;  ///< M: 15 bits
  std::optional<uint8_t> tl0PictureIndex;
  std::optional<uint8_t> temporalLayer;  ///< TID, 2 bits
  bool layerSync = false;                ///< Y, of use with a temporal layer
  std::optional<uint8_t> keyIndex;       ///< 5 bits
  size_t size = 0;                       ///< of the descriptor on the wire

  /// False when the payload ends inside the descriptor, or nothing follows it (RFC 7741 §4.3: a payload is never
  /// empty).
  static bool parse(ByteView payload, Vp8Descriptor& out);
  /// Gives the size written; 0 when it does not fit.
  size_t write(MutableByteView out) const;
  bool startOfFrame() const { return startOfPartition && partition == 0; }
  bool operator==(const Vp8Descriptor&) const = default;
};

/// What the first bytes of a VP8 frame say (RFC 6386 §9.1, RFC 7741 §4.3).
struct Vp8FrameHeader {
  bool keyFrame = false;
  bool show = false;
  uint16_t width = 0;  ///< pixels; keyframes only
  uint16_t height = 0;

  /// False when `frame` is too short, or when a keyframe's start code is not there.
  static bool parse(ByteView frame, Vp8FrameHeader& out);
};

[[nodiscard]] bool depacketizeVp8(ByteView rtpPayload, bool marker, Depacketized& out);

/// Splits VP8 frames into RTP payloads of nearly equal size (RFC 7741 §4.4): the start of partition bit in the first,
/// partition id 0 in all (a decoder may not rely on more), a 15-bit picture id that grows by one a frame, and layer
/// fields only for a frame that is given them. Owned by one sending stream.
class Vp8Packetizer {
 public:
  /// Fields for a sender with temporal layers.
  struct Layer {
    uint8_t temporalLayer = 0;
    bool layerSync = false;
    uint8_t tl0PictureIndex = 0;
    bool nonReference = false;
  };

  /// `firstPictureId` should be random (RFC 7741 §4.2); 15 bits of it count.
  explicit Vp8Packetizer(uint16_t firstPictureId) : nextPictureId_(firstPictureId & kPictureIdMask) {}

  /// Starts a frame; what was left of the one before is forgotten. An empty frame gives no packets and takes no id.
  /// `maxPayload` counts the descriptor, and must be above Vp8Descriptor::kMaxSize.
  void setFrame(ByteView frame, size_t maxPayload) { setFrame(frame, maxPayload, std::nullopt); }
  void setFrame(ByteView frame, size_t maxPayload, const std::optional<Layer>& layer);
  bool next(PacketBuffer& out, bool& last);
  size_t packetsLeft() const { return cut_.left(); }
  uint16_t nextPictureId() const { return nextPictureId_; }

 private:
  static constexpr uint16_t kPictureIdMask = 0x7fff;

  ByteView rest_;
  EvenCut cut_;
  bool atStart_ = false;
  uint8_t descriptor_[Vp8Descriptor::kMaxSize] = {};  // of the packets behind the first
  size_t descriptorSize_ = 0;
  uint16_t nextPictureId_;
};
static_assert(Packetizer<Vp8Packetizer>);

}  // namespace tincan::inline v0::rtp
