#include "dtls/dtls13/client.h"

#include <algorithm>

#include "dtls/dtls12/client.h"
#include "dtls/dtls13/messages.h"
#include "dtls/handshake/offer.h"

//     ClientHello                 -------->                                                        epoch 0
//                                 <--------   HelloRetryRequest         kAwaitServerHello (at most once)
//     ClientHello + share, cookie -------->
//                                             ServerHello               kAwaitServerHello
//                                             {EncryptedExtensions}     kAwaitEncryptedExtensions          2
//                                             {CertificateRequest}      kAwaitCertificateRequest
//                                             {Certificate}             kAwaitCertificate
//                                             {CertificateVerify}       kAwaitCertificateVerify
//                                 <--------   {Finished}                kAwaitFinished
//     {Certificate}
//     {CertificateVerify}
//     {Finished}                  -------->                             kConnected
//                                 <--------   [ACK], [NewSessionTicket], [KeyUpdate]               3 and up
namespace tincan::inline v0::dtls::dtls13 {

using crypto::NamedGroup;

namespace {

constexpr size_t kMaxRequests = 4;

}  // namespace

Status Client::start(TimePoint now) {
  if (config_.minVersion == Version::kDtls12) {
    opening_->hello = dtls12::Client::makeHello(config_, link_.random());
    opening_->hello.versions = {static_cast<uint16_t>(Version::kDtls13), static_cast<uint16_t>(Version::kDtls12)};
  } else {
    link_.random().fill(opening_->hello.random);
    opening_->hello.versions = {static_cast<uint16_t>(Version::kDtls13)};
    for (const NamedGroup each : config_.groups) opening_->hello.groups.push_back(static_cast<uint16_t>(each));
    opening_->hello.signatureSchemes = acceptedSchemes(Version::kDtls13);
    for (const crypto::SrtpProfile each : config_.srtpProfiles) {
      opening_->hello.srtpProfiles.push_back(static_cast<uint16_t>(each));
    }
  }
  std::vector<uint16_t> suites;
  for (const CipherSuite& each : cipherSuites(Version::kDtls13)) {
    if (allows(config_, each)) suites.push_back(each.id);
  }
  opening_->hello.cipherSuites.insert(opening_->hello.cipherSuites.begin(), suites.begin(), suites.end());
  clientRandom_ = opening_->hello.random;
  if (config_.groups.empty() || suites.empty()) {
    return Status::failure(AlertDescription::kInternalError, "Config allows no group or no cipher suite of DTLS 1.3",
                           ErrorCode::kInvalidAccessError);
  }
  if (Status status = makeShare(config_.groups.front()); !status) return status;
  link_.beginFlight();
  opening_->helloMessage = link_.add(HandshakeType::kClientHello, 0, opening_->hello.serialize());
  transcript_.add(opening_->helloMessage);
  link_.endFlight(now, true);
  return Status::success();
}

Status Client::makeShare(NamedGroup group) {
  ephemeral_ = crypto::KeyExchange::generate(group, link_.random());
  if (!ephemeral_) return Status::failure(AlertDescription::kInternalError, "no ephemeral key", ErrorCode::kIo);
  opening_->hello.keyShares = {{static_cast<uint16_t>(group), toBytes(ephemeral_->publicKey())}};
  return Status::success();
}

// RFC 9147 §5.1: a HelloVerifyRequest comes from 1.2 alone. RFC 8446 §4.2.1: so does a ServerHello without
// supported_versions.
bool Client::isAnswerOf12(const HandshakeMessage& message) {
  if (message.type == HandshakeType::kHelloVerifyRequest) return true;
  ServerHello hello;
  return message.type == HandshakeType::kServerHello && ServerHello::parse(message.body, hello) && !hello.version;
}

bool Client::endsFlight(HandshakeType type) const {
  return type == HandshakeType::kServerHello || type == HandshakeType::kFinished;
}

Status Client::handle(TimePoint now, const HandshakeMessage& message) {
  const uint64_t epoch = state_ == State::kAwaitServerHello ? 0 : kHandshakeEpoch;
  if (state_ != State::kConnected && message.epoch != epoch) return unexpected(message);
  switch (state_) {
    case State::kAwaitServerHello:
      if (message.type == HandshakeType::kServerHello) return onServerHello(now, message);
      break;
    case State::kAwaitEncryptedExtensions:
      if (message.type == HandshakeType::kEncryptedExtensions) return onEncryptedExtensions(message);
      break;
    case State::kAwaitCertificateRequest:
      // RFC 8827 §6.5: both ends show a certificate, so a server that does not ask is refused here.
      if (message.type == HandshakeType::kCertificateRequest) return onCertificateRequest(message);
      break;
    case State::kAwaitCertificate:
      if (message.type != HandshakeType::kCertificate) break;
      transition(State::kAwaitCertificateVerify);
      return takeCertificates(message);
    case State::kAwaitCertificateVerify:
      if (message.type != HandshakeType::kCertificateVerify) break;
      transition(State::kAwaitFinished);
      return takeCertificateVerify(message);
    case State::kAwaitFinished:
      if (message.type == HandshakeType::kFinished) return onFinished(now, message);
      break;
    case State::kConnected: return onConnected(now, message);
  }
  return unexpected(message);
}

Status Client::checkServerHello(const ServerHello& hello) const {
  const auto illegal = [](std::string_view why) { return Status::failure(AlertDescription::kIllegalParameter, why); };
  if (!hello.version) {
    return Status::failure(AlertDescription::kProtocolVersion, "the server does not speak DTLS 1.3",
                           ErrorCode::kUnsupported);
  }
  if (*hello.version != static_cast<uint16_t>(Version::kDtls13)) return illegal("the server chose another version");
  for (const uint16_t type : hello.extensionTypes) {
    switch (static_cast<ExtensionType>(type)) {
      case ExtensionType::kSupportedVersions:
      case ExtensionType::kKeyShare: continue;
      case ExtensionType::kCookie:
        if (hello.isRetryRequest()) continue;
        return illegal("a cookie in a ServerHello");
      case ExtensionType::kSupportedGroups:
      case ExtensionType::kEcPointFormats:
      case ExtensionType::kSignatureAlgorithms:
      case ExtensionType::kUseSrtp:
      case ExtensionType::kExtendedMasterSecret:
      case ExtensionType::kRenegotiationInfo:
        // RFC 8446 §4.2: known, but with no place in this message.
        return illegal("an extension with no place here");
    }
    return Status::failure(AlertDescription::kUnsupportedExtension, "an extension that we did not offer");
  }
  // RFC 9147 §5.3: the session id is not echoed, and ours was empty.
  if (!hello.sessionId.empty()) return illegal("the server echoes a session id");
  const CipherSuite* suite = findCipherSuite(hello.cipherSuite);
  if (suite == nullptr || suite->version != Version::kDtls13 || !allows(config_, *suite) || hello.compression != 0) {
    return illegal("the server chose what we did not offer");
  }
  // RFC 8446 §4.1.4.
  if (retrySuite_ != nullptr && suite != retrySuite_ && !hello.isRetryRequest()) {
    return illegal("another cipher suite than HelloRetryRequest's");
  }
  return Status::success();
}

Status Client::onServerHello(TimePoint now, const HandshakeMessage& message) {
  ServerHello hello;
  if (Status status = ServerHello::parse(message.body, hello); !status) return status;
  // RFC 8446 §4.1.4: a second HelloRetryRequest.
  if (hello.isRetryRequest() && retrySuite_ != nullptr) return unexpected(message);
  if (Status status = checkServerHello(hello); !status) return status;
  if (hello.isRetryRequest()) return onRetryRequest(now, message, hello);
  return takeServerHello(now, message, hello);
}

Status Client::takeServerHello(TimePoint now, const HandshakeMessage& message, const ServerHello& hello) {
  if (!hello.keyShare) return Status::failure(AlertDescription::kMissingExtension, "ServerHello without key_share");
  // RFC 8446 §4.2.8: the group of a share of ours.
  const auto shared = hello.keyShare->group == static_cast<uint16_t>(ephemeral_->group())
                          ? ephemeral_->derive(hello.keyShare->key)
                          : std::nullopt;
  if (!shared) return Status::failure(AlertDescription::kIllegalParameter, "the server's key share is invalid");

  if (state_ == State::kAwaitServerHello) {
    opening_->beforeServerHello = transcript_;
  } else {
    transcript_ = opening_->beforeServerHello;
    link_.records().dropKeys(kHandshakeEpoch);
  }
  opening_->serverHello = message;
  negotiated_.version = Version::kDtls13;
  negotiated_.suite = findCipherSuite(hello.cipherSuite);
  negotiated_.group = ephemeral_->group();
  transcript_.setHash(negotiated_.suite->hash);
  transcript_.add(message);
  link_.records().settleVersion();
  makeHandshakeKeys(shared->view());
  acks_.expectRest(now);
  transition(State::kAwaitEncryptedExtensions);
  return Status::success();
}

Status Client::checkRetryRequest(const ServerHello& hello) const {
  const auto illegal = [](std::string_view why) { return Status::failure(AlertDescription::kIllegalParameter, why); };
  // RFC 8446 §4.1.4: the second hello would be the first.
  if (!hello.keyShare && hello.cookie.empty()) return illegal("a HelloRetryRequest that asks for nothing");
  if (!hello.keyShare) return Status::success();
  // RFC 8446 §4.2.8: a group that we offered, without a share.
  const auto group = static_cast<NamedGroup>(hello.keyShare->group);
  const NamedGroup first = (opening_->firstShare ? *opening_->firstShare : *ephemeral_).group();
  if (!allows(config_, group) || group == first) return illegal("a group that we cannot give");
  return Status::success();
}

Status Client::onRetryRequest(TimePoint now, const HandshakeMessage& message, const ServerHello& hello) {
  if (Status status = checkRetryRequest(hello); !status) return status;
  opening_->requests = {message};
  link_.beginFlight();
  if (Status status = answerRetryRequest(message, hello); !status) return status;
  link_.endFlight(now, true);
  return Status::success();
}

Status Client::answerRetryRequest(const HandshakeMessage& message, const ServerHello& hello) {
  if (opening_->firstShare) ephemeral_ = std::exchange(opening_->firstShare, std::nullopt);
  if (Status status = ClientHello::parse(opening_->helloMessage.body, opening_->hello); !status) return status;
  if (hello.keyShare) {
    opening_->firstShare = std::move(ephemeral_);
    if (Status status = makeShare(static_cast<NamedGroup>(hello.keyShare->group)); !status) return status;
  }
  retrySuite_ = findCipherSuite(hello.cipherSuite);
  transcript_ = Transcript();
  transcript_.add(opening_->helloMessage);
  transcript_.setHash(retrySuite_->hash);
  transcript_.replaceByHash();
  transcript_.add(message);
  acks_.clear();
  opening_->hello.cookie13 = hello.cookie;
  link_.records().settleVersion();
  link_.beginAt(1);  // RFC 9147 §5.2: in place of any other second hello
  send(HandshakeType::kClientHello, 0, opening_->hello.serialize());
  return Status::success();
}

void Client::noteRepeated(TimePoint now, const FragmentHeader& header, ByteView body) {
  if (state_ == State::kAwaitServerHello) return noteOtherRequest(header, body);
  if (state_ != State::kAwaitEncryptedExtensions || proven()) return;
  if (header.type != HandshakeType::kServerHello || header.sequence != opening_->serverHello.sequence) return;
  ServerHello hello;
  if (equalBytes(body, opening_->serverHello.body) || !ServerHello::parse(body, hello) || hello.isRetryRequest())
    return;
  if (!checkServerHello(hello)) return;
  static_cast<void>(takeServerHello(now, {header.type, header.sequence, 0, toBytes(body)}, hello));
}

void Client::noteOtherRequest(const FragmentHeader& header, ByteView body) {
  if (opening_->requests.empty() || header.sequence != opening_->requests.front().sequence ||
      header.type != HandshakeType::kServerHello)
    return;
  if (opening_->requests.size() == kMaxRequests) return;
  for (const HandshakeMessage& each : opening_->requests) {
    if (equalBytes(each.body, body)) return;
  }
  ServerHello hello;
  if (!ServerHello::parse(body, hello) || !hello.isRetryRequest()) return;
  if (!checkServerHello(hello) || !checkRetryRequest(hello)) return;
  opening_->requests.push_back({header.type, header.sequence, 0, toBytes(body)});
}

void Client::flightUnanswered() {
  if (state_ != State::kAwaitServerHello || opening_->requests.size() < 2) return;
  opening_->request = (opening_->request + 1) % opening_->requests.size();
  ServerHello hello;
  link_.replaceFlight();
  static_cast<void>(ServerHello::parse(opening_->requests[opening_->request].body, hello));
  static_cast<void>(answerRetryRequest(opening_->requests[opening_->request], hello));
}

Status Client::onEncryptedExtensions(const HandshakeMessage& message) {
  EncryptedExtensions extensions;
  Status status = EncryptedExtensions::parse(message.body, !opening_->hello.srtpProfiles.empty(), extensions);
  if (!status) return status;
  if (extensions.srtpProfile) {
    negotiated_.srtpProfile = takeSrtpProfile(config_, *extensions.srtpProfile);
    if (!negotiated_.srtpProfile) {
      return Status::failure(AlertDescription::kIllegalParameter,
                             "the server chose an SRTP profile that we did not offer");
    }
  }
  transcript_.add(message);
  ephemeral_.reset();
  transition(State::kAwaitCertificateRequest);
  return Status::success();
}

Status Client::onCertificateRequest(const HandshakeMessage& message) {
  CertificateRequest request;
  if (Status status = CertificateRequest::parse(message.body, request); !status) return status;
  // RFC 8446 §4.3.2: empty during the handshake.
  if (!request.context.empty()) {
    return Status::failure(AlertDescription::kIllegalParameter, "CertificateRequest with a context");
  }
  const auto scheme = chooseScheme(*config_.identity, Version::kDtls13, request.schemes);
  if (!scheme) {
    return Status::failure(AlertDescription::kHandshakeFailure, "the server takes no signature of our key",
                           ErrorCode::kUnsupported);
  }
  scheme_ = *scheme;
  transcript_.add(message);
  transition(State::kAwaitCertificate);
  return Status::success();
}

Status Client::onFinished(TimePoint now, const HandshakeMessage& message) {
  if (Status status = takeFinished(message); !status) return status;
  makeApplicationKeys();
  readApplicationKeys();
  acks_.clear();
  link_.beginFlight();
  if (Status status = sendAuthentication(scheme_); !status) return status;
  sendFinished();
  link_.setWriteEpoch(kApplicationEpoch);
  // RFC 9147 §5.8.2: until the server's ACK.
  link_.endFlight(now, true);
  finish();
  opening_.reset();
  transition(State::kConnected);
  return Status::success();
}

Status Client::onConnected(TimePoint now, const HandshakeMessage& message) {
  if (message.epoch < kApplicationEpoch) return unexpected(message);
  if (message.type == HandshakeType::kKeyUpdate) return takeKeyUpdate(now, message);
  // A CertificateRequest is unexpected: we did not offer post_handshake_auth (RFC 8446 §4.6.2).
  if (message.type != HandshakeType::kNewSessionTicket) return unexpected(message);
  acks_.setDue();  // RFC 9147 §7.1: what has no answer is acknowledged. Sessions are not resumed here.
  return Status::success();
}

}  // namespace tincan::inline v0::dtls::dtls13
