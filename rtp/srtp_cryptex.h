#pragma once

#include <cstddef>
#include <cstdint>

#include "rtp/extensions.h"
#include "rtp/header.h"

/// What tells a packet whose extensions and CSRCs are encrypted from others, and one that may be from others (RFC 9335
/// §5).
///
///     |  fixed header  |  CSRCs  | 0xC0DE, length |  extension elements  |  payload  |
///     |     plain      |encrypted|     plain      |       encrypted      | encrypted |
namespace tincan::inline v0::rtp {

constexpr uint16_t kOneByteCryptex = 0xc0de;  // RFC 9335 §5.1
constexpr uint16_t kTwoByteCryptex = 0xc2de;
constexpr size_t kExtensionPrefix = 4;  // profile and length, RFC 3550 §5.3.1
/// Where the encrypted part begins when there are no CSRCs in front of the extension.
constexpr size_t kCryptexStart = kFixedHeaderSize + kExtensionPrefix;

constexpr bool isCryptexProfile(uint16_t profile) {
  return profile == kOneByteCryptex || profile == kTwoByteCryptex;
}

/// The profile of an extension of RFC 8285 when it is encrypted, and back.
constexpr uint16_t hiddenProfile(uint16_t profile) {
  return profile == kOneByteProfile ? kOneByteCryptex : kTwoByteCryptex;
}
constexpr uint16_t plainProfile(uint16_t profile) {
  return profile == kOneByteCryptex ? kOneByteProfile : kTwoByteProfile;
}

/// RFC 9335 §5.1: CSRCs and extensions of RFC 8285; no other kind of extension.
inline bool isForCryptex(const Header& header) {
  if (!header.hasExtension) return header.csrcCount > 0;
  return header.extensionProfile == kOneByteProfile || (header.extensionProfile & 0xfff0) == kTwoByteProfile;
}

}  // namespace tincan::inline v0::rtp
