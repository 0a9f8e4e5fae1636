#include "dtls/peer_identity.h"

#include <utility>

#include "dtls/dtls12/messages.h"

namespace tincan::inline v0::dtls {
namespace {

Status mismatch() {
  return Status::failure(AlertDescription::kBadCertificate,
                         "the peer's certificate is not the one that its description names",
                         ErrorCode::kUnauthenticated);
}

}  // namespace

void PeerIdentity::setFingerprints(std::vector<crypto::Fingerprint> fingerprints) {
  if (!verified_) fingerprints_ = std::move(fingerprints);
}

Status PeerIdentity::check(const Negotiated& negotiated) {
  if (verified_ || !fingerprints_ || !negotiated.remoteCertificate) return Status::success();
  if (!crypto::matchesFingerprint(negotiated.remoteCertificate->der(), *fingerprints_)) return mismatch();
  verified_ = true;
  return Status::success();
}

Status PeerIdentity::checkPlain(const HandshakeMessage& message) const {
  if (message.epoch > 0 || message.type != HandshakeType::kCertificate || !fingerprints_) return Status::success();
  dtls12::CertificateList list;
  const bool read = dtls12::CertificateList::parse(message.body, list).ok() && !list.certificates.empty();
  if (!read || crypto::matchesFingerprint(list.certificates.front(), *fingerprints_)) return Status::success();
  return mismatch();
}

}  // namespace tincan::inline v0::dtls
