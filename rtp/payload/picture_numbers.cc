#include "rtp/payload/picture_numbers.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr uint8_t kExtended = 0x80;  // X of VP8; I of VP9; M of a picture id

// RFC 9628 §4.2: |I|P|L|F|B|E|V|Z|, then the picture id, then with L the layer indices, and without F TL0PICIDX.
constexpr uint8_t kVp9Layers = 0x20, kVp9Flexible = 0x10;
// RFC 7741 §4.2: the extension's |I|L|T|K| RSV |.
constexpr uint8_t kVp8PictureId = 0x80, kVp8Tl0 = 0x40;

}  // namespace

PictureNumbers PictureNumbers::find(VideoFormat format, ByteView payload) {
  PictureNumbers out;
  ByteReader reader(payload);
  const uint8_t first = reader.u8();
  bool hasId = false, hasTl0 = false;
  size_t between = 0;
  switch (format) {
    case VideoFormat::kVp8: {
      if ((first & kExtended) == 0) return {};
      const uint8_t flags = reader.u8();
      hasId = (flags & kVp8PictureId) != 0;
      hasTl0 = (flags & kVp8Tl0) != 0;
      break;
    }
    case VideoFormat::kVp9:
      hasId = (first & kExtended) != 0;
      hasTl0 = (first & kVp9Layers) != 0 && (first & kVp9Flexible) == 0;
      between = 1;
      break;
    case VideoFormat::kH264:
    case VideoFormat::kH265:
    case VideoFormat::kAv1: return {};
  }
  if (hasId) {
    out.idAt_ = static_cast<uint8_t>(reader.position());
    const uint8_t high = reader.u8();
    out.long_ = (high & kExtended) != 0;
    out.id_ = high & 0x7f;
    if (out.long_) out.id_ = static_cast<uint16_t>((high & 0x7f) << 8 | reader.u8());
  }
  if (hasTl0) {
    reader.skip(between);
    out.tl0At_ = static_cast<uint8_t>(reader.position());
    out.tl0_ = reader.u8();
  }
  return reader.ok() ? out : PictureNumbers();
}

void PictureNumbers::write(MutableByteView payload, uint16_t pictureId, uint8_t tl0PictureIndex) const {
  if (id_ && long_) {
    storeBe16(payload.data() + idAt_, static_cast<uint16_t>(0x8000 | (pictureId & 0x7fff)));
  } else if (id_) {
    payload[idAt_] = static_cast<uint8_t>(pictureId & 0x7f);
  }
  if (tl0_) payload[tl0At_] = tl0PictureIndex;
}

}  // namespace tincan::inline v0::rtp
