#include "sctp/chunk/packet.h"

#include <algorithm>
#include <cstring>

#include "sctp/crc32c.h"

namespace tincan::inline v0::sctp {

std::optional<CommonHeader> parseCommonHeader(ByteView packet) {
  if (packet.size() < kCommonHeaderSize) return std::nullopt;
  return CommonHeader{loadBe16(packet.data()), loadBe16(packet.data() + 2), loadBe32(packet.data() + 4)};
}

PacketBuilder::PacketBuilder(PacketBuffer& packet, const CommonHeader& header, size_t limit) : packet_(packet) {
  // Chunks end on four bytes, so no more than that fits; and no more than the slot has.
  limit_ = std::min(limit & ~size_t{3}, packet.size() + (packet.tailroom() & ~size_t{3}));
  uint8_t* out = packet.append(kCommonHeaderSize);
  if (out == nullptr) {
    limit_ = packet.size();
    return;
  }
  limit_ = std::max(limit_, packet.size());
  storeBe16(out, header.sourcePort);
  storeBe16(out + 2, header.destinationPort);
  storeBe32(out + 4, header.tag);
  storeBe32(out + 8, 0);
}

MutableByteView PacketBuilder::add(ChunkType type, uint8_t flags, size_t bodySize) {
  if (!fits(bodySize)) return {};
  const size_t size = kChunkHeaderSize + bodySize, whole = padded(size);
  uint8_t* out = packet_.append(whole);
  if (out == nullptr) return {};
  out[0] = static_cast<uint8_t>(type);
  out[1] = flags;
  storeBe16(out + 2, static_cast<uint16_t>(size));
  std::fill(out + size, out + whole, uint8_t{0});
  return {out + kChunkHeaderSize, bodySize};
}

bool PacketBuilder::add(ChunkType type, uint8_t flags, ByteView body) {
  if (!fits(body.size())) return false;
  const MutableByteView out = add(type, flags, body.size());
  if (!body.empty()) std::memcpy(out.data(), body.data(), body.size());
  return true;
}

bool PacketBuilder::addWhole(ByteView chunk) {
  if (chunk.size() < kChunkHeaderSize) return false;
  return add(static_cast<ChunkType>(chunk[0]), chunk[1], chunk.subspan(kChunkHeaderSize));
}

void PacketBuilder::finish(Checksum checksum) {
  if (packet_.size() < kCommonHeaderSize) return;
  switch (checksum) {
    case Checksum::kCrc32c: storeChecksum(packet_.mutableView(), packetChecksum(packet_.view())); return;
    case Checksum::kZero: storeBe32(packet_.data() + 8, 0); return;
  }
}

}  // namespace tincan::inline v0::sctp
