#include "dtls/dtls13/handshake13.h"

#include "dtls/dtls13/messages.h"
#include "dtls/handshake/certificate_verify.h"
#include "dtls/handshake/offer.h"

namespace tincan::inline v0::dtls::dtls13 {
namespace {

// RFC 9147 §7.1: an ACK of part of a flight waits for a quarter of the retransmission time.
constexpr int kAckDelayDivisor = 4;

}  // namespace

Handshake13::Handshake13(const Config& config, Link& link)
    : config_(config),
      link_(link),
      peer_(config.role == Role::kClient ? Role::kServer : Role::kClient),
      acks_(config.initialRetransmit / kAckDelayDivisor),
      updates_(link) {}

crypto::SecretBytes Handshake13::exportKeyingMaterial(std::string_view label, size_t size) const {
  return schedule_->exportKeyingMaterial(label, size);
}

void Handshake13::forgetKeys() {
  schedule_.reset();
  updates_.forgetKeys();
  ephemeral_.reset();
}

// ---------------------------------------------------------------- messages

void Handshake13::send(HandshakeType type, uint64_t epoch, Bytes body) {
  transcript_.add(link_.add(type, epoch, std::move(body)));
}

void Handshake13::logSecret(std::string_view label, const crypto::SecretBytes& secret) {
  if (config_.keepKeyLog) keyLog_ += keyLogLine(label, clientRandom_, secret.view());
}

void Handshake13::makeHandshakeKeys(ByteView sharedSecret) {
  const CipherSuite& suite = *negotiated_.suite;
  schedule_.emplace(suite);
  schedule_->deriveHandshakeSecrets(sharedSecret, transcript_.digest().view());
  logSecret("CLIENT_HANDSHAKE_TRAFFIC_SECRET", schedule_->handshake().client);
  logSecret("SERVER_HANDSHAKE_TRAFFIC_SECRET", schedule_->handshake().server);
  link_.records().addReadKeys(kHandshakeEpoch, recordKeys(suite, schedule_->handshake().of(peer_)));
  link_.records().addWriteKeys(kHandshakeEpoch, recordKeys(suite, schedule_->handshake().of(config_.role)));
  link_.setWriteEpoch(kHandshakeEpoch);
  // What was said ahead in the clear was not said by the peer: from here on it speaks under keys.
  link_.reassembly().dropBefore(kHandshakeEpoch);
}

void Handshake13::makeApplicationKeys() {
  schedule_->deriveApplicationSecrets(transcript_.digest().view());
  logSecret("CLIENT_TRAFFIC_SECRET_0", schedule_->application().client);
  logSecret("SERVER_TRAFFIC_SECRET_0", schedule_->application().server);
  logSecret("EXPORTER_SECRET", schedule_->exporter());
  link_.records().addWriteKeys(kApplicationEpoch,
                               recordKeys(*negotiated_.suite, schedule_->application().of(config_.role)));
}

void Handshake13::readApplicationKeys() {
  link_.records().addReadKeys(kApplicationEpoch, recordKeys(*negotiated_.suite, schedule_->application().of(peer_)));
}

Status Handshake13::sendAuthentication(crypto::SignatureScheme scheme) {
  send(HandshakeType::kCertificate, kHandshakeEpoch,
       CertificateList{{}, {toBytes(config_.identity->certificate().der())}}.serialize());
  auto signature = config_.identity->sign(scheme, signedContent(config_.role, transcript_.digest().view()));
  if (!signature) return Status::failure(AlertDescription::kInternalError, signature.error().message(), ErrorCode::kIo);
  send(HandshakeType::kCertificateVerify, kHandshakeEpoch,
       CertificateVerify{static_cast<uint16_t>(scheme), std::move(*signature)}.serialize());
  return Status::success();
}

void Handshake13::sendFinished() {
  send(HandshakeType::kFinished, kHandshakeEpoch, schedule_->finished(config_.role, transcript_.digest().view()));
}

Status Handshake13::takeCertificates(const HandshakeMessage& message) {
  CertificateList list;
  if (Status status = CertificateList::parse(message.body, list); !status) return status;
  // RFC 8446 §4.4.2: empty in a server's, and in a client's the request's, which was empty.
  if (!list.context.empty()) {
    return Status::failure(AlertDescription::kIllegalParameter, "a Certificate that answers no request of ours");
  }
  if (list.certificates.empty()) {
    // RFC 8446 §4.4.2.4; and RFC 8827 §6.5: both ends have one.
    const auto alert = peer_ == Role::kServer ? AlertDescription::kDecodeError : AlertDescription::kCertificateRequired;
    return Status::failure(alert, "the peer has no certificate", ErrorCode::kUnauthenticated);
  }
  if (Status status = takeCertificate(list.certificates.front(), negotiated_.remoteCertificate); !status) return status;
  transcript_.add(message);
  return Status::success();
}

Status Handshake13::takeCertificateVerify(const HandshakeMessage& message) {
  CertificateVerify verify;
  if (Status status = CertificateVerify::parse(message.body, verify); !status) return status;
  const Bytes content = signedContent(peer_, transcript_.digest().view());
  Status status =
      checkSignature(*negotiated_.remoteCertificate, Version::kDtls13, verify.scheme, content, verify.signature);
  if (status) transcript_.add(message);
  return status;
}

Status Handshake13::takeFinished(const HandshakeMessage& message) {
  const Bytes expected = schedule_->finished(peer_, transcript_.digest().view());
  if (expected.size() != message.body.size()) {
    return Status::failure(AlertDescription::kDecodeError, "malformed Finished");
  }
  if (!crypto::equalConstantTime(expected, message.body)) {
    return Status::failure(AlertDescription::kDecryptError, "the peer's Finished does not match",
                           ErrorCode::kUnauthenticated);
  }
  transcript_.add(message);
  return Status::success();
}

void Handshake13::finish() {
  complete_ = true;
  updates_.begin(*negotiated_.suite, schedule_->application().of(peer_), schedule_->application().of(config_.role));
  schedule_->forgetTraffic();
  transcript_ = Transcript();  // libcrypto's context with it
}

Status Handshake13::takeKeyUpdate(TimePoint now, const HandshakeMessage& message) {
  acks_.setDue();  // RFC 9147 §8
  return updates_.handle(now, message);
}

Status Handshake13::unexpected(const HandshakeMessage& message) {
  return Status::failure(AlertDescription::kUnexpectedMessage,
                         std::string("unexpected ") + std::string(name(message.type)));
}

// ---------------------------------------------------------------- acknowledgements, and what follows the handshake

void Handshake13::noteHandshakeRecord(TimePoint now, const Record& record, bool news) {
  if (!record.authenticated) {
    // A number that somebody made up would do no harm; but what is in the clear and not new is not worth a word.
    if (news) acks_.note(record.number);
    return;
  }
  link_.records().refusePlaintext();
  proven_ = true;
  // RFC 9147 §7: the beginning of the peer's next flight acknowledges ours.
  if (news && !complete_) link_.beginFlight();
  updates_.noteRecord(now, record.number.epoch);
  acks_.note(record.number);
  if (news) {
    acks_.expectRest(now);
  } else {
    acks_.setDue();  // the peer has not heard that we have it
  }
}

void Handshake13::noteApplicationRecord(TimePoint now, uint64_t epoch) {
  updates_.noteRecord(now, epoch);
  updates_.noteApplicationData();
}

void Handshake13::afterDatagram(TimePoint now) {
  // Not before we have read a record under these keys: they may be of a hello that somebody made up.
  if (schedule_ && proven_ && acks_.due(now)) sendAck();
}

// RFC 9147 §7: never in the clear, for nobody takes it there; nor before the version is settled.
void Handshake13::sendAck() {
  const Ack ack = acks_.take(link_.room());
  if (!ack.numbers.empty() && link_.send(ContentType::kAck, ack.serialize())) ++link_.stats().acksSent;
  // The handshake's flight is acknowledged as a whole; what comes behind it, record by record.
  if (complete_) acks_.clear();
}

Status Handshake13::takeAck(TimePoint now, const Record& record) {
  Ack ack;
  if (Status status = Ack::parse(record.payload, ack); !status) return status;
  ++link_.stats().acksReceived;
  link_.records().refusePlaintext();
  if (!link_.acknowledged(now, ack.numbers) || !link_.flightEmpty() || !complete_) return Status::success();
  // The server has our Finished, and will not send its own again.
  if (peer_ == Role::kServer) link_.records().dropReadKeysBefore(kApplicationEpoch);
  link_.records().dropWriteKeysBefore(kApplicationEpoch);
  updates_.flightAcknowledged(now);
  return Status::success();
}

Result<void> Handshake13::updateKeys(TimePoint now, bool peerToo) {
  updates_.request(now, peerToo);
  return {};
}

bool Handshake13::mayWrite(TimePoint now) {
  const uint64_t used = link_.records().written(link_.writeEpoch());
  // RFC 9147 §4.5.3: the limit of AES-GCM, which is the tightest.
  if (used >= 2 * config_.recordsPerKey) return false;
  if (used >= config_.recordsPerKey) updates_.request(now, false);
  return true;
}

void Handshake13::handleTimeout(TimePoint now) {
  afterDatagram(now);
  updates_.handleTimeout(now);
}

}  // namespace tincan::inline v0::dtls::dtls13
