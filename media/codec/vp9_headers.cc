#include "media/codec/vp9_headers.h"

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

// render_size (§6.2.4).
void skipRenderSize(BitReader& bits) {
  if (bits.flag()) bits.skip(32);
}

// frame_size_with_refs (§6.2.5): 0 where it is that of a reference.
int sideWithReferences(BitReader& bits) {
  for (int i = 0; i < 3; ++i)
    if (bits.flag()) return 0;  // found_ref
  return sideOf(bits);
}

// loop_filter_params (§6.2.8), to its end.
void skipLoopFilter(BitReader& bits) {
  bits.skip(6 + 3);                          // level, sharpness
  if (!bits.flag() || !bits.flag()) return;  // loop_filter_delta_enabled, loop_filter_delta_update
  for (int i = 0; i < 4 + 2; ++i)            // of references, of modes
    if (bits.flag()) bits.skip(6 + 1);       // update_…_delta
}

struct FrameHeader {
  int side = 0;
  std::optional<uint8_t> quantizer{};
};

// uncompressed_header (§6.2) up to base_q_idx.
FrameHeader readFrame(ByteView frame) {
  BitReader bits(frame);
  if (bits.bits(2) != 2) return {};  // frame_marker
  uint32_t profile = bits.bits(1);
  profile |= bits.bits(1) << 1;
  if (profile == 3) bits.skip(1);
  if (bits.flag()) return {};  // show_existing_frame
  const bool keyFrame = !bits.flag();
  const bool shown = bits.flag();
  const bool resilient = bits.flag();
  const bool intraOnly = !keyFrame && !shown && bits.flag();
  if (!keyFrame && !resilient) bits.skip(2);  // reset_frame_context
  FrameHeader out;
  if (keyFrame || intraOnly) {
    if (bits.bits(24) != kSyncCode) return {};
    if (keyFrame || profile > 0) skipColour(bits, profile);
    if (intraOnly) bits.skip(8);  // refresh_frame_flags
    out.side = sideOf(bits);
    skipRenderSize(bits);
  } else {
    bits.skip(8 + 3 * (3 + 1));  // refresh_frame_flags; three references and their sign biases
    out.side = sideWithReferences(bits);
    skipRenderSize(bits);
    bits.skip(1);                    // allow_high_precision_mv
    if (!bits.flag()) bits.skip(2);  // interpolation filter: is_filter_switchable, or which
  }
  if (!resilient) bits.skip(2);  // refresh_frame_context, frame_parallel_decoding_mode
  bits.skip(2);                  // frame_context_idx
  skipLoopFilter(bits);
  const auto quantizer = static_cast<uint8_t>(bits.bits(8));
  if (bits.ok()) out.quantizer = quantizer;
  return out;
}

}  // namespace

// Annex B: the last byte is 110, two bits of width less one, three of count less one; the same byte stands in front of
// the index, which holds the size of each frame, little-endian.
Vp9Headers Vp9Headers::read(ByteView bytes) {
  if (bytes.empty()) return {};
  const uint8_t last = bytes.back();
  const size_t width = (last >> 3 & 3u) + 1, count = (last & 7u) + 1;
  const size_t index = 2 + width * count;
  if ((last & kIndexMask) != kIndexMark || bytes.size() < index || bytes[bytes.size() - index] != last) {
    const FrameHeader header = readFrame(bytes);
    return {header.side, false, header.quantizer};
  }
  const uint8_t* sizes = bytes.data() + bytes.size() - index + 1;
  ByteView rest = bytes.first(bytes.size() - index);
  Vp9Headers out{0, true, std::nullopt};
  for (size_t i = 0; i < count; ++i) {
    size_t size = 0;
    for (size_t k = 0; k < width; ++k) size |= size_t{*sizes++} << (8 * k);
    const FrameHeader header = readFrame(rest);
    out.largestSide = std::max(out.largestSide, header.side);
    out.quantizer = header.quantizer;
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
