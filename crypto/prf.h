#pragma once

#include <string_view>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/secret.h"

namespace tincan::inline v0::crypto {

/// The pseudorandom function of TLS 1.2 (RFC 5246 §5): P_hash over label and seed (two pieces, as if they were one).
SecretBytes tls12Prf(HashAlgorithm algorithm, ByteView secret, std::string_view label, ByteView seed, ByteView seedTail,
                     size_t size);

/// RFC 5869 §2.2 and §2.3. `size` is at most 255 digests.
SecretBytes hkdfExtract(HashAlgorithm algorithm, ByteView salt, ByteView inputKey);
SecretBytes hkdfExpand(HashAlgorithm algorithm, ByteView key, ByteView info, size_t size);
/// HKDF-Expand-Label (RFC 8446 §7.1) with DTLS's prefix "dtls13" (RFC 9147 §5.9). `label` comes without it.
SecretBytes hkdfExpandLabel(HashAlgorithm algorithm, ByteView secret, std::string_view label, ByteView context,
                            size_t size);

}  // namespace tincan::inline v0::crypto
