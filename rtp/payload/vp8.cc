#include "rtp/payload/vp8.h"

#include <cstring>

namespace tincan::inline v0::rtp {
namespace {

constexpr uint8_t kExtended = 0x80;      // X, and M of the picture id
constexpr uint8_t kNonReference = 0x20;  // N
constexpr uint8_t kStart = 0x10;         // S
constexpr size_t kPlainSize = 4;         // flags, extension flags, picture id
constexpr uint8_t kHasPictureId = 0x80;
constexpr uint8_t kHasTl0 = 0x40;
constexpr uint8_t kHasTid = 0x20;
constexpr uint8_t kHasKeyIndex = 0x10;

void parseExtension(ByteReader& reader, Vp8Descriptor& out) {
  const uint8_t flags = reader.u8();
  if (flags & kHasPictureId) {
    const uint8_t first = reader.u8();
    out.longPictureId = (first & kExtended) != 0;
    out.pictureId = first & 0x7f;
    if (out.longPictureId) out.pictureId = static_cast<uint16_t>((first & 0x7f) << 8 | reader.u8());
  }
  if (flags & kHasTl0) out.tl0PictureIndex = reader.u8();
  if (flags & (kHasTid | kHasKeyIndex)) {
    const uint8_t layers = reader.u8();
    if (flags & kHasTid) {
      out.temporalLayer = layers >> 6;
      out.layerSync = (layers & 0x20) != 0;
    }
    if (flags & kHasKeyIndex) out.keyIndex = layers & 0x1f;
  }
}

}  // namespace

bool Vp8Descriptor::parse(ByteView payload, Vp8Descriptor& out) {
  ByteReader reader(payload);
  const uint8_t first = reader.u8();
  out = Vp8Descriptor();
  out.nonReference = (first & kNonReference) != 0;
  out.startOfPartition = (first & kStart) != 0;
  out.partition = first & 0x07;
  if (first & kExtended) parseExtension(reader, out);
  out.size = reader.position();
  return reader.ok() && reader.remaining() > 0;
}

size_t Vp8Descriptor::write(MutableByteView out) const {
  ByteWriter writer(out);
  const bool hasLayers = temporalLayer || keyIndex;
  const bool extended = pictureId || tl0PictureIndex || hasLayers;
  writer.u8(static_cast<uint8_t>((extended ? kExtended : 0) | (nonReference ? kNonReference : 0) |
                                 (startOfPartition ? kStart : 0) | (partition & 0x07)));
  if (extended) {
    writer.u8(static_cast<uint8_t>((pictureId ? kHasPictureId : 0) | (tl0PictureIndex ? kHasTl0 : 0) |
                                   (temporalLayer ? kHasTid : 0) | (keyIndex ? kHasKeyIndex : 0)));
  }
  if (pictureId && longPictureId) writer.u16(static_cast<uint16_t>(0x8000 | (*pictureId & 0x7fff)));
  if (pictureId && !longPictureId) writer.u8(static_cast<uint8_t>(*pictureId & 0x7f));
  if (tl0PictureIndex) writer.u8(*tl0PictureIndex);
  if (hasLayers) {
    writer.u8(static_cast<uint8_t>((temporalLayer.value_or(0) & 0x03) << 6 | (layerSync ? 0x20 : 0) |
                                   (keyIndex.value_or(0) & 0x1f)));
  }
  return writer.ok() ? writer.size() : 0;
}

// The first three bytes are a little-endian number: frame type (0 is a keyframe), version, show, first partition's size
// (RFC 6386 §9.1). A keyframe goes on with 9d 01 2a, then 14 bits of width and of height under two of scaling.
bool Vp8FrameHeader::parse(ByteView frame, Vp8FrameHeader& out) {
  out = Vp8FrameHeader();
  if (frame.size() < 3) return false;
  out.keyFrame = (frame[0] & 0x01) == 0;
  out.show = (frame[0] & 0x10) != 0;
  if (!out.keyFrame) return true;
  if (frame.size() < 10 || loadBe24(frame.data() + 3) != 0x9d012a) return false;
  out.width = static_cast<uint16_t>((frame[6] | frame[7] << 8) & 0x3fff);
  out.height = static_cast<uint16_t>((frame[8] | frame[9] << 8) & 0x3fff);
  return true;
}

bool depacketizeVp8(ByteView rtpPayload, bool marker, Depacketized& out) {
  Vp8Descriptor descriptor;
  if (!Vp8Descriptor::parse(rtpPayload, descriptor)) return false;
  out = kNothingKnown;
  out.payload = rtpPayload.subspan(descriptor.size);
  out.endOfFrame = marker;
  if (descriptor.pictureId) out.pictureId = *descriptor.pictureId;
  out.temporalLayer = descriptor.temporalLayer.value_or(0);
  out.startOfFrame = descriptor.startOfFrame();
  if (!out.startOfFrame) return true;
  // RFC 7741 §4.3: the P bit of the first byte tells a keyframe, even where a sender put less than the whole header in
  // the first packet.
  out.keyFrame = (out.payload[0] & 0x01) == 0;
  Vp8FrameHeader header;
  if (!out.keyFrame || out.payload.size() < 10) return true;
  if (!Vp8FrameHeader::parse(out.payload, header)) return false;
  out.width = header.width;
  out.height = header.height;
  return true;
}

void Vp8Packetizer::setFrame(ByteView frame, size_t maxPayload, const std::optional<Layer>& layer) {
  cut_ = {};
  if (frame.empty() || maxPayload <= Vp8Descriptor::kMaxSize) return;
  Vp8Descriptor descriptor;
  descriptor.pictureId = nextPictureId_;
  descriptor.longPictureId = true;
  if (layer) {
    descriptor.temporalLayer = layer->temporalLayer;
    descriptor.layerSync = layer->layerSync;
    descriptor.tl0PictureIndex = layer->tl0PictureIndex;
    descriptor.nonReference = layer->nonReference;
  }
  descriptorSize_ = descriptor.write(descriptor_);
  nextPictureId_ = (nextPictureId_ + 1) & kPictureIdMask;
  rest_ = frame;
  atStart_ = true;
  cut_ = EvenCut(frame.size(), maxPayload - descriptorSize_);
}

bool Vp8Packetizer::next(PacketBuffer& out, bool& last) {
  if (cut_.left() == 0) return false;
  const size_t size = cut_.size();
  uint8_t* bytes = out.append(descriptorSize_ + size);
  if (!bytes) return false;
  // With a picture id of 15 bits it is one of two sizes: copies of constant size cost no call.
  if (descriptorSize_ == kPlainSize) {
    std::memcpy(bytes, descriptor_, kPlainSize);
  } else {
    std::memcpy(bytes, descriptor_, Vp8Descriptor::kMaxSize);
  }
  if (atStart_) bytes[0] |= kStart;
  atStart_ = false;
  std::memcpy(bytes + descriptorSize_, rest_.data(), size);
  rest_ = rest_.subspan(size);
  cut_.pop();
  last = cut_.left() == 0;
  return true;
}

}  // namespace tincan::inline v0::rtp
