#include "rtp/payload/h264.h"

#include <algorithm>

namespace tincan::rtp {
namespace {

constexpr uint8_t kTypeMask = 0x1f;
constexpr uint8_t kForbiddenBit = 0x80;
constexpr uint8_t kReferenceMask = 0x60;  // NRI
constexpr uint8_t kFragmentStart = 0x80;
constexpr uint8_t kFragmentEnd = 0x40;

// H.264 table 7-1 and RFC 6184 §5.2.
constexpr uint8_t kIdrSlice = 5;
constexpr uint8_t kSps = 7;
constexpr uint8_t kMaxUnitType = 23;
constexpr uint8_t kStapA = 24;
constexpr uint8_t kFuA = 28;

bool isUnit(uint8_t type) {
  return type >= 1 && type <= kMaxUnitType;
}

void noteUnit(uint8_t type, Depacketized& out) {
  if (type == kSps) {
    out.keyFrame = true;
    out.guessedStart = false;
  } else if (type == kIdrSlice) {
    out.guessedStart = !out.keyFrame || out.guessedStart;
    out.keyFrame = true;
  }
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
    const uint8_t type = unit[0] & kTypeMask;
    if (!isUnit(type)) return false;  // RFC 6184 §5.7: no aggregates or fragments inside
    if ((unit[0] & kReferenceMask) != 0) out.nonReference = false;
    noteUnit(type, out);
  }
  out.framing = Framing::kNalList;
  out.extraBytes = static_cast<uint32_t>(count * (sizeof kStartCode - 2));
  out.payload = list;
  return count > 0 && !reader.failed();
}

bool readFragment(ByteView payload, Depacketized& out) {
  if (payload.size() <= H264Syntax::kFragmentHeaderSize) return false;
  const uint8_t header = payload[1];
  const uint8_t type = header & kTypeMask;
  const bool start = (header & kFragmentStart) != 0;
  const bool end = (header & kFragmentEnd) != 0;
  // RFC 6184 §5.8: a unit of one fragment is none; and what is cut is a NAL unit, no other packet.
  if ((start && end) || !isUnit(type)) return false;
  out.startOfFrame = start;
  out.continuesUnit = !start;
  out.unitContinues = !end;
  out.nonReference = (payload[0] & kReferenceMask) == 0;
  out.payload = payload.subspan(H264Syntax::kFragmentHeaderSize);
  if (!start) return true;
  noteUnit(type, out);
  prefixStartCode(out);
  out.prefix[out.prefixSize++] = static_cast<uint8_t>((payload[0] & ~kTypeMask) | type);
  out.extraBytes = out.prefixSize;
  return true;
}

}  // namespace

bool depacketizeH264(ByteView rtpPayload, bool marker, Depacketized& out) {
  out = kNothingKnown;
  if (rtpPayload.empty()) return false;
  out.endOfFrame = marker;
  const uint8_t type = rtpPayload[0] & kTypeMask;
  if (type == kFuA) return readFragment(rtpPayload, out);
  out.startOfFrame = true;
  if (type == kStapA) return readAggregate(rtpPayload.subspan(H264Syntax::kHeaderSize), out);
  if (!isUnit(type)) return false;  // RFC 6184 §5.4: STAP-B, MTAP and FU-B belong to mode 2
  noteUnit(type, out);
  out.nonReference = (rtpPayload[0] & kReferenceMask) == 0;
  prefixStartCode(out);
  out.payload = rtpPayload;
  return true;
}

void H264Syntax::writeFragmentHeader(ByteView unit, bool start, bool end, uint8_t* out) {
  out[0] = static_cast<uint8_t>((unit[0] & ~kTypeMask) | kFuA);
  out[1] = static_cast<uint8_t>((start ? kFragmentStart : 0) | (end ? kFragmentEnd : 0) | (unit[0] & kTypeMask));
}

// RFC 6184 §5.7.1: F is the OR of the units', NRI the highest of them.
void H264Syntax::writeAggregateHeader(std::span<const ByteView> units, uint8_t* out) {
  uint8_t forbidden = 0;
  uint8_t reference = 0;
  for (const ByteView unit : units) {
    forbidden |= unit[0] & kForbiddenBit;
    reference = std::max<uint8_t>(reference, unit[0] & kReferenceMask);
  }
  out[0] = static_cast<uint8_t>(forbidden | reference | kStapA);
}

}  // namespace tincan::rtp
