#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/hash.h"

namespace tincan::inline v0::crypto {

/// The hash of a certificate as SDP carries it (RFC 8122 §5): what binds a DTLS handshake to the signalling.
struct Fingerprint {
  HashAlgorithm algorithm = HashAlgorithm::kSha256;
  Bytes value;

  /// "sha-256 4A:AD:B9:…": the name in any case, the bytes as two hex digits each between colons. kUnsupported for a
  /// hash that we do not take (md5 and md2 among them: RFC 8122 §5), kMalformed for the rest.
  static Result<Fingerprint> parse(std::string_view text);
  /// "sha-256 4A:AD:B9:…": hex digits in upper case (RFC 8122 §5).
  std::string toString() const;
  bool operator==(const Fingerprint&) const = default;
};

/// Whether a certificate (its DER) is one that the fingerprints name. Only those of the strongest hash present count
/// (RFC 8122 §5: a check against the strongest is enough, and a weaker one that matches saves nothing); SHA-1 never
/// stands alone. The values are compared in constant time.
bool matchesFingerprint(ByteView der, std::span<const Fingerprint> fingerprints);

}  // namespace tincan::inline v0::crypto
