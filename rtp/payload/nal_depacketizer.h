#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "rtp/payload/nal_units.h"
#include "rtp/payload/payload_format.h"

// What depacketizing H.264 and H.265 have in common; `Syntax` knows the two headers, as for NalPacketizer.
namespace tincan::inline v0::rtp {

/// A keyframe is known by its parameter sets or by a slice that needs no frame before it. Only a parameter set says for
/// sure that the frame starts: a slice may have lost them, or be in front of them (`guessedStart`).
template <class Syntax>
void noteUnit(typename Syntax::Header header, Depacketized& out) {
  if (Syntax::isParameterSet(header)) {
    out.keyFrame = true;
    out.guessedStart = false;
  } else if (Syntax::isKeySlice(header)) {
    out.guessedStart = !out.keyFrame || out.guessedStart;
    out.keyFrame = true;
  }
}

inline void prefixStartCode(Depacketized& out) {
  std::copy(std::begin(kStartCode), std::end(kStartCode), out.prefix);
  out.prefixSize = sizeof kStartCode;
  out.extraBytes = sizeof kStartCode;
}

template <class Syntax>
bool readNalAggregate(ByteView list, Depacketized& out) {
  NalListReader reader(list);
  ByteView unit;
  size_t count = 0;
  out.nonReference = true;
  for (; reader.next(unit); ++count) {
    if (unit.size() < Syntax::kHeaderSize) return false;
    const auto header = Syntax::load(unit.data());
    if (!Syntax::isUnit(header)) return false;  // RFC 6184 §5.7, RFC 7798 §4.4.2: no aggregates or fragments inside
    if (!Syntax::isNonReference(header)) out.nonReference = false;
    Syntax::noteLayers(header, out);
    noteUnit<Syntax>(header, out);
  }
  out.framing = Framing::kNalList;
  out.extraBytes = static_cast<uint32_t>(count * (sizeof kStartCode - 2));
  out.payload = list;
  return count > 0 && !reader.failed();
}

template <class Syntax>
bool readNalFragment(ByteView payload, Depacketized& out) {
  if (payload.size() <= Syntax::kFragmentHeaderSize) return false;
  const uint8_t fragment = payload[Syntax::kHeaderSize];
  const bool start = (fragment & kFragmentStart) != 0;
  const bool end = (fragment & kFragmentEnd) != 0;
  const auto header = Syntax::withType(Syntax::load(payload.data()), fragment & Syntax::kTypeMask);
  // RFC 6184 §5.8, RFC 7798 §4.4.3: what is cut is a NAL unit, no other packet.
  // Differs from both, which forbid a unit of one fragment: hardware encoders send it, and every browser takes it.
  if (!Syntax::isUnit(header)) return false;
  out.startOfFrame = start;
  out.continuesUnit = !start;
  out.unitContinues = !end;
  out.nonReference = Syntax::isNonReference(header);
  out.payload = payload.subspan(Syntax::kFragmentHeaderSize);
  Syntax::noteLayers(header, out);
  if (!start) return true;
  noteUnit<Syntax>(header, out);
  prefixStartCode(out);
  Syntax::store(out.prefix + sizeof kStartCode, header);
  out.prefixSize = sizeof kStartCode + Syntax::kHeaderSize;
  out.extraBytes = out.prefixSize;
  return true;
}

template <class Syntax>
bool depacketizeNal(ByteView rtpPayload, bool marker, Depacketized& out) {
  out = kNothingKnown;
  if (rtpPayload.size() < Syntax::kMinPayload) return false;
  out.endOfFrame = marker;
  const auto header = Syntax::load(rtpPayload.data());
  if (Syntax::typeOf(header) == Syntax::kFragment) return readNalFragment<Syntax>(rtpPayload, out);
  out.startOfFrame = true;
  if (Syntax::typeOf(header) == Syntax::kAggregate) {
    return readNalAggregate<Syntax>(rtpPayload.subspan(Syntax::kHeaderSize), out);
  }
  if (!Syntax::isUnit(header)) return false;
  Syntax::noteLayers(header, out);
  noteUnit<Syntax>(header, out);
  out.nonReference = Syntax::isNonReference(header);
  prefixStartCode(out);
  out.payload = rtpPayload;
  return true;
}

}  // namespace tincan::inline v0::rtp
