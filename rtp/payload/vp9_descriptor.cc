#include "rtp/payload/vp9_descriptor.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr uint8_t kHasPictureId = 0x80;    // I
constexpr uint8_t kInterPicture = 0x40;    // P
constexpr uint8_t kHasLayers = 0x20;       // L
constexpr uint8_t kFlexible = 0x10;        // F
constexpr uint8_t kStart = 0x08;           // B
constexpr uint8_t kEnd = 0x04;             // E
constexpr uint8_t kHasStructure = 0x02;    // V
constexpr uint8_t kNotForUpper = 0x01;     // Z
constexpr uint8_t kLongPictureId = 0x80;   // M
constexpr uint8_t kStructureSizes = 0x10;  // Y
constexpr uint8_t kStructureGroup = 0x08;  // G

void readReferences(ByteReader& reader, Vp9DescriptorFields& out) {
  bool more = true;
  while (more) {
    if (out.referenceCount == Vp9DescriptorFields::kMaxReferences) return reader.fail();  // §4.2: at most three
    const uint8_t byte = reader.u8();
    // §4.2: P_DIFF counts back from this picture; 0 would be itself.
    if (byte >> 1 == 0) return reader.fail();
    out.references[out.referenceCount++] = byte >> 1;
    more = (byte & 0x01) != 0;
  }
}

}  // namespace

bool Vp9ScalabilityStructure::read(ByteReader& reader, Vp9ScalabilityStructure& out) {
  const uint8_t flags = reader.u8();
  out = Vp9ScalabilityStructure();
  out.spatialLayers = static_cast<uint8_t>((flags >> 5) + 1);
  out.hasSizes = (flags & kStructureSizes) != 0;
  out.hasGroup = (flags & kStructureGroup) != 0;
  for (size_t i = 0; out.hasSizes && i < out.spatialLayers; ++i) {
    out.sizes[i].width = reader.u16();
    out.sizes[i].height = reader.u16();
  }
  if (!out.hasGroup) return reader.ok();
  out.groupSize = reader.u8();
  ByteReader pictures = reader;  // walks first, so that the view can be taken whole
  for (size_t i = 0; i < out.groupSize; ++i) pictures.skip(pictures.u8() >> 2 & 0x03);
  if (!pictures.ok()) return false;
  out.group = reader.view(pictures.position() - reader.position());
  return reader.ok();
}

void Vp9ScalabilityStructure::write(ByteWriter& writer) const {
  writer.u8(static_cast<uint8_t>(((spatialLayers - 1) & 0x07) << 5 | (hasSizes ? kStructureSizes : 0) |
                                 (hasGroup ? kStructureGroup : 0)));
  for (size_t i = 0; hasSizes && i < spatialLayers; ++i) {
    writer.u16(sizes[i].width);
    writer.u16(sizes[i].height);
  }
  if (!hasGroup) return;
  writer.u8(groupSize);
  writer.bytes(group);
}

bool Vp9ScalabilityStructure::operator==(const Vp9ScalabilityStructure& other) const {
  return spatialLayers == other.spatialLayers && hasSizes == other.hasSizes && sizes == other.sizes &&
         hasGroup == other.hasGroup && groupSize == other.groupSize && equalBytes(group, other.group);
}

bool Vp9DescriptorFields::read(ByteReader& reader, bool& hasStructure) {
  const uint8_t first = reader.u8();
  hasStructure = (first & kHasStructure) != 0;
  interPicture = (first & kInterPicture) != 0;
  hasLayers = (first & kHasLayers) != 0;
  flexible = (first & kFlexible) != 0;
  startOfFrame = (first & kStart) != 0;
  endOfFrame = (first & kEnd) != 0;
  notForUpper = (first & kNotForUpper) != 0;
  if ((first & kHasPictureId) != 0) {
    const uint8_t high = reader.u8();
    longPictureId = (high & kLongPictureId) != 0;
    pictureId = high & 0x7f;
    if (longPictureId) pictureId = static_cast<uint16_t>((high & 0x7f) << 8 | reader.u8());
  } else if (flexible) {
    return false;  // §4.2: references of flexible mode count in picture ids, so I MUST be set
  }
  if (hasLayers) {
    const uint8_t layers = reader.u8();
    temporalLayer = layers >> 5;
    switchingPoint = (layers & 0x10) != 0;
    spatialLayer = layers >> 1 & 0x07;
    interLayer = (layers & 0x01) != 0;
    // §4.2: D is 0 in the lowest spatial layer, which has none below.
    if (interLayer && spatialLayer == 0) return false;
    if (!flexible) tl0PictureIndex = reader.u8();
  }
  if (flexible && interPicture) readReferences(reader, *this);
  return true;
}

bool Vp9Descriptor::parse(ByteView payload, Vp9Descriptor& out) {
  ByteReader reader(payload);
  bool hasStructure = false;
  out = Vp9Descriptor();
  if (!out.read(reader, hasStructure)) return false;
  if (hasStructure && !Vp9ScalabilityStructure::read(reader, out.structure.emplace())) return false;
  out.size = reader.position();
  return reader.ok() && reader.remaining() > 0;
}

size_t Vp9Descriptor::write(MutableByteView out) const {
  ByteWriter writer(out);
  writer.u8(static_cast<uint8_t>((pictureId ? kHasPictureId : 0) | (interPicture ? kInterPicture : 0) |
                                 (hasLayers ? kHasLayers : 0) | (flexible ? kFlexible : 0) |
                                 (startOfFrame ? kStart : 0) | (endOfFrame ? kEnd : 0) |
                                 (structure ? kHasStructure : 0) | (notForUpper ? kNotForUpper : 0)));
  if (pictureId && longPictureId)
    writer.u16(static_cast<uint16_t>(kLongPictureId << 8 | (*pictureId & kPictureIdMask)));
  if (pictureId && !longPictureId) writer.u8(static_cast<uint8_t>(*pictureId & 0x7f));
  if (hasLayers) {
    writer.u8(static_cast<uint8_t>(temporalLayer << 5 | (switchingPoint ? 0x10 : 0) | (spatialLayer & 0x07) << 1 |
                                   (interLayer ? 0x01 : 0)));
    if (!flexible) writer.u8(tl0PictureIndex);
  }
  for (size_t i = 0; flexible && interPicture && i < referenceCount; ++i) {
    writer.u8(static_cast<uint8_t>(references[i] << 1 | (i + 1u < referenceCount ? 0x01 : 0)));
  }
  if (structure) structure->write(writer);
  return writer.ok() ? writer.size() : 0;
}

}  // namespace tincan::inline v0::rtp
