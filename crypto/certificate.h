#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/fingerprint.h"
#include "crypto/signature.h"

namespace tincan::inline v0::crypto {

/// An X.509 certificate, ours or a peer's, by value: its DER and what a handshake needs of it.
///
/// WebRTC's certificates are self-signed and prove nothing by themselves: what counts is that the peer holds the
/// private key and that the SDP's fingerprint names the certificate (RFC 8827 §6.5). So names, extensions, chains and
/// the validity period of a peer's certificate are not judged: an expired one is accepted, as browsers do. Our own
/// expiry is a matter of the API (RTCPeerConnection refuses an expired RTCCertificate), for which notAfter() is here.
class Certificate {
 public:
  /// kMalformed when it is no certificate, or has bytes behind its end.
  static Result<Certificate> fromDer(ByteView der);

  ByteView der() const { return der_; }
  Fingerprint fingerprint(HashAlgorithm algorithm) const;
  int64_t notBefore() const { return notBefore_; }  ///< seconds since 1970-01-01 UTC
  int64_t notAfter() const { return notAfter_; }    ///< seconds since 1970-01-01 UTC
  KeyAlgorithm keyAlgorithm() const { return keyAlgorithm_; }
  int keyBits() const { return keyBits_; }

  /// Whether the certificate's key made this signature with this scheme.
  bool verify(SignatureScheme scheme, ByteView message, ByteView signature) const;
  /// Nothing is to be verified soon: gives the decoded key back, some KiB. verify() does so itself behind its answer.
  void forgetKey() const;

 private:
  Certificate() = default;

  Bytes der_;
  // Decoding costs as much as the rest of a handshake: kept from fromDer() to the one signature that a handshake has.
  mutable std::shared_ptr<evp_pkey_st> key_;
  int64_t notBefore_ = 0;
  int64_t notAfter_ = 0;
  KeyAlgorithm keyAlgorithm_ = KeyAlgorithm::kOther;
  int keyBits_ = 0;
};

}  // namespace tincan::inline v0::crypto
