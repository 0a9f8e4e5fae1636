#include "sctp/chunk/forward_tsn.h"

namespace tincan::inline v0::sctp {
namespace {

bool read(ByteView body, bool interleaved, ForwardTsnChunk& chunk) {
  ByteReader reader(body);
  chunk.interleaved = interleaved;
  chunk.cumulative = Tsn(reader.u32());
  chunk.skipped.clear();
  while (reader.ok() && !reader.atEnd()) {
    ForwardTsnChunk::Skipped entry;
    entry.stream = StreamId(reader.u16());
    if (interleaved) {
      entry.unordered = reader.u16() & 1;
      entry.mid = reader.u32();
    } else {
      entry.mid = reader.u16();
    }
    if (reader.ok()) chunk.skipped.push_back(entry);
  }
  return reader.ok();
}

}  // namespace

bool readForwardTsn(ByteView body, ForwardTsnChunk& chunk) {
  return read(body, false, chunk);
}

bool readIForwardTsn(ByteView body, ForwardTsnChunk& chunk) {
  return read(body, true, chunk);
}

bool write(ByteWriter& out, const ForwardTsnChunk& chunk) {
  out.u8(chunk.interleaved ? ForwardTsnChunk::kInterleavedType : ForwardTsnChunk::kType);
  out.u8(0);
  out.u16(static_cast<uint16_t>(chunk.wireSize()));
  out.u32(chunk.cumulative.value());
  for (const ForwardTsnChunk::Skipped& entry : chunk.skipped) {
    out.u16(entry.stream.value());
    if (chunk.interleaved) {
      out.u16(entry.unordered ? 1 : 0);
      out.u32(entry.mid);
    } else {
      out.u16(static_cast<uint16_t>(entry.mid));
    }
  }
  return out.ok();
}

}  // namespace tincan::inline v0::sctp
