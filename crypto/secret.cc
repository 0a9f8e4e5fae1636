#include "crypto/secret.h"

#include <openssl/crypto.h>

namespace tincan::inline v0::crypto {

bool equalConstantTime(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

void wipe(MutableByteView bytes) {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

}  // namespace tincan::inline v0::crypto
