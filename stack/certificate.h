#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/identity.h"

namespace tincan::inline v0::stack {

/// §4.9.1: the AlgorithmIdentifier of Web Crypto, as far as a certificate takes one, with RTCCertificateExpiration.
struct RTCCertificateKeyParams {
  std::string name = "ECDSA";        ///< or "RSASSA-PKCS1-v1_5", or "Ed25519"
  std::string namedCurve = "P-256";  ///< of ECDSA; no other
  uint32_t modulusLength = 2048;     ///< of RSA: 2048 or 3072
  std::string hash = "SHA-256";      ///< of RSA; no other
  /// Milliseconds from now; 30 days when absent, a year at most.
  std::optional<uint64_t> expires{};
};

/// §5.5.1, RFC 8122 §5.
struct RTCDtlsFingerprint {
  std::string algorithm;  ///< "sha-256"
  std::string value;      ///< "4a:ad:b9:…", in lower case
};

/// §4.9: a key and its self-signed certificate, to be used by any number of connections, and kept as PEM. By value;
/// copies share the key.
class RTCCertificate {
 public:
  /// `unixMillisNow` is the wall clock. kNotSupportedError for a key that is not among RTCCertificateKeyParams'.
  static Result<RTCCertificate> generate(const RTCCertificateKeyParams& keyParams, RandomSource& random,
                                         int64_t unixMillisNow);
  /// The private key (not encrypted) and the certificate, in any order.
  static Result<RTCCertificate> fromPem(std::string_view keyAndCertificate);
  RTCCertificate(std::shared_ptr<const crypto::Identity> identity)  // NOLINT: it is one
      : identity_(std::move(identity)) {}

  /// Milliseconds since 1970: from then on no connection takes it.
  int64_t expires() const { return identity_->certificate().notAfter() * 1000; }
  /// By each hash that a description may use, sha-256 first.
  std::vector<RTCDtlsFingerprint> getFingerprints() const;
  std::string toPem() const { return identity_->toPem(); }
  const std::shared_ptr<const crypto::Identity>& identity() const { return identity_; }

 private:
  std::shared_ptr<const crypto::Identity> identity_;
};

}  // namespace tincan::inline v0::stack
