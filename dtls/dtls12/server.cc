#include "dtls/dtls12/server.h"

#include <algorithm>

#include "dtls/dtls12/messages.h"
#include "dtls/handshake/offer.h"
#include "dtls/handshake/server_hello.h"

//     [ClientHello]               -------->                             (Config::cookieExchange: no state)
//                                 <--------   [HelloVerifyRequest]
//     ClientHello                 -------->                             kAwaitClientHello
//                                             ServerHello
//                                             Certificate
//                                             ServerKeyExchange
//                                             CertificateRequest
//                                 <--------   ServerHelloDone
//     Certificate                                                       kAwaitCertificate
//     ClientKeyExchange                                                 kAwaitClientKeyExchange
//     CertificateVerify                                                 kAwaitCertificateVerify
//     [ChangeCipherSpec]
//     Finished                    -------->                             kAwaitFinished
//                                             [ChangeCipherSpec]
//                                 <--------   Finished                  kConnected
namespace tincan::inline v0::dtls::dtls12 {

struct Server::Choice {
  const CipherSuite* suite = nullptr;
  crypto::NamedGroup group = crypto::NamedGroup::kX25519;
  crypto::SignatureScheme scheme = crypto::SignatureScheme::kEcdsaP256Sha256;
  std::optional<crypto::SrtpProfile> srtpProfile;
};

Server::Server(const Config& config, Link& link) : Handshake12(config, link) {}

Status Server::judge(const Config& config, const ClientHello& hello) {
  Choice ignored;
  return choose(config, hello, ignored);
}

Status Server::choose(const Config& config, const ClientHello& hello, Choice& out) {
  const auto refuse = [](std::string_view why) {
    return Status::failure(AlertDescription::kHandshakeFailure, why, ErrorCode::kUnsupported);
  };
  if (!hello.offers(Version::kDtls12)) {
    return Status::failure(AlertDescription::kProtocolVersion, "the client does not speak DTLS 1.2",
                           ErrorCode::kUnsupported);
  }
  if (std::find(hello.compressions.begin(), hello.compressions.end(), 0) == hello.compressions.end()) {
    return Status::failure(AlertDescription::kIllegalParameter, "the client wants compression");
  }
  // RFC 7627 §5.3, RFC 9325 §3.5.
  if (!hello.extendedMasterSecret && !config.allowNoExtendedMasterSecret) return noExtendedMasterSecret("client");
  out.suite = chooseCipherSuite(config, Version::kDtls12, hello.cipherSuites);
  if (out.suite == nullptr) return refuse("no cipher suite in common");
  const auto group = chooseGroup(config, hello.groups);
  if (!group) return refuse("no group in common");
  const auto scheme = chooseScheme(*config.identity, Version::kDtls12, hello.signatureSchemes);
  if (!scheme) return refuse("no signature scheme in common");
  out.group = *group;
  out.scheme = *scheme;
  out.srtpProfile = chooseSrtpProfile(config, hello.srtpProfiles);
  return Status::success();
}

bool Server::endsFlight(HandshakeType type) const {
  return type == HandshakeType::kClientHello || type == HandshakeType::kFinished;
}

Status Server::handle(TimePoint now, const HandshakeMessage& message) {
  // Under keys comes Finished and nothing else; and Finished comes under keys.
  if ((message.epoch == 1) != (message.type == HandshakeType::kFinished) && state_ != State::kConnected) {
    return unexpected(message);
  }
  switch (state_) {
    case State::kAwaitClientHello:
      if (message.type == HandshakeType::kClientHello) return onClientHello(now, message);
      break;
    case State::kAwaitCertificate:
      if (message.type == HandshakeType::kCertificate) return onCertificate(message);
      break;
    case State::kAwaitClientKeyExchange:
      if (message.type == HandshakeType::kClientKeyExchange) return onClientKeyExchange(message);
      break;
    case State::kAwaitCertificateVerify:
      if (message.type == HandshakeType::kCertificateVerify) return onCertificateVerify(message);
      break;
    case State::kAwaitFinished:
      if (message.type == HandshakeType::kFinished) return onFinished(now, message);
      break;
    case State::kConnected:
      // RFC 5746 §4.5, RFC 9325 §3.5: renegotiation is refused, and the connection goes on.
      if (message.type != HandshakeType::kClientHello) return unexpected(message);
      link_.sendAlert(AlertLevel::kWarning, AlertDescription::kNoRenegotiation);
      return Status::success();
  }
  return unexpected(message);
}

Status Server::onClientHello(TimePoint now, const HandshakeMessage& message) {
  ClientHello hello;
  if (Status status = ClientHello::parse(message.body, hello); !status) return status;
  Choice choice;
  if (Status status = choose(config_, hello, choice); !status) return status;
  transcript_.add(message);
  return sendFlight4(now, hello, choice);
}

Status Server::sendFlight4(TimePoint now, const ClientHello& hello, const Choice& choice) {
  negotiated_.suite = choice.suite;
  negotiated_.group = choice.group;
  negotiated_.srtpProfile = choice.srtpProfile;
  clientRandom_ = hello.random;
  link_.random().fill(serverRandom_);
  if (config_.maxVersion == Version::kDtls13) {
    std::copy(kDowngradeSentinel.begin(), kDowngradeSentinel.end(), serverRandom_.end() - 8);
  }
  ephemeral_ = crypto::KeyExchange::generate(choice.group, link_.random());
  if (!ephemeral_) return Status::failure(AlertDescription::kInternalError, "no ephemeral key", ErrorCode::kIo);

  ServerHello reply;
  reply.random = serverRandom_;
  reply.cipherSuite = choice.suite->id;
  reply.extendedMasterSecret = extended_ = hello.extendedMasterSecret;  // RFC 7627 §5.1
  reply.secureRenegotiation = hello.secureRenegotiation;
  reply.pointFormats = hello.pointFormats;
  if (choice.srtpProfile) reply.srtpProfile = static_cast<uint16_t>(*choice.srtpProfile);

  ServerKeyExchange exchange{
      static_cast<uint16_t>(choice.group), toBytes(ephemeral_->publicKey()), static_cast<uint16_t>(choice.scheme), {}};
  const Bytes signedBytes = ByteBuilder().bytes(clientRandom_).bytes(serverRandom_).bytes(exchange.parameters()).take();
  auto signature = config_.identity->sign(choice.scheme, signedBytes);
  if (!signature) return Status::failure(AlertDescription::kInternalError, signature.error().message(), ErrorCode::kIo);
  exchange.signature = std::move(*signature);

  link_.records().settleVersion();
  link_.beginFlight();
  send(HandshakeType::kServerHello, reply.serialize());
  send(HandshakeType::kCertificate, CertificateList{{toBytes(config_.identity->certificate().der())}}.serialize());
  send(HandshakeType::kServerKeyExchange, exchange.serialize());
  send(HandshakeType::kCertificateRequest, CertificateRequest{{}, acceptedSchemes(Version::kDtls12)}.serialize());
  send(HandshakeType::kServerHelloDone, {});
  link_.endFlight(now, true);
  transition(State::kAwaitCertificate);
  return Status::success();
}

Status Server::onCertificate(const HandshakeMessage& message) {
  if (Status status = takeCertificates(message); !status) return status;
  transcript_.add(message);
  transition(State::kAwaitClientKeyExchange);
  return Status::success();
}

Status Server::onClientKeyExchange(const HandshakeMessage& message) {
  ClientKeyExchange exchange;
  if (Status status = ClientKeyExchange::parse(message.body, exchange); !status) return status;
  const auto premaster = ephemeral_->derive(exchange.point);
  if (!premaster) return Status::failure(AlertDescription::kIllegalParameter, "the client's key share is invalid");
  keyExchange_ = message;
  beforeKeyExchange_ = transcript_;
  transcript_.add(message);
  makeKeys(premaster->view());
  transition(State::kAwaitCertificateVerify);
  return Status::success();
}

void Server::noteRepeated(TimePoint, const FragmentHeader& header, ByteView body) {
  const bool open = state_ == State::kAwaitCertificateVerify && header.sequence == keyExchange_.sequence;
  if (!open || header.type != HandshakeType::kClientKeyExchange || equalBytes(body, keyExchange_.body)) return;
  ClientKeyExchange exchange;
  if (!ClientKeyExchange::parse(body, exchange) || !ephemeral_->derive(exchange.point)) return;
  transcript_ = beforeKeyExchange_;
  link_.records().dropKeys(1);
  static_cast<void>(onClientKeyExchange({header.type, header.sequence, 0, toBytes(body)}));
}

Status Server::onCertificateVerify(const HandshakeMessage& message) {
  CertificateVerify verify;
  if (Status status = CertificateVerify::parse(message.body, verify); !status) return status;
  if (Status status = checkSignature(verify.scheme, transcript_.messages(), verify.signature); !status) return status;
  transcript_.add(message);
  transition(State::kAwaitFinished);
  return Status::success();
}

Status Server::onFinished(TimePoint now, const HandshakeMessage& message) {
  if (Status status = takeFinished(message); !status) return status;
  link_.beginFlight();
  sendChangeCipherSpecAndFinished();
  // RFC 6347 §4.2.4: the last flight has no timer; it is sent again when the client's Finished comes again.
  link_.endFlight(now, false);
  finish();
  transition(State::kConnected);
  return Status::success();
}

}  // namespace tincan::inline v0::dtls::dtls12
