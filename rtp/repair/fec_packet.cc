#include "rtp/repair/fec_packet.h"

namespace tincan::inline v0::rtp {
namespace {

// RFC 5109 §7.3, §7.4:
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |E|L|P|X|  CC   |M| PT recovery |            SN base            |
//     |                          TS recovery                          |
//     |        length recovery        |       protection length       |
//     |             mask              |  mask goes on for 32 bits (L)  |
constexpr uint8_t kLongMask = 0x40;  // L
constexpr size_t kUlpfecShortHeader = 14;
constexpr size_t kUlpfecLongHeader = 18;
constexpr size_t kUlpfecShortMask = 16;

// draft-ietf-payload-flexible-fec-scheme-03 §4.2:
//
//     |R|F|P|X|  CC   |M| PT recovery |        length recovery        |
//     |                          TS recovery                          |
//     |   SSRCCount   |                    reserved                   |
//     |                             SSRC_i                            |
//     |           SN base_i           |k|          Mask [0-14]        |
//     |k|                   Mask [15-45] (optional)                   |
//     |k|                   Mask [46-108] (optional, 64 bits)         |
constexpr uint8_t kRetransmission = 0x80;  // R
constexpr uint8_t kFixedMask = 0x40;       // F
constexpr size_t kFlexfecMasks[] = {15, 46, 109};
constexpr size_t kFlexfecHeaders[] = {20, 24, 32};

constexpr uint8_t kFirstMask = 0x3f;  // P, X, CC

// `bits` of `width` bits, the highest first, become mask bits from `at` on.
void setBits(FecMask& mask, size_t at, uint64_t bits, size_t width) {
  for (size_t i = 0; i < width; ++i) {
    if ((bits >> (width - 1 - i) & 1) != 0) mask.set(at + i);
  }
}

uint64_t getBits(const FecMask& mask, size_t at, size_t width) {
  uint64_t bits = 0;
  for (size_t i = 0; i < width; ++i) bits = bits << 1 | (mask.test(at + i) ? 1 : 0);
  return bits;
}

bool parseUlpfec(ByteView payload, FecPacket& out) {
  ByteReader reader(payload);
  const uint8_t first = reader.u8();
  const bool isLong = (first & kLongMask) != 0;
  out.first = first & kFirstMask;
  out.second = reader.u8();
  out.base = reader.u16();
  out.timestamp = reader.u32();
  out.length = reader.u16();
  const size_t protection = reader.u16();
  setBits(out.mask, 0, reader.u16(), 16);
  if (isLong) setBits(out.mask, 16, reader.u32(), 32);
  // Levels above 0 would follow; libwebrtc sends none.
  out.body = reader.view(protection);
  return reader.ok() && !out.mask.empty();
}

bool parseFlexfec(ByteView payload, FecPacket& out) {
  ByteReader reader(payload);
  const uint8_t first = reader.u8();
  if ((first & (kRetransmission | kFixedMask)) != 0) return false;
  out.first = first & kFirstMask;
  out.second = reader.u8();
  out.length = reader.u16();
  out.timestamp = reader.u32();
  if (reader.u8() != 1) return false;  // one protected source, as libwebrtc has it
  reader.skip(3);
  out.protectedSsrc = Ssrc(reader.u32());
  out.base = reader.u16();
  const uint16_t low = reader.u16();
  setBits(out.mask, 0, low & 0x7fff, 15);
  if ((low & 0x8000) == 0) {
    const uint32_t middle = reader.u32();
    setBits(out.mask, 15, middle & 0x7fffffff, 31);
    if ((middle & 0x80000000) == 0) {
      const uint64_t high = reader.u64();
      if (high >> 63 == 0) return false;  // the last k: there is no mask after this one
      setBits(out.mask, 46, high & 0x7fffffffffffffff, 63);
    }
  }
  out.body = reader.rest();
  return reader.ok() && !out.mask.empty();
}

size_t flexfecKind(const FecMask& mask) {
  const size_t highest = mask.highest();
  return highest < kFlexfecMasks[0] ? 0 : highest < kFlexfecMasks[1] ? 1 : 2;
}

}  // namespace

bool FecPacket::parse(FecScheme scheme, ByteView payload, FecPacket& out) {
  out = FecPacket();
  switch (scheme) {
    case FecScheme::kUlpfec: return parseUlpfec(payload, out);
    case FecScheme::kFlexfec03: return parseFlexfec(payload, out);
  }
  return false;
}

size_t FecPacket::headerSize(FecScheme scheme) const {
  if (mask.empty()) return 0;
  switch (scheme) {
    case FecScheme::kUlpfec: return mask.highest() < kUlpfecShortMask ? kUlpfecShortHeader : kUlpfecLongHeader;
    case FecScheme::kFlexfec03: return kFlexfecHeaders[flexfecKind(mask)];
  }
  return 0;
}

bool FecPacket::writeHeader(FecScheme scheme, size_t bodySize, MutableByteView out) const {
  if (mask.empty() || bodySize > 0xffff) return false;
  ByteWriter writer(out);
  const auto head = static_cast<uint8_t>(first & kFirstMask);
  if (scheme == FecScheme::kUlpfec) {
    if (mask.highest() >= kUlpfecMaxMask) return false;
    const bool isLong = mask.highest() >= kUlpfecShortMask;
    writer.u8(static_cast<uint8_t>(head | (isLong ? kLongMask : 0)));
    writer.u8(second);
    writer.u16(base);
    writer.u32(timestamp);
    writer.u16(length);
    writer.u16(static_cast<uint16_t>(bodySize));
    writer.u16(static_cast<uint16_t>(getBits(mask, 0, 16)));
    if (isLong) writer.u32(static_cast<uint32_t>(getBits(mask, 16, 32)));
    return writer.ok();
  }
  const size_t kind = flexfecKind(mask);
  writer.u8(head);
  writer.u8(second);
  writer.u16(length);
  writer.u32(timestamp);
  writer.u8(1);
  writer.u24(0);
  writer.u32(protectedSsrc.value());
  writer.u16(base);
  writer.u16(static_cast<uint16_t>((kind == 0 ? 0x8000 : 0) | getBits(mask, 0, 15)));
  if (kind >= 1) writer.u32(static_cast<uint32_t>((kind == 1 ? 0x80000000 : 0) | getBits(mask, 15, 31)));
  if (kind == 2) writer.u64(uint64_t{1} << 63 | getBits(mask, 46, 63));
  return writer.ok();
}

}  // namespace tincan::inline v0::rtp
