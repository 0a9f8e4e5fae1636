#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace tincan::inline v0::crypto {

/// RFC 8446 §4.2.3; in DTLS 1.2 the same numbers are read as hash and signature (RFC 5246 §7.4.1.4.1).
enum class SignatureScheme : uint16_t {
  kRsaPkcs1Sha256 = 0x0401,
  kRsaPkcs1Sha384 = 0x0501,
  kRsaPkcs1Sha512 = 0x0601,
  kEcdsaP256Sha256 = 0x0403,
  kEcdsaP384Sha384 = 0x0503,
  kRsaPssSha256 = 0x0804,
  kRsaPssSha384 = 0x0805,
  kRsaPssSha512 = 0x0806,
  kEd25519 = 0x0807,
};

/// The key that a certificate binds, by what it can sign with.
enum class KeyAlgorithm : uint8_t { kEcdsaP256, kEcdsaP384, kRsa, kEd25519, kOther };

std::string_view name(SignatureScheme scheme);
/// Whether keys of this algorithm make signatures of this scheme. False for scheme numbers that we do not know.
bool suits(KeyAlgorithm key, SignatureScheme scheme);
/// RSASSA-PKCS1-v1_5: not for handshake signatures of TLS 1.3 (RFC 8446 §4.2.3).
bool isPkcs1(SignatureScheme scheme);

/// `key` signs, or an empty result when it cannot. The same key and message give the same signature, with one exception:
/// RSA-PSS draws its salt from libcrypto's own generator.
Bytes sign(evp_pkey_st* key, SignatureScheme scheme, ByteView message);
bool verify(evp_pkey_st* key, SignatureScheme scheme, ByteView message, ByteView signature);

}  // namespace tincan::inline v0::crypto
