#include "rtp/payload/vp9.h"

#include <algorithm>
#include <cstring>

namespace tincan::inline v0::rtp {
namespace {

constexpr uint8_t kEndBit = 0x04;  // E

/// Reads the few bits of the uncompressed header.
class Bits {
 public:
  explicit Bits(ByteView bytes) : bytes_(bytes) {}
  // `count` from 1 to 24; what lies past the end reads as 0.
  uint32_t read(size_t count) {
    uint32_t window = 0;
    for (size_t i = at_ / 8; i < at_ / 8 + 4; ++i) window = window << 8 | (i < bytes_.size() ? bytes_[i] : 0u);
    const uint32_t value = window << (at_ % 8) >> (32 - count);
    at_ += count;
    ok_ = at_ <= bytes_.size() * 8;
    return value;
  }
  bool ok() const { return ok_; }

 private:
  ByteView bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

constexpr uint32_t kSyncCode = 0x498342;
constexpr uint32_t kSrgb = 7;

// color_config (§6.2.2): of interest only for its length.
void skipColour(Bits& bits, uint32_t profile) {
  if (profile >= 2) bits.read(1);
  const bool odd = (profile & 1) != 0;
  if (bits.read(3) == kSrgb) {
    if (odd) bits.read(1);
    return;
  }
  bits.read(odd ? 4 : 1);
}

// What FrameWriter's superframe index takes: 2 bytes and 4 for each of two layers or more; the lowest has no share.
constexpr uint32_t kIndexShare = 10;

// Of the largest layer.
bool readSize(ByteReader& reader, Depacketized& out) {
  Vp9ScalabilityStructure structure;
  if (!Vp9ScalabilityStructure::read(reader, structure)) return false;
  if (!structure.hasSizes) return true;
  const auto& largest = structure.sizes[structure.spatialLayers - 1u];
  out.width = largest.width;
  out.height = largest.height;
  return true;
}

}  // namespace

bool Vp9FrameHeader::parse(ByteView frame, Vp9FrameHeader& out) {
  out = Vp9FrameHeader();
  Bits bits(frame);
  if (bits.read(2) != 2) return false;  // frame_marker
  uint32_t profile = bits.read(1);
  profile |= bits.read(1) << 1;
  if (profile == 3) bits.read(1);
  out.showsExisting = bits.read(1) != 0;
  if (out.showsExisting) return bits.ok();
  out.keyFrame = bits.read(1) == 0;
  bits.read(2);  // show_frame, error_resilient_mode
  if (!out.keyFrame) return bits.ok();
  if (bits.read(24) != kSyncCode) return false;
  skipColour(bits, profile);
  // frame_width_minus_1: 65,536 has no place in 16 bits; nobody sends that.
  out.width = static_cast<uint16_t>(bits.read(16) + 1);
  out.height = static_cast<uint16_t>(bits.read(16) + 1);
  return bits.ok();
}

bool depacketizeVp9(ByteView rtpPayload, bool marker, Depacketized& out) {
  ByteReader reader(rtpPayload);
  Vp9DescriptorFields descriptor;
  bool hasStructure = false;
  out = kNothingKnown;
  if (!descriptor.read(reader, hasStructure)) return false;
  if (hasStructure && !readSize(reader, out)) return false;
  out.payload = reader.rest();
  if (out.payload.empty()) return false;
  out.endOfFrame = marker;
  // A layer that needs the one below it goes on with a picture; it does not begin one.
  out.startOfFrame = descriptor.startOfFrame && !descriptor.interLayer;
  out.keyFrame = out.startOfFrame && !descriptor.interPicture;
  out.temporalLayer = descriptor.temporalLayer;
  out.spatialLayer = descriptor.spatialLayer;
  out.layerSync = descriptor.switchingPoint;
  out.interLayer = descriptor.interLayer;
  out.layerStart = descriptor.startOfFrame && descriptor.spatialLayer > 0;
  out.extraBytes = out.layerStart ? kIndexShare : 0;
  out.nonReference = descriptor.notForUpper;
  if (descriptor.pictureId) out.pictureId = *descriptor.pictureId;
  return true;
}

Vp9Descriptor Vp9Packetizer::describe(const Vp9FrameHeader& header, const Layer* layer) {
  const Layer one;
  const Layer& from = layer ? *layer : one;
  Vp9Descriptor out;
  // RFC 9628 §4.2: P is about pictures before this one, not about the layer below.
  out.interPicture = !header.keyFrame && !from.keyPicture;
  out.startOfFrame = true;
  out.pictureId = nextPictureId_;
  out.longPictureId = true;
  out.hasLayers = layer != nullptr;
  out.flexible = from.flexible;
  out.temporalLayer = from.temporalLayer & 0x07;
  out.switchingPoint = from.switchingPoint;
  out.spatialLayer = from.spatialLayer & 0x07;
  out.interLayer = from.interLayer && out.spatialLayer > 0;
  out.notForUpper = from.notForUpper;
  out.tl0PictureIndex = from.tl0PictureIndex;
  if (from.flexible && out.interPicture) {
    out.referenceCount = std::min<uint8_t>(from.referenceCount, Vp9Descriptor::kMaxReferences);
    out.references = from.references;
    if (out.referenceCount == 0) out.interPicture = false;
  }
  if (header.keyFrame && out.spatialLayer == 0) {
    Vp9ScalabilityStructure& structure = out.structure.emplace();
    structure.spatialLayers = std::clamp<uint8_t>(from.spatialLayers, 1, Vp9ScalabilityStructure::kMaxSpatialLayers);
    // The size of one layer is in the frame itself; of more, only the encoder knows.
    structure.hasSizes = structure.spatialLayers == 1;
    structure.sizes[0] = {header.width, header.height};
  }
  return out;
}

void Vp9Packetizer::start(ByteView frame, size_t maxPayload, const Layer* layer) {
  cut_ = {};
  Vp9FrameHeader header;
  if (frame.empty() || maxPayload <= kMaxDescriptor) return;
  if (!Vp9FrameHeader::parse(frame, header)) header = Vp9FrameHeader();
  Vp9Descriptor descriptor = describe(header, layer);
  firstSize_ = descriptor.write(first_);
  descriptor.structure.reset();
  descriptor.startOfFrame = false;
  otherSize_ = descriptor.write(other_);
  endsPicture_ = !layer || layer->spatialLayer + 1 >= layer->spatialLayers;
  if (endsPicture_) nextPictureId_ = (nextPictureId_ + 1) & Vp9Descriptor::kPictureIdMask;
  // The structure costs the first packet some room; counted as if it were codec bytes, all packets come out even.
  cut_ = EvenCut(frame.size() + firstSize_ - otherSize_, maxPayload - otherSize_);
  rest_ = frame;
  atStart_ = true;
}

bool Vp9Packetizer::next(PacketBuffer& out, bool& last) {
  if (cut_.left() == 0) return false;
  // Of two pieces or more, each is larger than the structure: kMaxDescriptor fits into a payload, and more.
  const size_t descriptorSize = atStart_ ? firstSize_ : otherSize_;
  const size_t size = otherSize_ + cut_.size() - descriptorSize;
  uint8_t* bytes = out.append(descriptorSize + size);
  if (!bytes) return false;
  std::memcpy(bytes, atStart_ ? first_ : other_, descriptorSize);
  if (cut_.left() == 1) bytes[0] |= kEndBit;
  std::memcpy(bytes + descriptorSize, rest_.data(), size);
  rest_ = rest_.subspan(size);
  atStart_ = false;
  cut_.pop();
  last = cut_.left() == 0 && endsPicture_;
  return true;
}

}  // namespace tincan::inline v0::rtp
