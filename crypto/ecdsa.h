#pragma once

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/openssl_ptr.h"

namespace tincan::inline v0::crypto {

/// ECDSA with the nonce of RFC 6979: the same key and message give the same signature, so that a handshake can be repeated
/// byte for byte, and no weak generator can give the key away. DER (RFC 3279 §2.2.3); empty when `key` has no private part
/// or is on a curve whose order has another size than the digest. Only for .cc files.
///
/// What is kept from an observer of time: the multiplication of the base point is libcrypto's own for signatures, those
/// modulo the order are its constant-time ones (BN_mod_mul_montgomery), and key and nonce go into them, and into the
/// inversion, times a factor that looks random, as BIGNUM drops leading zero words. What is not: a fault that is injected
/// into one of two computations of the same signature (RFC 6979 §4 has no answer to it either).
Bytes signEcdsa(EVP_PKEY* key, HashAlgorithm algorithm, ByteView message);

}  // namespace tincan::inline v0::crypto
