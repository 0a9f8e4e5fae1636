#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "base/packet_buffer.h"
#include "rtp/payload/even_cut.h"
#include "rtp/payload/payload_format.h"
#include "rtp/payload/vp9_descriptor.h"

namespace tincan::inline v0::rtp {

/// What the first bytes of a VP9 frame say (VP9 bitstream specification §6.2, uncompressed_header).
struct Vp9FrameHeader {
  bool keyFrame = false;
  bool showsExisting = false;
  uint16_t width = 0;  ///< pixels; keyframes only
  uint16_t height = 0;

  /// False when `frame` is too short, or its marker or a keyframe's sync code is not there.
  static bool parse(ByteView frame, Vp9FrameHeader& out);
};

/// A picture of several spatial layers is one frame here: it starts with its lowest layer and ends with the marker.
[[nodiscard]] bool depacketizeVp9(ByteView rtpPayload, bool marker, Depacketized& out);

/// Splits VP9 frames into RTP payloads of nearly equal size (RFC 9628 §4): a 15-bit picture id that grows by one a
/// picture, and the scalability structure in front of a keyframe, so that a forwarder knows its size. Owned by one
/// sending stream.
class Vp9Packetizer {
 public:
  /// For a sender with layers: call setFrame once for each spatial layer of a picture, lowest first.
  struct Layer {
    bool flexible = false;
    bool keyPicture = false;  ///< an upper layer of a keyframe: it needs the layer below, and no picture before
    uint8_t temporalLayer = 0;
    bool switchingPoint = false;
    uint8_t spatialLayer = 0;
    uint8_t spatialLayers = 1;  ///< of the picture: the marker goes behind the last of them
    bool interLayer = false;
    bool notForUpper = false;
    uint8_t tl0PictureIndex = 0;
    uint8_t referenceCount = 0;  ///< flexible mode
    std::array<uint8_t, Vp9Descriptor::kMaxReferences> references{};
  };

  /// `firstPictureId` should be random (RFC 9628 §4.2); 15 bits of it count.
  explicit Vp9Packetizer(uint16_t firstPictureId) : nextPictureId_(firstPictureId & Vp9Descriptor::kPictureIdMask) {}

  /// An empty frame gives no packets and takes no id. `maxPayload` counts the descriptor, and must be above
  /// kMaxDescriptor.
  void setFrame(ByteView frame, size_t maxPayload) { start(frame, maxPayload, nullptr); }
  void setFrame(ByteView frame, size_t maxPayload, const Layer& layer) { start(frame, maxPayload, &layer); }
  bool next(PacketBuffer& out, bool& last);
  size_t packetsLeft() const { return cut_.left(); }
  uint16_t nextPictureId() const { return nextPictureId_; }

  /// Flags, picture id, layers, three references, a structure with the sizes of eight layers.
  static constexpr size_t kMaxDescriptor = 1 + 2 + 2 + 3 + 1 + 32;

 private:
  void start(ByteView frame, size_t maxPayload, const Layer* layer);
  Vp9Descriptor describe(const Vp9FrameHeader& header, const Layer* layer);

  ByteView rest_;
  EvenCut cut_;
  uint8_t first_[kMaxDescriptor] = {};  // descriptor of the first packet, with the structure
  size_t firstSize_ = 0;
  uint8_t other_[8] = {};
  size_t otherSize_ = 0;
  bool atStart_ = false;
  bool endsPicture_ = true;
  uint16_t nextPictureId_;
  std::array<Vp9ScalabilityStructure::Size, Vp9ScalabilityStructure::kMaxSpatialLayers> sizes_{};
};
static_assert(Packetizer<Vp9Packetizer>);

}  // namespace tincan::inline v0::rtp
