#include "media/codec/frame_quantizer.h"

#include "media/codec/vp9_headers.h"
#include "rtp/payload/vp8.h"

namespace tincan::inline v0::media {
namespace {

// The boolean entropy decoder of RFC 6386 §7.3, as far as headers need it: each bit as likely as the other, or by the
// probability `p` of 256 that it is 0. Past the end it reads zeros, and `ok()` says so.
class BoolReader {
 public:
  explicit BoolReader(ByteView bytes) : bytes_(bytes), value_(next() << 8) { value_ |= next(); }

  bool flag(uint32_t p = 128) {
    const uint32_t split = 1 + (((range_ - 1) * p) >> 8);
    const bool out = value_ >= split << 8;
    range_ = out ? range_ - split : split;
    if (out) value_ -= split << 8;
    for (; range_ < 128; range_ <<= 1) {
      value_ <<= 1;
      if (++shifted_ < 8) continue;
      shifted_ = 0;
      value_ |= next();
    }
    return out;
  }
  uint32_t bits(unsigned count) {
    uint32_t out = 0;
    for (unsigned i = 0; i < count; ++i) out = out << 1 | (flag() ? 1u : 0u);
    return out;
  }
  // A delta that may be there (§9.3, §9.6): so many bits, and a sign.
  void skipDelta(unsigned count) {
    if (flag()) bits(count + 1);
  }
  // The decoder is up to a byte ahead of what it needs, and more than a header follows in each frame.
  bool ok() const { return at_ <= bytes_.size(); }

 private:
  uint32_t next() {
    const size_t at = at_++;
    return at < bytes_.size() ? bytes_[at] : 0;
  }

  ByteView bytes_;
  size_t at_ = 0;
  uint32_t value_;
  uint32_t range_ = 255;
  int shifted_ = 0;
};

// update_segmentation() (RFC 6386 §19.2), to its end.
void skipSegmentation(BoolReader& reader) {
  const bool map = reader.flag(), data = reader.flag();
  if (data) {
    reader.bits(1);                                   // segment_feature_mode
    for (int i = 0; i < 4; ++i) reader.skipDelta(7);  // quantizer_update
    for (int i = 0; i < 4; ++i) reader.skipDelta(6);  // loop_filter_update
  }
  for (int i = 0; map && i < 3; ++i)
    if (reader.flag()) reader.bits(8);  // segment_prob
}

// frame_header() (RFC 6386 §19.2) up to y_ac_qi.
std::optional<uint8_t> vp8Quantizer(ByteView frame) {
  constexpr size_t kTag = 3, kKeyFrameStart = 7;  // §9.1
  rtp::Vp8FrameHeader header;
  if (!rtp::Vp8FrameHeader::parse(frame, header)) return std::nullopt;
  const size_t start = kTag + (header.keyFrame ? kKeyFrameStart : 0);
  if (frame.size() <= start) return std::nullopt;
  BoolReader reader(frame.subspan(start));
  if (header.keyFrame) reader.bits(2);          // color_space, clamping_type
  if (reader.flag()) skipSegmentation(reader);  // segmentation_enabled
  reader.bits(1 + 6 + 3);                       // filter_type, loop_filter_level, sharpness_level
  if (reader.flag() && reader.flag())           // loop_filter_adj_enable, mode_ref_lf_delta_update
    for (int i = 0; i < 4 + 4; ++i) reader.skipDelta(6);
  reader.bits(2);  // log2_nbr_of_dct_partitions
  const auto out = static_cast<uint8_t>(reader.bits(7));
  return reader.ok() ? std::optional(out) : std::nullopt;
}

}  // namespace

std::optional<uint8_t> frameQuantizer(rtp::VideoFormat format, ByteView frame) {
  switch (format) {
    case rtp::VideoFormat::kVp8: return vp8Quantizer(frame);
    case rtp::VideoFormat::kVp9: return Vp9Headers::read(frame).quantizer;
    case rtp::VideoFormat::kAv1:
    case rtp::VideoFormat::kH264:
    case rtp::VideoFormat::kH265: break;
  }
  return std::nullopt;
}

}  // namespace tincan::inline v0::media
