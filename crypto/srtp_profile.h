#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/secret.h"

namespace tincan::inline v0::crypto {

/// The protection profiles of DTLS-SRTP that browsers negotiate; the values are those of the use_srtp extension
/// (RFC 5764 §4.1.2, RFC 7714 §14.2). SRTCP of the profiles with 32 bits still has the 80-bit tag (RFC 5764 §4.1.2).
/// RFC 6188 gave its profiles no such value: 3 and 4 are those of draft-ietf-avt-dtls-srtp that others use too.
enum class SrtpProfile : uint16_t {
  kAes128CmSha1_80 = 0x0001,
  kAes128CmSha1_32 = 0x0002,
  kAes256CmSha1_80 = 0x0003,
  kAes256CmSha1_32 = 0x0004,
  kAeadAes128Gcm = 0x0007,
  kAeadAes256Gcm = 0x0008,
};

constexpr bool isGcm(SrtpProfile profile) {
  return profile == SrtpProfile::kAeadAes128Gcm || profile == SrtpProfile::kAeadAes256Gcm;
}
/// Master key in bytes: 16 or 32.
constexpr size_t keySize(SrtpProfile profile) {
  const bool isLong = profile == SrtpProfile::kAeadAes256Gcm || profile == SrtpProfile::kAes256CmSha1_80 ||
                      profile == SrtpProfile::kAes256CmSha1_32;
  return isLong ? 32 : 16;
}
/// Master salt in bytes: 14 (RFC 3711 §8.2, RFC 6188 §3.1) for AES-CM, 12 (RFC 7714 §12) for GCM.
constexpr size_t saltSize(SrtpProfile profile) {
  return isGcm(profile) ? 12 : 14;
}
/// The name that RFC 4568, RFC 6188 and RFC 7714 give the profile, and browsers show in their statistics:
/// "AEAD_AES_128_GCM".
constexpr std::string_view name(SrtpProfile profile) {
  switch (profile) {
    case SrtpProfile::kAes128CmSha1_80: return "AES_CM_128_HMAC_SHA1_80";
    case SrtpProfile::kAes128CmSha1_32: return "AES_CM_128_HMAC_SHA1_32";
    case SrtpProfile::kAes256CmSha1_80: return "AES_256_CM_HMAC_SHA1_80";
    case SrtpProfile::kAes256CmSha1_32: return "AES_256_CM_HMAC_SHA1_32";
    case SrtpProfile::kAeadAes128Gcm: return "AEAD_AES_128_GCM";
    case SrtpProfile::kAeadAes256Gcm: return "AEAD_AES_256_GCM";
  }
  return "unknown";
}

/// What a DTLS handshake exports for SRTP (RFC 5764 §4.2): local protects what we send, remote what we receive.
struct SrtpKeys {
  SrtpProfile profile = SrtpProfile::kAes128CmSha1_80;
  SecretBytes localKey, localSalt;
  SecretBytes remoteKey, remoteSalt;
};

}  // namespace tincan::inline v0::crypto
