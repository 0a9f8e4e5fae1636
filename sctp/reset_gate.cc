#include "sctp/reset_gate.h"

#include <algorithm>

#include "base/sequence.h"
#include "sctp/chunks.h"

namespace tincan::sctp {
namespace {

constexpr uint16_t kOutgoingResetRequest = 13;  // RFC 6525 §4.1

// RFC 6525 §4.1, the Outgoing SSN Reset Request, one or two to a RE-CONFIG chunk:
//
//      0                   1                   2                   3
//      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |     Parameter Type = 13       | Parameter Length = 16 + 2 * N |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |           Re-configuration Request Sequence Number            |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |           Re-configuration Response Sequence Number           |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |                Sender's Last Assigned TSN                     |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//     |  Stream Number 1 (optional)   |    Stream Number 2 (optional) |
//     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
std::optional<uint32_t> lastTsnOfRequest(ByteView body) {
  ByteReader reader(body);
  while (reader.remaining() >= 4) {
    const uint16_t type = reader.u16();
    const size_t size = reader.u16();
    if (size < 4) return std::nullopt;
    ByteReader parameter(reader.view(size - 4));
    parameter.skip(8);
    const uint32_t tsn = parameter.u32();
    if (!parameter.ok() && type == kOutgoingResetRequest) return std::nullopt;
    if (type == kOutgoingResetRequest) return tsn;
    reader.skip(std::min(padded(size) - size, reader.remaining()));
  }
  return std::nullopt;
}

}  // namespace

void ResetGate::sent(ByteView packet) {
  ByteView rest = chunksOf(packet);
  for (Chunk chunk; nextChunk(rest, chunk) && chunk.type != kData;) {
    if (chunk.type == kSack && chunk.body.size() >= 4) acknowledged_ = loadBe32(chunk.body.data());
  }
}

std::optional<Bytes> ResetGate::received(ByteView packet) {
  const ByteView header = packet.first(std::min(kCommonHeaderSize, packet.size()));
  ByteView rest = packet.subspan(header.size());
  Bytes kept;
  for (Chunk chunk; nextChunk(rest, chunk);) {
    // RFC 9260 §3.3.2: tag, window, two counts of streams, initial TSN.
    if ((chunk.type == kInit || chunk.type == kInitAck) && chunk.body.size() >= 16 && !acknowledged_) {
      acknowledged_ = loadBe32(chunk.body.data() + 12) - 1;
    }
    if (chunk.type != kReconfig) continue;
    const std::optional<uint32_t> tsn = lastTsnOfRequest(chunk.body);
    if (!tsn || !isEarly(*tsn)) continue;
    heldTsn_ = *tsn;
    held_ = toBytes(header);
    held_.insert(held_.end(), chunk.whole.begin(), chunk.whole.end());
    const size_t before = static_cast<size_t>(chunk.whole.data() - packet.data());
    kept = toBytes(packet.first(before));
    kept.insert(kept.end(), rest.begin(), rest.end());
    return kept;
  }
  return std::nullopt;
}

std::optional<Bytes> ResetGate::prompt() const {
  if (held_.size() < kCommonHeaderSize || !acknowledged_) return std::nullopt;
  ByteBuilder packet;
  packet.bytes(ByteView(held_).first(kCommonHeaderSize - 4)).u32(0);
  // RFC 9260 §3.3.1: a whole message of one byte, under a TSN that was acknowledged. RFC 7053: the I bit.
  constexpr uint8_t kWholeAtOnce = 0x0b;
  packet.u8(kData).u8(kWholeAtOnce).u16(17).u32(*acknowledged_).u16(0).u16(0).u32(0).u8(0).u8(0).u8(0).u8(0);
  return packet.take();
}

std::optional<Bytes> ResetGate::due() {
  if (held_.empty() || isEarly(heldTsn_)) return std::nullopt;
  std::optional<Bytes> packet(std::move(held_));
  held_ = Bytes();
  return packet;
}

bool ResetGate::isEarly(uint32_t tsn) const {
  return acknowledged_ && isNewer(tsn, *acknowledged_);
}

}  // namespace tincan::sctp
