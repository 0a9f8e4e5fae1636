#include "ice/frame_reader.h"

#include <algorithm>

namespace tincan::inline v0::ice {

void FrameReader::begin(PacketPool& pool) {
  wanted_ = loadBe16(header_.data());
  headerSize_ = 0;
  if (wanted_ == 0) return;  // RFC 4571 §2: an empty packet is ignored
  packet_ = wanted_ <= kMaxFrame ? pool.allocate() : PacketBuffer();
  if (!packet_) ++skipped_;
}

void FrameReader::read(ByteView chunk, PacketPool& pool, Ring<PacketBuffer>& out) {
  while (!chunk.empty()) {
    if (wanted_ == 0) {
      header_[headerSize_++] = chunk.front();
      chunk = chunk.subspan(1);
      if (headerSize_ == kHeader) begin(pool);
      continue;
    }
    const size_t size = std::min(wanted_, chunk.size());
    if (packet_) static_cast<void>(packet_.append(chunk.first(size)));  // fits: no longer than kMaxFrame
    chunk = chunk.subspan(size);
    wanted_ -= size;
    if (wanted_ == 0 && packet_) out.pushBack(std::move(packet_));
  }
}

}  // namespace tincan::inline v0::ice
