#include "rtp/payload/red.h"

#include <algorithm>
#include <cstring>

namespace tincan::inline v0::rtp {
namespace {

constexpr uint8_t kMoreFollow = 0x80;  // F
constexpr size_t kBlockHeaderSize = 4;
constexpr size_t kPrimaryHeaderSize = 1;

}  // namespace

bool RedPayload::parse(ByteView payload, PayloadType redType) {
  count_ = 0;
  std::array<size_t, kMaxBlocks> lengths{};
  ByteReader reader(payload);
  size_t total = 0;
  for (bool more = true; more; ++count_) {
    if (count_ == kMaxBlocks) return false;
    const uint8_t first = reader.u8();
    RedBlock& block = blocks_[count_];
    block = RedBlock();
    block.payloadType = PayloadType(first & 0x7f);
    more = (first & kMoreFollow) != 0;
    if (more) {
      const uint32_t bits = reader.u24();
      block.timestampOffset = bits >> 10;
      lengths[count_] = bits & RedBlock::kMaxLength;
      total += lengths[count_];
    }
    if (!reader.ok() || block.payloadType == redType) return false;
  }
  if (total > reader.remaining()) return false;
  for (size_t i = 0; i + 1 < count_; ++i) blocks_[i].payload = reader.view(lengths[i]);
  blocks_[count_ - 1].payload = reader.rest();
  return true;
}

bool writeRed(std::span<const RedBlock> blocks, PacketBuffer& out) {
  if (blocks.empty()) return false;
  size_t size = kPrimaryHeaderSize;
  for (const RedBlock& block : blocks) size += block.payload.size();
  size += kBlockHeaderSize * (blocks.size() - 1);
  for (const RedBlock& block : blocks.first(blocks.size() - 1)) {
    if (block.payload.size() > RedBlock::kMaxLength || block.timestampOffset > RedBlock::kMaxTimestampOffset) {
      return false;
    }
  }
  uint8_t* bytes = out.append(size);
  if (!bytes) return false;
  ByteWriter writer({bytes, size});
  for (const RedBlock& block : blocks.first(blocks.size() - 1)) {
    writer.u8(static_cast<uint8_t>(kMoreFollow | (block.payloadType.value() & 0x7f)));
    writer.u24(static_cast<uint32_t>(block.timestampOffset << 10 | block.payload.size()));
  }
  writer.u8(blocks.back().payloadType.value() & 0x7f);
  for (const RedBlock& block : blocks) writer.bytes(block.payload);
  return writer.ok();
}

RedEncoder::RedEncoder(PayloadType type, size_t generations)
    : type_(type), generations_(std::min(generations, kMaxGenerations)) {}

void RedEncoder::setGenerations(size_t generations) {
  generations_ = std::min(generations, kMaxGenerations);
  count_ = std::min(count_, generations_);
}

bool RedEncoder::encode(uint32_t timestamp, ByteView frame, size_t maxPayload, PacketBuffer& out) {
  std::array<RedBlock, kMaxGenerations + 1> blocks;
  size_t first = blocks.size() - 1;
  blocks[first] = {type_, 0, frame};
  size_t size = kPrimaryHeaderSize + frame.size();
  if (size > maxPayload) return false;
  for (size_t i = 0; i < count_; ++i) {
    const Kept& kept = kept_[(newest_ + kMaxGenerations - i) % kMaxGenerations];
    const uint32_t age = timestamp - kept.timestamp;
    if (age == 0 || age > RedBlock::kMaxTimestampOffset || size + kBlockHeaderSize + kept.size > maxPayload) break;
    size += kBlockHeaderSize + kept.size;
    blocks[--first] = {type_, age, {kept.bytes.data(), kept.size}};
  }
  if (!writeRed(std::span(blocks).subspan(first), out)) return false;
  keep(timestamp, frame);
  return true;
}

// A frame that cannot be repeated breaks the chain: what is older would be repeated in its place.
void RedEncoder::keep(uint32_t timestamp, ByteView frame) {
  if (generations_ == 0) return;
  if (frame.empty() || frame.size() > RedBlock::kMaxLength) {
    count_ = 0;
    return;
  }
  newest_ = (newest_ + 1) % kMaxGenerations;
  Kept& kept = kept_[newest_];
  kept.timestamp = timestamp;
  kept.size = static_cast<uint16_t>(frame.size());
  std::memcpy(kept.bytes.data(), frame.data(), frame.size());
  count_ = std::min(count_ + 1, generations_);
}

}  // namespace tincan::inline v0::rtp
