#pragma once

#include <algorithm>
#include <cstdint>

#include "base/bytes.h"
#include "sctp/chunk/chunk.h"

namespace tincan::sctp {

/// The types that we look at; usrsctp handles all. RFC 9260 §3.2, RFC 6525 §3.1.
enum : uint8_t { kData = 0, kInit = 1, kInitAck = 2, kSack = 3, kReconfig = 130 };

struct Chunk {
  uint8_t type = 0;
  uint8_t flags = 0;
  ByteView body{};   // behind the header
  ByteView whole{};  // with header and padding
};

/// What stands behind the common header.
inline ByteView chunksOf(ByteView packet) {
  return packet.subspan(std::min(kCommonHeaderSize, packet.size()));
}

/// The next chunk of a packet, or false at its end or where lengths lie (usrsctp judges those).
inline bool nextChunk(ByteView& rest, Chunk& chunk) {
  ByteReader reader(rest);
  chunk.type = reader.u8();
  chunk.flags = reader.u8();
  const size_t size = reader.u16();
  if (!reader.ok() || size < kChunkHeaderSize || size > rest.size()) return false;
  chunk.body = rest.subspan(kChunkHeaderSize, size - kChunkHeaderSize);
  chunk.whole = rest.first(std::min(padded(size), rest.size()));
  rest = rest.subspan(chunk.whole.size());
  return true;
}

}  // namespace tincan::sctp
