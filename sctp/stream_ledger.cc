#include "sctp/stream_ledger.h"

#include "base/sequence.h"
#include "sctp/chunks.h"

namespace tincan::sctp {

void StreamLedger::sent(ByteView packet) {
  constexpr uint8_t kEnds = 0x01;  // RFC 9260 §3.3.1: the E bit, of a message's last piece
  ByteView rest = chunksOf(packet);
  for (Chunk chunk; nextChunk(rest, chunk);) {
    // RFC 9260 §3.3.1: TSN, stream.
    if (chunk.type != kData || chunk.body.size() < 6) continue;
    const uint32_t tsn = loadBe32(chunk.body.data());
    if (newest_ && !isNewer(tsn, *newest_)) continue;
    newest_ = tsn;
    Stream& stream = streams_[loadBe16(chunk.body.data() + 4)];
    stream.last = tsn;
    if ((chunk.flags & kEnds) && stream.waiting > 0) --stream.waiting;
  }
}

void StreamLedger::received(ByteView packet) {
  ByteView rest = chunksOf(packet);
  for (Chunk chunk; nextChunk(rest, chunk);) {
    if (chunk.type != kSack || chunk.body.size() < 4) continue;
    const uint32_t tsn = loadBe32(chunk.body.data());  // RFC 9260 §3.3.4: the cumulative one
    if (!acknowledged_ || isNewer(tsn, *acknowledged_)) acknowledged_ = tsn;
  }
}

bool StreamLedger::isInFlight(uint16_t id) const {
  const auto at = streams_.find(id);
  if (at == streams_.end() || at->second.waiting > 0 || !at->second.last) return false;
  return !acknowledged_ || isNewer(*at->second.last, *acknowledged_);
}

}  // namespace tincan::sctp
