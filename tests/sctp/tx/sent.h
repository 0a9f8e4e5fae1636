#pragma once

#include <vector>

#include "sctp/chunk/data.h"
#include "sctp/chunk/forward_tsn.h"
#include "sctp/tx/sender.h"

namespace tincan::inline v0::sctp::test {

/// A packet that a sender has filled, taken apart.
struct SentPacket {
  struct Chunk {
    DataChunk head{};
    Bytes data;
  };
  std::vector<Chunk> data;
  std::vector<ForwardTsnChunk> forward;
  size_t size = 0;
};

inline SentPacket takeApart(ByteView packet) {
  SentPacket sent;
  sent.size = packet.size();
  for (ByteView rest = packet.subspan(12); rest.size() >= 4;) {
    const size_t size = loadBe16(rest.data() + 2);
    const ByteView body = rest.subspan(4, size - 4);
    if (rest[0] == DataChunk::kDataType || rest[0] == DataChunk::kIDataType) {
      const auto chunk = rest[0] == DataChunk::kDataType ? readData(rest[1], body) : readIData(rest[1], body);
      sent.data.push_back({*chunk, toBytes(chunk->data)});
    } else {
      ForwardTsnChunk chunk;
      if (rest[0] == ForwardTsnChunk::kType ? readForwardTsn(body, chunk) : readIForwardTsn(body, chunk)) {
        sent.forward.push_back(chunk);
      }
    }
    rest = rest.subspan(std::min((size + 3) & ~size_t{3}, rest.size()));
  }
  return sent;
}

/// All that it would send now.
inline std::vector<SentPacket> drain(Sender& sender, TimePoint now) {
  std::vector<SentPacket> packets;
  while (packets.size() < 1000) {
    uint8_t bytes[2048];
    ByteWriter packet(bytes);
    packet.zeros(12);
    if (sender.fill(now, packet) == 0) break;
    packets.push_back(takeApart(packet.written()));
  }
  return packets;
}

inline std::vector<SentPacket::Chunk> chunksOf(const std::vector<SentPacket>& packets) {
  std::vector<SentPacket::Chunk> chunks;
  for (const SentPacket& packet : packets) chunks.insert(chunks.end(), packet.data.begin(), packet.data.end());
  return chunks;
}

}  // namespace tincan::inline v0::sctp::test
