#include "rtp/rtcp/block.h"

namespace tincan::inline v0::rtp::rtcp {
namespace {

constexpr uint8_t kVersion = 2;
constexpr uint8_t kPaddingBit = 0x20;

}  // namespace

bool BlockReader::next(Block& out) {
  if (rest_.empty() || failed_) return false;
  if (rest_.size() < kBlockHeaderSize || rest_[0] >> 6 != kVersion) return refuse();
  const size_t size = 4 * (size_t{loadBe16(rest_.data() + 2)} + 1);
  if (size > rest_.size()) return refuse();
  size_t padding = 0;
  if ((rest_[0] & kPaddingBit) != 0) {
    // Differs from RFC 3550 §6.4.1 (whole words, on the last packet only) because libwebrtc pads its transport-wide
    // feedback by one to three bytes wherever that stands. The size counts itself, so that 0 cannot be.
    padding = rest_[size - 1];
    if (padding == 0 || padding > size - kBlockHeaderSize) return refuse();
  }
  out.count = rest_[0] & 0x1f;
  out.type = rest_[1];
  out.body = rest_.subspan(kBlockHeaderSize, size - kBlockHeaderSize - padding);
  rest_ = rest_.subspan(size);
  return true;
}

BlockWriter::BlockWriter(ByteWriter& writer, uint8_t count, uint8_t type) : writer_(writer), start_(writer.size()) {
  writer_.u8(static_cast<uint8_t>(kVersion << 6 | (count & 0x1f)));
  writer_.u8(type);
  writer_.u16(0);
}

bool BlockWriter::close() {
  const size_t size = writer_.size() - start_;
  if (!writer_.ok() || size % 4 != 0 || size / 4 - 1 > 0xffff) return false;
  writer_.patchU16(start_ + 2, static_cast<uint16_t>(size / 4 - 1));
  return true;
}

}  // namespace tincan::inline v0::rtp::rtcp
