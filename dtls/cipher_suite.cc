#include "dtls/cipher_suite.h"

namespace tincan::inline v0::dtls {
namespace {

using crypto::AeadAlgorithm;
using crypto::HashAlgorithm;
using Signs = CipherSuite::Signs;

// RFC 5289 §3.2, RFC 7905 §2. RFC 9325 §4.2: only forward secrecy with AEAD. AES-128 first: it is the fastest here.
constexpr CipherSuite kDtls12Suites[] = {
    {0xC02B, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", Version::kDtls12, Signs::kEcdsa, AeadAlgorithm::kAes128Gcm,
     HashAlgorithm::kSha256},
    {0xC02F, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", Version::kDtls12, Signs::kRsa, AeadAlgorithm::kAes128Gcm,
     HashAlgorithm::kSha256},
    {0xC02C, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", Version::kDtls12, Signs::kEcdsa, AeadAlgorithm::kAes256Gcm,
     HashAlgorithm::kSha384},
    {0xC030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", Version::kDtls12, Signs::kRsa, AeadAlgorithm::kAes256Gcm,
     HashAlgorithm::kSha384},
    {0xCCA9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", Version::kDtls12, Signs::kEcdsa,
     AeadAlgorithm::kChaCha20Poly1305, HashAlgorithm::kSha256},
    {0xCCA8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", Version::kDtls12, Signs::kRsa,
     AeadAlgorithm::kChaCha20Poly1305, HashAlgorithm::kSha256},
};

// RFC 8446 §B.4.
constexpr CipherSuite kDtls13Suites[] = {
    {0x1301, "TLS_AES_128_GCM_SHA256", Version::kDtls13, Signs::kAny, AeadAlgorithm::kAes128Gcm,
     HashAlgorithm::kSha256},
    {0x1302, "TLS_AES_256_GCM_SHA384", Version::kDtls13, Signs::kAny, AeadAlgorithm::kAes256Gcm,
     HashAlgorithm::kSha384},
    {0x1303, "TLS_CHACHA20_POLY1305_SHA256", Version::kDtls13, Signs::kAny, AeadAlgorithm::kChaCha20Poly1305,
     HashAlgorithm::kSha256},
};

}  // namespace

// RFC 8422 §5.10: Ed25519 signs under the ECDSA suites.
bool CipherSuite::suits(crypto::KeyAlgorithm key) const {
  switch (signs) {
    case Signs::kAny: return key != crypto::KeyAlgorithm::kOther;
    case Signs::kRsa: return key == crypto::KeyAlgorithm::kRsa;
    case Signs::kEcdsa: return key != crypto::KeyAlgorithm::kRsa && key != crypto::KeyAlgorithm::kOther;
  }
  return false;
}

std::span<const CipherSuite> cipherSuites(Version version) {
  if (version == Version::kDtls13) return kDtls13Suites;
  return kDtls12Suites;
}

const CipherSuite* findCipherSuite(uint16_t id) {
  for (const Version version : {Version::kDtls12, Version::kDtls13}) {
    for (const CipherSuite& suite : cipherSuites(version)) {
      if (suite.id == id) return &suite;
    }
  }
  return nullptr;
}

}  // namespace tincan::inline v0::dtls
