#include "sctp/chunk/sack.h"

namespace tincan::inline v0::sctp {

bool readSack(ByteView body, SackChunk& sack) {
  ByteReader reader(body);
  sack.cumulative = Tsn(reader.u32());
  sack.window = reader.u32();
  const size_t gaps = reader.u16();
  const size_t duplicates = reader.u16();
  sack.gaps.clear();
  sack.duplicates.clear();
  // Before anything is reserved: a chunk has no room for more than 16,383 entries.
  if (!reader.ok() || reader.remaining() < SackChunk::kEntrySize * (gaps + duplicates)) return false;
  uint32_t least = 2;  // 1 would have been the cumulative TSN
  for (size_t i = 0; i < gaps; ++i) {
    SackChunk::Gap gap;
    gap.start = reader.u16();
    gap.end = reader.u16();
    if (gap.start < least || gap.end < gap.start) return false;
    least = gap.end + 1u;
    sack.gaps.push_back(gap);
  }
  for (size_t i = 0; i < duplicates; ++i) sack.duplicates.push_back(Tsn(reader.u32()));
  return reader.ok();
}

bool write(ByteWriter& out, const SackChunk& sack) {
  out.u8(SackChunk::kType);
  out.u8(0);
  out.u16(static_cast<uint16_t>(sack.wireSize()));
  out.u32(sack.cumulative.value());
  out.u32(sack.window);
  out.u16(static_cast<uint16_t>(sack.gaps.size()));
  out.u16(static_cast<uint16_t>(sack.duplicates.size()));
  for (const SackChunk::Gap& gap : sack.gaps) {
    out.u16(gap.start);
    out.u16(gap.end);
  }
  for (const Tsn tsn : sack.duplicates) out.u32(tsn.value());
  return out.ok();
}

}  // namespace tincan::inline v0::sctp
