#include "dtls/dtls12/client.h"

#include <algorithm>

#include "dtls/dtls12/messages.h"
#include "dtls/handshake/offer.h"
#include "dtls/handshake/server_hello.h"

//     ClientHello                 -------->
//                                 <--------   HelloVerifyRequest        kAwaitServerHello (at most once)
//     ClientHello + cookie        -------->
//                                             ServerHello               kAwaitServerHello
//                                             Certificate               kAwaitCertificate
//                                             ServerKeyExchange         kAwaitServerKeyExchange
//                                             CertificateRequest        kAwaitCertificateRequest
//                                 <--------   ServerHelloDone           kAwaitServerHelloDone
//     Certificate
//     ClientKeyExchange
//     CertificateVerify
//     [ChangeCipherSpec]
//     Finished                    -------->
//                                             [ChangeCipherSpec]
//                                 <--------   Finished                  kAwaitFinished
//                                                                       kConnected
namespace tincan::inline v0::dtls::dtls12 {
namespace {

constexpr int kPatience = 2;  // retransmissions of our last flight

}  // namespace

Client::Client(const Config& config, Link& link, ClientHello hello, const HandshakeMessage& message)
    : Handshake12(config, link), hello_(std::move(hello)) {
  clientRandom_ = hello_.random;
  helloMessage_ = message;
  transcript_.add(message);
}

ClientHello Client::makeHello(const Config& config, RandomSource& random) {
  ClientHello hello;
  random.fill(hello.random);
  for (const CipherSuite& each : cipherSuites(Version::kDtls12)) {
    if (allows(config, each)) hello.cipherSuites.push_back(each.id);
  }
  hello.secureRenegotiation = true;   // RFC 5746 §3.4
  hello.extendedMasterSecret = true;  // RFC 7627 §5.2
  hello.pointFormats = true;          // RFC 8422 §5.1
  for (const crypto::NamedGroup each : config.groups) hello.groups.push_back(static_cast<uint16_t>(each));
  hello.signatureSchemes = acceptedSchemes(Version::kDtls12);
  for (const crypto::SrtpProfile each : config.srtpProfiles) hello.srtpProfiles.push_back(static_cast<uint16_t>(each));
  return hello;
}

bool Client::endsFlight(HandshakeType type) const {
  return type == HandshakeType::kServerHelloDone || type == HandshakeType::kHelloVerifyRequest;
}

Status Client::handle(TimePoint now, const HandshakeMessage& message) {
  const bool inFlight = state_ != State::kConnected && message.epoch == 0;
  Status status = take(now, message);
  if (status && inFlight && message.type != HandshakeType::kHelloVerifyRequest) taken_.push_back(message);
  return status;
}

void Client::noteRepeated(TimePoint, const FragmentHeader& header, ByteView body) {
  for (const HandshakeMessage& each : taken_) {
    if (each.sequence == header.sequence && !equalBytes(each.body, body)) contradicted_ = true;
  }
}

// The keys of epoch 1 that come next are new whatever the server says: our share is.
void Client::flightUnanswered() {
  const bool sent = state_ == State::kAwaitFinished;
  if (complete_ || taken_.empty() || !contradicted_) return;
  if (sent && link_.unanswered() < kPatience) return;  // a server that has it all would have said so
  link_.reassembly().rewind(taken_.front().sequence);
  link_.records().dropKeys(1, true);
  link_.setWriteEpoch(0);
  link_.replaceFlight();
  link_.calmTimer();
  link_.beginAt(helloMessage_.sequence);
  transcript_.clear();
  transcript_.add(link_.add(HandshakeType::kClientHello, 0, helloMessage_.body));
  taken_.clear();
  contradicted_ = false;
  negotiated_.remoteCertificate.reset();
  transition(State::kAwaitServerHello);
}

Status Client::take(TimePoint now, const HandshakeMessage& message) {
  // Under keys comes Finished and nothing else; and Finished comes under keys.
  if ((message.epoch == 1) != (message.type == HandshakeType::kFinished) && state_ != State::kConnected) {
    return unexpected(message);
  }
  switch (state_) {
    case State::kAwaitServerHello:
      if (message.type == HandshakeType::kHelloVerifyRequest) return onHelloVerifyRequest(now, message);
      if (message.type == HandshakeType::kServerHello) return onServerHello(message);
      break;
    case State::kAwaitCertificate:
      if (message.type == HandshakeType::kCertificate) return onCertificate(message);
      break;
    case State::kAwaitServerKeyExchange:
      if (message.type == HandshakeType::kServerKeyExchange) return onServerKeyExchange(message);
      break;
    case State::kAwaitCertificateRequest:
      if (message.type == HandshakeType::kCertificateRequest) return onCertificateRequest(message);
      break;
    case State::kAwaitServerHelloDone:
      if (message.type == HandshakeType::kServerHelloDone) return onServerHelloDone(now, message);
      break;
    case State::kAwaitFinished:
      if (message.type == HandshakeType::kFinished) return onFinished(message);
      break;
    case State::kConnected:
      // RFC 5246 §7.4.1.1, RFC 9325 §3.5: renegotiation is refused, and the connection goes on.
      if (message.type != HandshakeType::kHelloRequest) return unexpected(message);
      link_.sendAlert(AlertLevel::kWarning, AlertDescription::kNoRenegotiation);
      return Status::success();
  }
  return unexpected(message);
}

Status Client::onHelloVerifyRequest(TimePoint now, const HandshakeMessage& message) {
  HelloVerifyRequest request;
  if (Status status = HelloVerifyRequest::parse(message.body, request); !status) return status;
  if (verified_) return unexpected(message);
  verified_ = true;
  // RFC 6347 §4.2.1: the same ClientHello with the cookie; the first one and the request are in no transcript.
  hello_.cookie = std::move(request.cookie);
  transcript_.clear();
  link_.beginFlight();
  helloMessage_ = link_.add(HandshakeType::kClientHello, 0, hello_.serialize());
  transcript_.add(helloMessage_);
  link_.endFlight(now, true);
  return Status::success();
}

Status Client::checkExtensions(const std::vector<uint16_t>& types) const {
  for (const uint16_t type : types) {
    switch (static_cast<ExtensionType>(type)) {
      case ExtensionType::kRenegotiationInfo:
      case ExtensionType::kExtendedMasterSecret:
      case ExtensionType::kEcPointFormats:
      case ExtensionType::kSupportedGroups: continue;
      case ExtensionType::kUseSrtp:
        if (!hello_.srtpProfiles.empty()) continue;
        break;
      case ExtensionType::kSignatureAlgorithms:
      case ExtensionType::kSupportedVersions:
      case ExtensionType::kCookie:
      case ExtensionType::kKeyShare: break;
    }
    // RFC 5246 §7.4.1.4: nothing that was not asked for.
    return Status::failure(AlertDescription::kUnsupportedExtension, "an extension that we did not offer");
  }
  return Status::success();
}

Status Client::onServerHello(const HandshakeMessage& message) {
  ServerHello hello;
  if (Status status = ServerHello::parse(message.body, hello); !status) return status;
  if (hello.legacyVersion != static_cast<uint16_t>(Version::kDtls12)) {
    return Status::failure(AlertDescription::kProtocolVersion, "the server chose another version",
                           ErrorCode::kUnsupported);
  }
  if (Status status = checkExtensions(hello.extensionTypes); !status) return status;
  const CipherSuite* suite = findCipherSuite(hello.cipherSuite);
  if (suite == nullptr || suite->version != Version::kDtls12 || !allows(config_, *suite) || hello.compression != 0) {
    return Status::failure(AlertDescription::kIllegalParameter, "the server chose what we did not offer");
  }
  // RFC 8446 §4.1.3: we offered 1.3, the server speaks it, and somebody took it out of our hello.
  if (hello_.offers(Version::kDtls13) && isDowngraded(hello.random)) {
    return Status::failure(AlertDescription::kIllegalParameter, "downgraded to DTLS 1.2", ErrorCode::kUnauthenticated);
  }
  // RFC 7627 §5.2.
  if (!hello.extendedMasterSecret && !config_.allowNoExtendedMasterSecret) return noExtendedMasterSecret("server");
  if (hello.srtpProfile) {
    negotiated_.srtpProfile = takeSrtpProfile(config_, *hello.srtpProfile);
    if (!negotiated_.srtpProfile) {
      return Status::failure(AlertDescription::kIllegalParameter,
                             "the server chose an SRTP profile that we did not offer");
    }
  }
  negotiated_.suite = suite;
  extended_ = hello.extendedMasterSecret;
  serverRandom_ = hello.random;
  transcript_.add(message);
  link_.records().settleVersion();
  transition(State::kAwaitCertificate);
  return Status::success();
}

Status Client::onCertificate(const HandshakeMessage& message) {
  if (Status status = takeCertificates(message); !status) return status;
  if (!negotiated_.suite->suits(negotiated_.remoteCertificate->keyAlgorithm())) {
    return Status::failure(AlertDescription::kIllegalParameter, "the server's key does not suit the cipher suite");
  }
  transcript_.add(message);
  transition(State::kAwaitServerKeyExchange);
  return Status::success();
}

Status Client::onServerKeyExchange(const HandshakeMessage& message) {
  ServerKeyExchange exchange;
  if (Status status = ServerKeyExchange::parse(message.body, exchange); !status) return status;
  const auto group = static_cast<crypto::NamedGroup>(exchange.group);
  if (!allows(config_, group)) {
    return Status::failure(AlertDescription::kIllegalParameter, "the server chose a group that we did not offer");
  }
  // RFC 8422 §5.4: over both randoms and the parameters.
  const Bytes signedBytes = ByteBuilder().bytes(clientRandom_).bytes(serverRandom_).bytes(exchange.parameters()).take();
  if (Status status = checkSignature(exchange.scheme, signedBytes, exchange.signature); !status) return status;
  negotiated_.group = group;
  serverPoint_ = std::move(exchange.point);
  transcript_.add(message);
  transition(State::kAwaitCertificateRequest);
  return Status::success();
}

Status Client::onCertificateRequest(const HandshakeMessage& message) {
  CertificateRequest request;
  if (Status status = CertificateRequest::parse(message.body, request); !status) return status;
  scheme_ = chooseScheme(*config_.identity, Version::kDtls12, request.schemes);
  if (!scheme_) {
    return Status::failure(AlertDescription::kHandshakeFailure, "the server takes no signature of our key",
                           ErrorCode::kUnsupported);
  }
  transcript_.add(message);
  transition(State::kAwaitServerHelloDone);
  return Status::success();
}

Status Client::onServerHelloDone(TimePoint now, const HandshakeMessage& message) {
  if (!message.body.empty()) return Status::failure(AlertDescription::kDecodeError, "malformed ServerHelloDone");
  transcript_.add(message);
  ephemeral_ = crypto::KeyExchange::generate(*negotiated_.group, link_.random());
  const auto premaster = ephemeral_ ? ephemeral_->derive(serverPoint_) : std::nullopt;
  if (!premaster) return Status::failure(AlertDescription::kIllegalParameter, "the server's key share is invalid");

  link_.beginFlight();
  send(HandshakeType::kCertificate, CertificateList{{toBytes(config_.identity->certificate().der())}}.serialize());
  send(HandshakeType::kClientKeyExchange, ClientKeyExchange{toBytes(ephemeral_->publicKey())}.serialize());
  makeKeys(premaster->view());
  auto signature = config_.identity->sign(*scheme_, transcript_.messages());
  if (!signature) return Status::failure(AlertDescription::kInternalError, signature.error().message(), ErrorCode::kIo);
  send(HandshakeType::kCertificateVerify,
       CertificateVerify{static_cast<uint16_t>(*scheme_), std::move(*signature)}.serialize());
  sendChangeCipherSpecAndFinished();
  link_.endFlight(now, true);
  transition(State::kAwaitFinished);
  return Status::success();
}

Status Client::onFinished(const HandshakeMessage& message) {
  if (Status status = takeFinished(message); !status) return status;
  link_.stopTimer();
  finish();
  transition(State::kConnected);
  return Status::success();
}

}  // namespace tincan::inline v0::dtls::dtls12
