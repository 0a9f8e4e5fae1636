#include "sctp/chunk/data.h"

namespace tincan::inline v0::sctp {
namespace {

void readFlags(uint8_t flags, DataChunk& chunk) {
  chunk.begin = flags & DataChunk::kBegin;
  chunk.end = flags & DataChunk::kEnd;
  chunk.unordered = flags & DataChunk::kUnordered;
  chunk.immediate = flags & DataChunk::kImmediate;
}

uint8_t flagsOf(const DataChunk& chunk) {
  return static_cast<uint8_t>((chunk.begin ? DataChunk::kBegin : 0) | (chunk.end ? DataChunk::kEnd : 0) |
                              (chunk.unordered ? DataChunk::kUnordered : 0) |
                              (chunk.immediate ? DataChunk::kImmediate : 0));
}

}  // namespace

std::optional<DataChunk> readData(uint8_t flags, ByteView body) {
  ByteReader reader(body);
  DataChunk chunk;
  readFlags(flags, chunk);
  chunk.tsn = Tsn(reader.u32());
  chunk.stream = StreamId(reader.u16());
  chunk.mid = reader.u16();
  chunk.ppid = reader.u32();
  chunk.data = reader.rest();
  if (!reader.ok() || chunk.data.empty()) return std::nullopt;
  return chunk;
}

std::optional<DataChunk> readIData(uint8_t flags, ByteView body) {
  ByteReader reader(body);
  DataChunk chunk;
  chunk.interleaved = true;
  readFlags(flags, chunk);
  chunk.tsn = Tsn(reader.u32());
  chunk.stream = StreamId(reader.u16());
  reader.skip(2);  // RFC 8260 §2.1: ignored
  chunk.mid = reader.u32();
  (chunk.begin ? chunk.ppid : chunk.fsn) = reader.u32();
  chunk.data = reader.rest();
  if (!reader.ok() || chunk.data.empty()) return std::nullopt;
  return chunk;
}

bool write(ByteWriter& out, const DataChunk& chunk) {
  const size_t size = DataChunk::headerSize(chunk.interleaved) + chunk.data.size();
  out.u8(chunk.interleaved ? DataChunk::kIDataType : DataChunk::kDataType);
  out.u8(flagsOf(chunk));
  out.u16(static_cast<uint16_t>(size));
  out.u32(chunk.tsn.value());
  out.u16(chunk.stream.value());
  if (chunk.interleaved) {
    out.u16(0);
    out.u32(chunk.mid);
    out.u32(chunk.begin ? chunk.ppid : chunk.fsn);
  } else {
    out.u16(static_cast<uint16_t>(chunk.mid));
    out.u32(chunk.ppid);
  }
  out.bytes(chunk.data);
  out.zeros(chunk.wireSize() - size);
  return out.ok();
}

}  // namespace tincan::inline v0::sctp
