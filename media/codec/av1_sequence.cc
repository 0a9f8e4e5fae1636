#include "media/codec/av1_sequence.h"

#include "base/bit_reader.h"

namespace tincan::inline v0::media {
namespace {

// What of the decoder model says how much else there is.
struct Model {
  bool present = false;
  unsigned delayBits = 0;
};

// timing_info and decoder_model_info (AV1 bitstream specification §5.5.3, §5.5.4).
Model readTiming(BitReader& bits) {
  Model model;
  if (!bits.flag()) return model;  // timing_info_present_flag
  bits.skip(32 + 32);
  if (bits.flag()) bits.exponentialGolomb();  // num_ticks_per_picture_minus_1, whose code is that of ue(v)
  model.present = bits.flag();
  if (model.present) {
    model.delayBits = bits.bits(5) + 1;
    bits.skip(32 + 5 + 5);
  }
  return model;
}

void skipOperatingPoint(BitReader& bits, const Model& model, bool displayDelay) {
  bits.skip(12);                       // operating_point_idc
  if (bits.bits(5) > 7) bits.skip(1);  // seq_level_idx, seq_tier
  if (model.present && bits.flag()) bits.skip(2 * model.delayBits + 1);
  if (displayDelay && bits.flag()) bits.skip(4);
}

}  // namespace

// sequence_header_obu (§5.5.1) up to the size.
std::optional<Av1Sequence> Av1Sequence::parse(ByteView body) {
  BitReader bits(body);
  bits.skip(3 + 1);   // seq_profile, still_picture
  if (bits.flag()) {  // reduced_still_picture_header
    bits.skip(5);
  } else {
    const Model model = readTiming(bits);
    const bool displayDelay = bits.flag();
    const uint32_t points = bits.bits(5) + 1;
    for (uint32_t i = 0; i < points && bits.ok(); ++i) skipOperatingPoint(bits, model, displayDelay);
  }
  const unsigned widthBits = bits.bits(4) + 1, heightBits = bits.bits(4) + 1;
  Av1Sequence out;
  out.width = static_cast<int>(bits.bits(widthBits) + 1);
  out.height = static_cast<int>(bits.bits(heightBits) + 1);
  if (!bits.ok()) return std::nullopt;
  return out;
}

}  // namespace tincan::inline v0::media
