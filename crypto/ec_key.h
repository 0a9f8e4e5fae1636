#pragma once

#include "base/random.h"
#include "crypto/openssl_ptr.h"

namespace tincan::inline v0::crypto {

/// A key pair on a curve of OpenSSL's name ("P-256", "P-384"), its scalar drawn from `random`. Only for .cc files.
PkeyPtr generateEcKey(const char* curve, RandomSource& random);
/// A raw private key (EVP_PKEY_X25519, EVP_PKEY_ED25519) of 32 bytes drawn from `random`.
PkeyPtr generateRawKey(int type, RandomSource& random);
/// A public key from its uncompressed point; null when it is not on the curve.
PkeyPtr ecPublicKey(const char* curve, ByteView point);

}  // namespace tincan::inline v0::crypto
