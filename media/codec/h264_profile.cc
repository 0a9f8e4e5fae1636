#include "media/codec/h264_profile.h"

#include <charconv>

namespace tincan::inline v0::media {
namespace {

using Profile = H264ProfileLevel::Profile;

struct Row {
  uint8_t profileIdc;
  uint8_t mask;  // of the constraint flags that count
  uint8_t flags;
  Profile profile;
};

// RFC 6184 §8.1, table 5: "x" there is a bit that is not in the mask.
constexpr Row kRows[] = {
    {0x42, 0x4f, 0x40, Profile::kConstrainedBaseline},
    {0x4d, 0x8f, 0x80, Profile::kConstrainedBaseline},
    {0x58, 0xcf, 0xc0, Profile::kConstrainedBaseline},
    {0x42, 0x4f, 0x00, Profile::kBaseline},
    {0x58, 0xcf, 0x80, Profile::kBaseline},
    {0x4d, 0xaf, 0x00, Profile::kMain},
    {0x58, 0xcf, 0x00, Profile::kExtended},
    {0x64, 0xff, 0x00, Profile::kHigh},
    {0x64, 0xff, 0x0c, Profile::kConstrainedHigh},
    {0x6e, 0xff, 0x00, Profile::kHigh10},
    {0x7a, 0xff, 0x00, Profile::kHigh422},
    {0xf4, 0xff, 0x00, Profile::kHigh444Predictive},
    {0x6e, 0xff, 0x10, Profile::kHigh10Intra},
    {0x7a, 0xff, 0x10, Profile::kHigh422Intra},
    {0xf4, 0xff, 0x10, Profile::kHigh444Intra},
    {0x2c, 0xff, 0x10, Profile::kCavlc444Intra},
};

Profile profileOf(uint8_t profileIdc, uint8_t constraints) {
  for (const Row& row : kRows)
    if (row.profileIdc == profileIdc && (constraints & row.mask) == row.flags) return row.profile;
  return Profile::kOther;
}

}  // namespace

std::optional<H264ProfileLevel> H264ProfileLevel::parse(std::string_view text) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 6 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  H264ProfileLevel out;
  out.profileIdc = static_cast<uint8_t>(value >> 16);
  out.constraints = static_cast<uint8_t>(value >> 8);
  out.levelIdc = static_cast<uint8_t>(value);
  out.profile = profileOf(out.profileIdc, out.constraints);
  return out;
}

std::optional<H264ProfileLevel> H264ProfileLevel::of(const CodecFormat& format) {
  return parse(format.parameter("profile-level-id", "42000a"));
}

bool H264ProfileLevel::sameProfile(const H264ProfileLevel& other) const {
  if (profile != other.profile) return false;
  return profile != Profile::kOther || (profileIdc == other.profileIdc && constraints == other.constraints);
}

}  // namespace tincan::inline v0::media
