#pragma once

#include <optional>
#include <vector>

#include "crypto/certificate.h"
#include "dtls/handshake/handshake.h"
#include "dtls/handshake/message.h"
#include "dtls/protocol.h"

namespace tincan::inline v0::dtls {

/// Whether the peer is the one that its description names: the certificate of the handshake against the fingerprints of
/// the SDP (RFC 8122 §5). Fingerprints may come before the certificate or after it. Owned by the Connection.
class PeerIdentity {
 public:
  /// What the description says, in place of what an earlier one said. Once verified nothing changes it.
  void setFingerprints(std::vector<crypto::Fingerprint> fingerprints);
  bool verified() const { return verified_; }
  /// Compares, once both are there; fails when the certificate is another one.
  Status check(const Negotiated& negotiated);
  /// DTLS 1.2 sends certificates in the clear: one with another fingerprint is somebody else's, and not taken at all.
  Status checkPlain(const HandshakeMessage& message) const;

 private:
  std::optional<std::vector<crypto::Fingerprint>> fingerprints_;
  bool verified_ = false;
};

}  // namespace tincan::inline v0::dtls
