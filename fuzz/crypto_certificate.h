#pragma once

#include "crypto/certificate.h"
#include "crypto/fingerprint.h"
#include "crypto/identity.h"
#include "fuzz/require.h"

namespace tincan::inline v0::fuzz {

/// A peer's certificate (DER), a fingerprint line and a PEM file are all somebody else's bytes.
inline void fuzzCryptoCertificate(ByteView input) {
  if (const auto certificate = crypto::Certificate::fromDer(input)) {
    const auto fingerprint = certificate->fingerprint(crypto::HashAlgorithm::kSha256);
    require(crypto::Fingerprint::parse(fingerprint.toString()).value() == fingerprint);
  }
  if (const auto fingerprint = crypto::Fingerprint::parse(asText(input)))
    require(crypto::Fingerprint::parse(fingerprint->toString()).value() == *fingerprint);
  (void)crypto::Identity::fromPem(asText(input)).ok();
}

}  // namespace tincan::inline v0::fuzz
