#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "crypto/signature.h"
#include "dtls/config.h"

namespace tincan::inline v0::dtls {

/// A row of IANA's registry. The suites of DTLS 1.2 fix what kind of key signs; those of 1.3 do not.
struct CipherSuite {
  enum class Signs : uint8_t { kEcdsa, kRsa, kAny };

  uint16_t id = 0;
  std::string_view name;
  Version version = Version::kDtls12;
  Signs signs = Signs::kAny;
  crypto::AeadAlgorithm aead = crypto::AeadAlgorithm::kAes128Gcm;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;

  bool suits(crypto::KeyAlgorithm key) const;
};

/// All that we speak in a version, in our order of preference.
std::span<const CipherSuite> cipherSuites(Version version);
/// Null for one that we do not speak.
const CipherSuite* findCipherSuite(uint16_t id);

}  // namespace tincan::inline v0::dtls
