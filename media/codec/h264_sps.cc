#include "media/codec/h264_sps.h"

#include <algorithm>
#include <iterator>

#include "base/bit_reader.h"

namespace tincan::inline v0::media {
namespace {

constexpr uint32_t kMacroblock = 16;
constexpr uint32_t kMaxMacroblocks = 1055;  // a side, of any level: H.264 §A.3.1, the square root of 8 times MaxFS
constexpr size_t kMaxSize = 512;            // what of a parameter set is read: scaling lists take most of it
constexpr uint32_t kMaxCycle = 255;         // §7.4.2.1.1: num_ref_frames_in_pic_order_cnt_cycle

// §7.3.2.1.1: profiles whose parameter sets speak of colour and scaling.
bool speaksOfColour(uint32_t profile) {
  constexpr uint32_t kProfiles[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};
  return std::find(std::begin(kProfiles), std::end(kProfiles), profile) != std::end(kProfiles);
}

// §7.4.1: after two zeros a 3 stands so that no start code comes to be.
Bytes withoutEmulation(ByteView unit) {
  Bytes out;
  size_t zeros = 0;
  for (const uint8_t byte : unit.first(std::min(unit.size(), kMaxSize))) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

// se(v), of which scaling lists and offsets are made: §9.1.1.
int32_t signedGolomb(BitReader& bits) {
  const uint32_t code = bits.exponentialGolomb();
  const auto half = static_cast<int32_t>(code / 2);
  return code % 2 != 0 ? half + 1 : -half;
}

// §7.3.2.1.1.1
void skipScalingList(BitReader& bits, int size) {
  int last = 8, next = 8;
  for (int i = 0; i < size && bits.ok(); ++i) {
    if (next != 0) next = (last + signedGolomb(bits) % 256 + 256) % 256;
    last = next == 0 ? last : next;
  }
}

// Gives chroma_format_idc.
uint32_t readColour(BitReader& bits) {
  const uint32_t chroma = bits.exponentialGolomb();
  if (chroma == 3) bits.skip(1);  // separate_colour_plane_flag
  bits.exponentialGolomb();       // bit depths
  bits.exponentialGolomb();
  bits.skip(1);
  if (!bits.flag()) return chroma;  // seq_scaling_matrix_present_flag
  for (int i = 0; i < (chroma == 3 ? 12 : 8); ++i)
    if (bits.flag()) skipScalingList(bits, i < 6 ? 16 : 64);
  return chroma;
}

void skipOrder(BitReader& bits) {
  bits.exponentialGolomb();  // log2_max_frame_num_minus4
  const uint32_t type = bits.exponentialGolomb();
  if (type == 0) bits.exponentialGolomb();
  if (type != 1) return;
  bits.skip(1);
  bits.exponentialGolomb();
  bits.exponentialGolomb();
  const uint32_t cycle = bits.exponentialGolomb();
  for (uint32_t i = 0; i < std::min(cycle, kMaxCycle) && bits.ok(); ++i) bits.exponentialGolomb();
}

struct Crop {
  uint32_t left = 0, right = 0, top = 0, bottom = 0;
};

}  // namespace

std::optional<H264Sps> H264Sps::parse(ByteView unit) {
  const Bytes bytes = withoutEmulation(unit);
  BitReader bits(bytes);
  bits.skip(8);
  const uint32_t profile = bits.bits(8);
  bits.skip(8 + 8);  // constraints, level
  bits.exponentialGolomb();
  const uint32_t chroma = speaksOfColour(profile) ? readColour(bits) : 1;
  skipOrder(bits);
  bits.exponentialGolomb();  // max_num_ref_frames
  bits.skip(1);
  const uint32_t across = bits.exponentialGolomb(), down = bits.exponentialGolomb();
  const bool framesOnly = bits.flag();
  if (!framesOnly) bits.skip(1);
  bits.skip(1);  // direct_8x8_inference_flag
  Crop crop;
  if (bits.flag())
    crop = {bits.exponentialGolomb(), bits.exponentialGolomb(), bits.exponentialGolomb(), bits.exponentialGolomb()};
  if (!bits.ok() || across >= kMaxMacroblocks || down >= kMaxMacroblocks) return std::nullopt;

  const uint32_t fields = framesOnly ? 1 : 2;
  H264Sps out;
  out.codedWidth = static_cast<int>((across + 1) * kMacroblock);
  out.codedHeight = static_cast<int>((down + 1) * kMacroblock * fields);
  // Table 6-1 and §7.4.2.1.1: CropUnitX, CropUnitY.
  const uint64_t unitX = chroma == 1 || chroma == 2 ? 2 : 1, unitY = (chroma == 1 ? 2 : 1) * fields;
  const uint64_t cutX = unitX * (uint64_t{crop.left} + crop.right), cutY = unitY * (uint64_t{crop.top} + crop.bottom);
  if (cutX >= static_cast<uint64_t>(out.codedWidth) || cutY >= static_cast<uint64_t>(out.codedHeight))
    return std::nullopt;
  out.width = out.codedWidth - static_cast<int>(cutX);
  out.height = out.codedHeight - static_cast<int>(cutY);
  return out;
}

}  // namespace tincan::inline v0::media
