#pragma once

#include "base/random.h"
#include "crypto/openssl_ptr.h"
#include "crypto/secret.h"

namespace tincan::inline v0::crypto {

/// A key pair on a curve of OpenSSL's name ("P-256", "P-384"), its scalar drawn from `random`. Only for .cc files.
PkeyPtr generateEcKey(const char* curve, RandomSource& random);
/// One from its uncompressed point and its scalar, as ecParts() has given them.
PkeyPtr ecKey(const char* curve, ByteView point, ByteView scalar);
struct EcParts {
  Bytes point;
  SecretBytes scalar;
};
/// A key pair in a hundred bytes, where libcrypto takes kilobytes. Empty when that gives neither.
EcParts ecParts(const EVP_PKEY* key);
/// A raw private key (EVP_PKEY_X25519, EVP_PKEY_ED25519) of 32 bytes drawn from `random`.
PkeyPtr generateRawKey(int type, RandomSource& random);
/// A public key from its uncompressed point; null when it is not on the curve.
PkeyPtr ecPublicKey(const char* curve, ByteView point);

}  // namespace tincan::inline v0::crypto
