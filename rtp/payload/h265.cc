#include "rtp/payload/h265.h"

#include <algorithm>

namespace tincan::rtp {
namespace {

constexpr uint8_t kFragmentStart = 0x80;
constexpr uint8_t kFragmentEnd = 0x40;
constexpr uint8_t kFuTypeMask = 0x3f;
constexpr uint16_t kForbiddenBit = 0x8000;
constexpr uint16_t kNotTypeMask = 0x81ff;

// H.265 table 7-1 and RFC 7798 §4.4.
constexpr uint8_t kMaxSubLayerNonReference = 14;  // even types up to it
constexpr uint8_t kFirstIrap = 16;
constexpr uint8_t kLastIrap = 23;
constexpr uint8_t kVps = 32;
constexpr uint8_t kSps = 33;
constexpr uint8_t kMaxUnitType = 47;
constexpr uint8_t kAp = 48;
constexpr uint8_t kFu = 49;

struct NalHeader {
  uint8_t type;
  uint8_t layer;
  uint8_t temporal;  // TID, which counts from 1
};

NalHeader headerOf(const uint8_t* p) {
  const uint16_t bits = loadBe16(p);
  return {static_cast<uint8_t>(bits >> 9 & 0x3f), static_cast<uint8_t>(bits >> 3 & 0x3f),
          static_cast<uint8_t>(bits & 0x07)};
}

// H.265 §7.4.2.2: a TID of 0 is forbidden.
bool isUnit(const NalHeader& header) {
  return header.type <= kMaxUnitType && header.temporal != 0;
}

bool isNonReference(uint8_t type) {
  return type <= kMaxSubLayerNonReference && type % 2 == 0;
}

void noteUnit(const NalHeader& header, Depacketized& out) {
  if (header.type == kVps || header.type == kSps) {
    out.keyFrame = true;
    out.guessedStart = false;
  } else if (header.type >= kFirstIrap && header.type <= kLastIrap) {
    out.guessedStart = !out.keyFrame || out.guessedStart;
    out.keyFrame = true;
  }
  out.temporalLayer = static_cast<uint8_t>(header.temporal - 1);
  out.spatialLayer = header.layer;
}

void prefixStartCode(Depacketized& out) {
  std::copy(std::begin(kStartCode), std::end(kStartCode), out.prefix);
  out.prefixSize = sizeof kStartCode;
  out.extraBytes = sizeof kStartCode;
}

bool readAggregate(ByteView list, Depacketized& out) {
  NalListReader reader(list);
  ByteView unit;
  size_t count = 0;
  out.nonReference = true;
  for (; reader.next(unit); ++count) {
    if (unit.size() < H265Syntax::kHeaderSize) return false;
    const NalHeader header = headerOf(unit.data());
    if (!isUnit(header)) return false;  // RFC 7798 §4.4.2: no aggregates or fragments inside
    if (!isNonReference(header.type)) out.nonReference = false;
    noteUnit(header, out);
  }
  out.framing = Framing::kNalList;
  out.extraBytes = static_cast<uint32_t>(count * (sizeof kStartCode - 2));
  out.payload = list;
  return count > 0 && !reader.failed();
}

bool readFragment(ByteView payload, Depacketized& out) {
  if (payload.size() <= H265Syntax::kFragmentHeaderSize) return false;
  const bool start = (payload[2] & kFragmentStart) != 0;
  const bool end = (payload[2] & kFragmentEnd) != 0;
  NalHeader header = headerOf(payload.data());
  header.type = payload[2] & kFuTypeMask;
  // RFC 7798 §4.4.3: a unit of one fragment is none; and what is cut is a NAL unit, no other packet.
  if ((start && end) || !isUnit(header)) return false;
  out.startOfFrame = start;
  out.continuesUnit = !start;
  out.unitContinues = !end;
  noteUnit(header, out);
  out.nonReference = isNonReference(header.type);
  out.payload = payload.subspan(H265Syntax::kFragmentHeaderSize);
  if (!start) {
    out.keyFrame = out.guessedStart = false;
    return true;
  }
  prefixStartCode(out);
  storeBe16(out.prefix + sizeof kStartCode,
            static_cast<uint16_t>((loadBe16(payload.data()) & kNotTypeMask) | header.type << 9));
  out.prefixSize = sizeof kStartCode + H265Syntax::kHeaderSize;
  out.extraBytes = out.prefixSize;
  return true;
}

}  // namespace

bool depacketizeH265(ByteView rtpPayload, bool marker, Depacketized& out) {
  out = kNothingKnown;
  if (rtpPayload.size() <= H265Syntax::kHeaderSize) return false;
  out.endOfFrame = marker;
  const NalHeader header = headerOf(rtpPayload.data());
  if (header.type == kFu) return readFragment(rtpPayload, out);
  out.startOfFrame = true;
  if (header.type == kAp) return readAggregate(rtpPayload.subspan(H265Syntax::kHeaderSize), out);
  if (!isUnit(header)) return false;  // PACI (50) and what is not assigned
  noteUnit(header, out);
  out.nonReference = isNonReference(header.type);
  prefixStartCode(out);
  out.payload = rtpPayload;
  return true;
}

void H265Syntax::writeFragmentHeader(ByteView unit, bool start, bool end, uint8_t* out) {
  const NalHeader header = headerOf(unit.data());
  storeBe16(out, static_cast<uint16_t>((loadBe16(unit.data()) & kNotTypeMask) | kFu << 9));
  out[2] = static_cast<uint8_t>((start ? kFragmentStart : 0) | (end ? kFragmentEnd : 0) | header.type);
}

// RFC 7798 §4.4.2: F is the OR of the units', layer id and TID the lowest of them.
void H265Syntax::writeAggregateHeader(std::span<const ByteView> units, uint8_t* out) {
  uint16_t forbidden = 0;
  uint8_t layer = 0x3f;
  uint8_t temporal = 0x07;
  for (const ByteView unit : units) {
    const NalHeader header = headerOf(unit.data());
    forbidden |= loadBe16(unit.data()) & kForbiddenBit;
    layer = std::min(layer, header.layer);
    temporal = std::min(temporal, header.temporal);
  }
  storeBe16(out, static_cast<uint16_t>(forbidden | kAp << 9 | layer << 3 | temporal));
}

}  // namespace tincan::rtp
