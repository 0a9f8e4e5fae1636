#include "rtp/payload/frame_writer.h"

#include "rtp/payload/av1.h"
#include "rtp/payload/leb128.h"
#include "rtp/payload/nal_units.h"
#include "rtp/payload/obu.h"

namespace tincan::inline v0::rtp {

void FrameWriter::addFramed(const Depacketized& packet) {
  if (packet.continuesUnit != open_) broken_ = true;
  open_ = packet.unitContinues;
  if (packet.layerStart && at_ != out_.data()) {
    if (upperLayers_ == kMaxLayers - 1)
      broken_ = true;
    else
      layerStarts_[upperLayers_++] = static_cast<size_t>(at_ - out_.data());
  }
  if (broken_) return;
  switch (packet.framing) {
    case Framing::kBytes:
      append({packet.prefix, packet.prefixSize});
      append(packet.payload);
      break;
    case Framing::kNalList: addNalList(packet.payload); break;
    case Framing::kObuElements: addElements(packet); break;
  }
}

void FrameWriter::addNalList(ByteView list) {
  NalListReader reader(list);
  ByteView unit;
  while (reader.next(unit)) {
    append(kStartCode);
    append(unit);
  }
  if (reader.failed()) broken_ = true;
}

void FrameWriter::addElements(const Depacketized& packet) {
  Av1ElementReader reader(packet.payload);
  Av1ElementReader::Element element;
  while (reader.next(element)) {
    // The size of an OBU that goes on in other packets is not known yet; the frame's tells how wide it may get.
    if (!element.continues) beginObu(leb128Size(element.goesOn ? maxBytes_ : element.bytes.size()));
    append(element.bytes);
    if (!element.goesOn) endObu();
  }
  if (reader.failed()) broken_ = true;
}

void FrameWriter::beginObu(size_t sizeWidth) {
  obu_ = at_;
  obuGap_ = sizeWidth;
  if (sizeWidth > static_cast<size_t>(end_ - at_)) {
    broken_ = true;
    return;
  }
  at_ += sizeWidth;
}

// What was sent lies behind the gap: its header goes in front of it, and the size in between. Where the size takes less
// than was kept, or the sender has left a size field in, the body moves down.
void FrameWriter::endObu() {
  if (broken_ || !obu_) {
    broken_ = true;
    return;
  }
  uint8_t* raw = obu_ + obuGap_;
  ObuHeader header;
  if (!ObuHeader::parse({raw, static_cast<size_t>(at_ - raw)}, header)) {
    broken_ = true;
    return;
  }
  uint8_t* out = obu_;
  obu_ = nullptr;
  at_ = out;
  if (header.isDropped()) return;
  const uint8_t* body = raw + header.headerSize + header.sizeField;
  std::memmove(out, raw, header.headerSize);
  out[0] |= ObuHeader::kSizeBit;
  out += header.headerSize;
  const size_t width = leb128Size(header.bodySize);
  if (body != out + width) std::memmove(out + width, body, header.bodySize);
  writeLeb128(out, header.bodySize);
  at_ = out + width + header.bodySize;
}

// 110, two bits of width less one, three of count less one; then each size, little-endian; then the same byte again.
void FrameWriter::writeIndex() {
  const auto mark = static_cast<uint8_t>(0xc0 | 3 << 3 | upperLayers_);
  const size_t end = static_cast<size_t>(at_ - out_.data());
  append({&mark, 1});
  for (size_t i = 0; i <= upperLayers_; ++i) {
    const size_t from = i == 0 ? 0 : layerStarts_[i - 1], until = i < upperLayers_ ? layerStarts_[i] : end;
    const auto size = static_cast<uint32_t>(until - from);
    const uint8_t bytes[] = {static_cast<uint8_t>(size), static_cast<uint8_t>(size >> 8),
                             static_cast<uint8_t>(size >> 16), static_cast<uint8_t>(size >> 24)};
    append(bytes);
  }
  append({&mark, 1});
}

bool FrameWriter::finish() {
  if (open_) broken_ = true;
  if (upperLayers_ > 0 && !broken_) writeIndex();
  out_.resize(static_cast<size_t>(at_ - out_.data()));
  return !broken_ && !out_.empty();
}

}  // namespace tincan::inline v0::rtp
