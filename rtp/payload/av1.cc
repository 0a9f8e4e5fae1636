#include "rtp/payload/av1.h"

#include <algorithm>
#include <cstring>

#include "rtp/payload/leb128.h"
#include "rtp/payload/obu.h"

namespace tincan::inline v0::rtp {
namespace {

constexpr size_t kAggregationSize = Av1ElementReader::kAggregationSize;
constexpr uint8_t kContinues = Av1ElementReader::kContinues;
constexpr uint8_t kGoesOn = Av1ElementReader::kGoesOn;
constexpr uint8_t kNewSequence = Av1ElementReader::kNewSequence;
constexpr size_t kMaxCounted = 3;      // what W can say
constexpr uint32_t kMaxSizeField = 5;  // leb128 of 32 bits

}  // namespace

bool depacketizeAv1(ByteView rtpPayload, bool marker, Depacketized& out) {
  out = kNothingKnown;
  Av1ElementReader reader(rtpPayload);
  if (reader.failed()) return false;
  out.framing = Framing::kObuElements;
  out.payload = rtpPayload;
  out.endOfFrame = marker;
  out.continuesUnit = (rtpPayload[0] & kContinues) != 0;
  out.unitContinues = (rtpPayload[0] & kGoesOn) != 0;
  out.startOfFrame = !out.continuesUnit;
  out.keyFrame = (rtpPayload[0] & kNewSequence) != 0;
  // §4.4: a sequence does not begin in the midst of an OBU. The marker ends a temporal unit, so no OBU goes on.
  if (out.keyFrame && out.continuesUnit) return false;
  if (marker && out.unitContinues) return false;
  Av1ElementReader::Element element;
  bool layered = false;
  while (reader.next(element)) {
    out.extraBytes += kMaxSizeField;
    if (element.continues || (element.goesOn && element.bytes.size() < 2)) continue;
    ObuHeader header;
    // The size of one that goes on reaches past what is here, if it has one at all.
    if (element.goesOn ? (element.bytes[0] & 0x80) != 0 : !ObuHeader::parse(element.bytes, header)) return false;
    if (layered || (element.bytes[0] & ObuHeader::kExtensionBit) == 0) continue;
    layered = true;
    out.temporalLayer = element.bytes[1] >> 5;
    out.spatialLayer = element.bytes[1] >> 3 & 0x03;
  }
  return !reader.failed();
}

bool Av1Packetizer::readObus(ByteView temporalUnit) {
  obus_.clear();
  newSequence_ = false;
  while (!temporalUnit.empty()) {
    ObuHeader header;
    if (!ObuHeader::parse(temporalUnit, header)) return false;
    if (!header.isDropped()) {
      Obu& obu = obus_.emplace_back();
      obu.headerSize = header.headerSize;
      std::copy_n(temporalUnit.begin(), header.headerSize, obu.header);
      obu.header[0] = static_cast<uint8_t>(obu.header[0] & ~ObuHeader::kSizeBit);
      obu.body = temporalUnit.subspan(header.headerSize + header.sizeField, header.bodySize);
      // A sequence header stands at the start of a coded video sequence (AV1 §7.5), and nowhere else in what encoders
      // for real time give out.
      if (header.type == ObuHeader::kSequenceHeader) newSequence_ = true;
    }
    temporalUnit = temporalUnit.subspan(header.size());
  }
  return true;
}

void Av1Packetizer::setFrame(ByteView temporalUnit, size_t maxPayload) {
  plan_.clear();
  next_ = 0;
  if (maxPayload < kMinPayload || !readObus(temporalUnit)) return;
  planAll(maxPayload);
}

void Av1Packetizer::planAll(size_t maxPayload) {
  size_t total = 0;
  for (const Obu& obu : obus_) total += obu.size() + leb128Size(obu.size());
  const size_t packets = (total + maxPayload - kAggregationSize - 1) / (maxPayload - kAggregationSize);
  // Even packets: none much smaller than the others.
  const size_t even = packets == 0 ? 0 : (total + packets - 1) / packets + kAggregationSize;
  const size_t limit = std::clamp(even, std::min(kMinPayload, maxPayload), maxPayload);
  size_t obu = 0;
  size_t offset = 0;
  while (obu < obus_.size()) {
    Payload& payload = plan_.emplace_back();
    payload.obu = obu;
    payload.offset = offset;
    planOne(payload, limit);
    obu += payload.count;
    if (payload.goesOn) --obu;
    offset = payload.goesOn ? (payload.count == 1 ? payload.offset : 0) + payload.lastSize : 0;
  }
}

// Takes whole OBUs while they fit, then a piece of the next.
void Av1Packetizer::planOne(Payload& out, size_t limit) const {
  out.size = kAggregationSize;
  size_t used = kAggregationSize;  // with the length of every element
  for (size_t i = out.obu; i < obus_.size(); ++i) {
    const size_t rest = obus_[i].size() - (i == out.obu ? out.offset : 0);
    const bool counted = out.count + 1 <= kMaxCounted;  // then the last needs no length
    const size_t whole = used + rest + (counted ? 0 : leb128Size(rest));
    if (whole <= limit) {
      ++out.count;
      out.lastSize = rest;
      out.size = whole;
      used += rest + leb128Size(rest);
      continue;
    }
    const size_t field = counted ? 0 : leb128Size(limit);
    // A piece holds at least the OBU's header and a byte, so that its layers are known at once.
    if (used + field + sizeof(Obu::header) + 1 > limit) break;
    ++out.count;
    out.lastSize = limit - used - field;
    out.size = used + out.lastSize + (counted ? 0 : leb128Size(out.lastSize));
    out.goesOn = true;
    break;
  }
}

bool Av1Packetizer::next(PacketBuffer& out, bool& last) {
  if (next_ == plan_.size()) return false;
  const Payload& payload = plan_[next_];
  uint8_t* bytes = out.append(payload.size);
  if (!bytes) return false;
  const bool counted = payload.count <= kMaxCounted;
  *bytes++ = static_cast<uint8_t>((payload.offset > 0 ? kContinues : 0) | (payload.goesOn ? kGoesOn : 0) |
                                  (counted ? payload.count << 4 : 0) | (next_ == 0 && newSequence_ ? kNewSequence : 0));
  for (size_t i = 0; i < payload.count; ++i) {
    const Obu& obu = obus_[payload.obu + i];
    const size_t offset = i == 0 ? payload.offset : 0;
    const bool isLast = i + 1 == payload.count;
    const size_t size = isLast ? payload.lastSize : obu.size() - offset;
    if (!isLast || !counted) {
      writeLeb128(bytes, size);
      bytes += leb128Size(size);
    }
    bytes = write(obu, offset, size, bytes);
  }
  last = ++next_ == plan_.size();
  return true;
}

uint8_t* Av1Packetizer::write(const Obu& obu, size_t offset, size_t size, uint8_t* out) {
  if (offset == 0) {
    std::memcpy(out, obu.header, obu.headerSize);
    out += obu.headerSize;
    size -= obu.headerSize;
  } else {
    offset -= obu.headerSize;
  }
  if (size > 0) std::memcpy(out, obu.body.data() + offset, size);
  return out + size;
}

}  // namespace tincan::inline v0::rtp
