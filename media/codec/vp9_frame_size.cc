#include "media/codec/vp9_frame_size.h"

#include <algorithm>

#include "base/bit_reader.h"

namespace tincan::inline v0::media {
namespace {

constexpr uint32_t kSyncCode = 0x498342;
constexpr uint32_t kSrgb = 7;
constexpr uint8_t kIndexMask = 0xe0, kIndexMark = 0xc0;

// color_config (§6.2.2): of interest only for its length.
void skipColour(BitReader& bits, uint32_t profile) {
  if (profile >= 2) bits.skip(1);  // ten_or_twelve_bit
  const bool odd = (profile & 1) != 0;
  if (bits.bits(3) == kSrgb)
    bits.skip(odd ? 1 : 0);
  else
    bits.skip(odd ? 4 : 1);
}

int sideOf(BitReader& bits) {
  const uint32_t width = bits.bits(16) + 1, height = bits.bits(16) + 1;
  return static_cast<int>(std::max(width, height));
}

// uncompressed_header (§6.2) up to the size.
int sideOfFrame(ByteView frame) {
  BitReader bits(frame);
  if (bits.bits(2) != 2) return 0;  // frame_marker
  uint32_t profile = bits.bits(1);
  profile |= bits.bits(1) << 1;
  if (profile == 3) bits.skip(1);
  if (bits.flag()) return 0;  // show_existing_frame
  const bool keyFrame = !bits.flag();
  const bool shown = bits.flag();
  const bool resilient = bits.flag();
  if (keyFrame) {
    if (bits.bits(24) != kSyncCode) return 0;
    skipColour(bits, profile);
    return sideOf(bits);
  }
  const bool intraOnly = !shown && bits.flag();
  if (!resilient) bits.skip(2);  // reset_frame_context
  if (intraOnly) {
    if (bits.bits(24) != kSyncCode) return 0;
    if (profile > 0) skipColour(bits, profile);
    bits.skip(8);  // refresh_frame_flags
    return sideOf(bits);
  }
  bits.skip(8 + 3 * (3 + 1));  // refresh_frame_flags; three references and their sign biases
  for (int i = 0; i < 3; ++i)
    if (bits.flag()) return 0;  // found_ref: the size of that reference
  return sideOf(bits);
}

}  // namespace

// Annex B: the last byte is 110, two bits of width less one, three of count less one; the same byte stands in front of
// the index, which holds the size of each frame, little-endian.
Vp9FrameSize Vp9FrameSize::read(ByteView bytes) {
  if (bytes.empty()) return {};
  const uint8_t last = bytes.back();
  const size_t width = (last >> 3 & 3u) + 1, count = (last & 7u) + 1;
  const size_t index = 2 + width * count;
  if ((last & kIndexMask) != kIndexMark || bytes.size() < index || bytes[bytes.size() - index] != last)
    return {sideOfFrame(bytes), false};
  const uint8_t* sizes = bytes.data() + bytes.size() - index + 1;
  ByteView rest = bytes.first(bytes.size() - index);
  Vp9FrameSize out{0, true};
  for (size_t i = 0; i < count; ++i) {
    size_t size = 0;
    for (size_t k = 0; k < width; ++k) size |= size_t{*sizes++} << (8 * k);
    out.largestSide = std::max(out.largestSide, sideOfFrame(rest));
    rest = rest.subspan(std::min(size, rest.size()));
  }
  return out;
}

void appendVp9Index(Bytes& bytes) {
  constexpr uint8_t kMark = kIndexMark | 3 << 3;  // one size, of four bytes
  const auto size = static_cast<uint32_t>(bytes.size());
  bytes.push_back(kMark);
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<uint8_t>(size >> shift));
  bytes.push_back(kMark);
}

}  // namespace tincan::inline v0::media
