#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "crypto/certificate.h"

namespace tincan::inline v0::crypto {

enum class KeyType : uint8_t { kEcdsaP256, kRsa2048, kRsa3072, kEd25519 };

/// A private key and its self-signed certificate: RTCCertificate. Made once and shared by const reference with the
/// connections that use it, which it outlives. Signing changes nothing in it.
class Identity {
 public:
  /// W3C WebRTC §4.9.1: RTCCertificate's default, in seconds.
  static constexpr int64_t kDefaultLifetime = 30 * 86400;

  /// Valid from a day before `unixSecondsNow`, so that a peer's slow clock does no
  /// harm. Serial number and common name come from `random`, and so do the keys of kEcdsaP256 and kEd25519: with
  /// those the same bytes of `random` make the same identity. RSA keys are libcrypto's own.
  static Result<Identity> generate(KeyType type, RandomSource& random, int64_t unixSecondsNow,
                                   int64_t lifetime = kDefaultLifetime);
  /// One private key (PKCS#8 or traditional, not encrypted) and one certificate for it, in any order.
  static Result<Identity> fromPem(std::string_view keyAndCertificate);
  /// The private key as PKCS#8, then the certificate.
  std::string toPem() const;

  Identity(Identity&&) noexcept;
  Identity& operator=(Identity&&) noexcept;
  ~Identity();

  const Certificate& certificate() const;
  /// kOperationError when this key makes no signatures of this scheme.
  Result<Bytes> sign(SignatureScheme scheme, ByteView message) const;
  /// The schemes that this key signs with, best first; PKCS#1 ones only with DTLS 1.2, where they come first (they are
  /// deterministic).
  std::vector<SignatureScheme> schemes(bool dtls13) const;

 private:
  struct Parts;
  explicit Identity(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tincan::inline v0::crypto
