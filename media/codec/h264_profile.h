#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "media/codec/codec_format.h"

namespace tincan::inline v0::media {

/// H.264's profile-level-id (RFC 6184 §8.1): profile_idc, the constraint flags ("profile-iop") and level_idc of a
/// sequence parameter set, two hexadecimal digits each.
struct H264ProfileLevel {
  /// RFC 6184 table 5; several ways to write one profile are one.
  enum class Profile : uint8_t {
    kConstrainedBaseline,
    kBaseline,
    kMain,
    kExtended,
    kConstrainedHigh,  ///< H.264 §A.2.4.2
    kHigh,
    kHigh10,
    kHigh422,
    kHigh444Predictive,
    kHigh10Intra,
    kHigh422Intra,
    kHigh444Intra,
    kCavlc444Intra,
    kOther,  ///< told by its bytes alone
  };

  Profile profile = Profile::kBaseline;
  uint8_t profileIdc = 66;
  uint8_t constraints = 0;
  uint8_t levelIdc = 10;

  /// Nothing unless `text` is six hexadecimal digits.
  static std::optional<H264ProfileLevel> parse(std::string_view text);
  /// Of a format; where it says none, Baseline without constraints at level 1 (RFC 6184 §8.1).
  static std::optional<H264ProfileLevel> of(const CodecFormat& format);
  bool sameProfile(const H264ProfileLevel& other) const;
};

}  // namespace tincan::inline v0::media
