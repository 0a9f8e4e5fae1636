#include "dtls/dtls12/handshake12.h"

#include "dtls/dtls12/messages.h"
#include "dtls/handshake/offer.h"

namespace tincan::inline v0::dtls::dtls12 {

crypto::SecretBytes Handshake12::exportKeyingMaterial(std::string_view label, size_t size) const {
  return exportKeys(*negotiated_.suite, master_.view(), clientRandom_, serverRandom_, label, size);
}

void Handshake12::forgetKeys() {
  master_ = crypto::SecretBytes();
  ephemeral_.reset();
}

void Handshake12::send(HandshakeType type, Bytes body) {
  transcript_.add(link_.add(type, link_.writeEpoch(), std::move(body)));
}

void Handshake12::makeKeys(ByteView premaster) {
  const CipherSuite& suite = *negotiated_.suite;
  master_ = extended_ ? extendedMasterSecret(suite, premaster, transcript_.digest(suite.hash).view())
                      : masterSecret(suite, premaster, clientRandom_, serverRandom_);
  if (config_.keepKeyLog) keyLog_ += keyLogLine("CLIENT_RANDOM", clientRandom_, master_.view());
  KeyBlock keys = deriveKeys(suite, master_.view(), clientRandom_, serverRandom_);
  const bool client = config_.role == Role::kClient;
  // Installed at once, though ChangeCipherSpec may be late or lost: in DTLS the record's epoch says the same.
  link_.records().addReadKeys(1, std::move(client ? keys.server : keys.client));
  link_.records().addWriteKeys(1, std::move(client ? keys.client : keys.server));
}

void Handshake12::sendChangeCipherSpecAndFinished() {
  const CipherSuite& suite = *negotiated_.suite;
  link_.addChangeCipherSpec();
  link_.setWriteEpoch(1);
  send(HandshakeType::kFinished,
       verifyData(suite, master_.view(), config_.role, transcript_.digest(suite.hash).view()));
}

Status Handshake12::takeFinished(const HandshakeMessage& message) {
  const CipherSuite& suite = *negotiated_.suite;
  const Role peer = config_.role == Role::kClient ? Role::kServer : Role::kClient;
  const Bytes expected = verifyData(suite, master_.view(), peer, transcript_.digest(suite.hash).view());
  if (message.body.size() != expected.size()) {
    return Status::failure(AlertDescription::kDecodeError, "malformed Finished");
  }
  if (!crypto::equalConstantTime(expected, message.body)) {
    return Status::failure(AlertDescription::kDecryptError, "the peer's Finished does not match",
                           ErrorCode::kUnauthenticated);
  }
  transcript_.add(message);
  return Status::success();
}

Status Handshake12::takeCertificates(const HandshakeMessage& message) {
  CertificateList list;
  if (Status status = CertificateList::parse(message.body, list); !status) return status;
  if (list.certificates.empty()) {
    // RFC 5246 §7.4.6: the server may refuse a client without one; RFC 8827 §6.5: both ends have one.
    return Status::failure(AlertDescription::kHandshakeFailure, "the peer has no certificate",
                           ErrorCode::kUnauthenticated);
  }
  return takeCertificate(list.certificates.front(), negotiated_.remoteCertificate);
}

Status Handshake12::checkSignature(uint16_t scheme, ByteView signedBytes, ByteView signature) const {
  return dtls::checkSignature(*negotiated_.remoteCertificate, Version::kDtls12, scheme, signedBytes, signature);
}

void Handshake12::finish() {
  complete_ = true;
  transcript_.clear();
  ephemeral_.reset();
}

Status Handshake12::unexpected(const HandshakeMessage& message) {
  return Status::failure(AlertDescription::kUnexpectedMessage,
                         std::string("unexpected ") + std::string(name(message.type)));
}

Status Handshake12::noExtendedMasterSecret(std::string_view peer) {
  return Status::failure(AlertDescription::kHandshakeFailure,
                         "the " + std::string(peer) +
                             " lacks extended_master_secret (RFC 7627); "
                             "security.allowNoExtendedMasterSecret takes it all the same",
                         ErrorCode::kUnsupported);
}

}  // namespace tincan::inline v0::dtls::dtls12
