#include "dtls/dtls13/server.h"

#include <algorithm>

#include "dtls/dtls13/messages.h"
#include "dtls/handshake/offer.h"
#include "dtls/handshake/server_hello.h"

//     [ClientHello]               -------->                             (Config::cookieExchange: no state)
//                                 <--------   [HelloRetryRequest + cookie]
//     ClientHello                 -------->                             kAwaitClientHello          epoch 0
//                                 <--------   HelloRetryRequest         (no cookie, and no share of a group of ours)
//     ClientHello + share         -------->                             kAwaitSecondHello
//                                             ServerHello
//                                             {EncryptedExtensions}                                        2
//                                             {CertificateRequest}
//                                             {Certificate}
//                                             {CertificateVerify}
//                                 <--------   {Finished}
//     {Certificate}                                                     kAwaitCertificate
//     {CertificateVerify}                                               kAwaitCertificateVerify
//     {Finished}                  -------->                             kAwaitFinished
//                                 <--------   [ACK]                     kConnected                 3 and up
namespace tincan::inline v0::dtls::dtls13 {
namespace {

ServerHello makeRetryRequest(uint16_t suite, uint16_t group, Bytes cookie) {
  ServerHello out;
  out.random = kRetryRequestRandom;
  out.cipherSuite = suite;
  out.version = static_cast<uint16_t>(Version::kDtls13);
  if (group != 0) out.keyShare = KeyShare{group, {}};
  out.cookie = std::move(cookie);
  return out;
}

}  // namespace

struct Server::Choice {
  const CipherSuite* suite = nullptr;
  crypto::NamedGroup group = crypto::NamedGroup::kX25519;
  const KeyShare* share = nullptr;  // null: none for a group of ours; points into the hello
  crypto::SignatureScheme scheme = crypto::SignatureScheme::kEcdsaP256Sha256;
  std::optional<crypto::SrtpProfile> srtpProfile;
};

Status Server::judge(const Config& config, const ClientHello& hello) {
  Choice ignored;
  return choose(config, hello, ignored);
}

Status Server::choose(const Config& config, const ClientHello& hello, Choice& out) {
  const auto refuse = [](std::string_view why) {
    return Status::failure(AlertDescription::kHandshakeFailure, why, ErrorCode::kUnsupported);
  };
  const auto illegal = [](std::string_view why) { return Status::failure(AlertDescription::kIllegalParameter, why); };
  // RFC 9147 §5.3, RFC 8446 §4.1.2.
  if (!hello.cookie.empty()) return illegal("a cookie of DTLS 1.2");
  if (hello.compressions != Bytes{0}) return illegal("the client wants compression");
  // RFC 8446 §9.2: without a pre-shared key these three must be there.
  if (!hello.keyShares || hello.groups.empty() || hello.signatureSchemes.empty()) {
    return Status::failure(AlertDescription::kMissingExtension, "a ClientHello without key_share, groups or schemes");
  }
  std::vector<uint16_t> shared;
  for (const KeyShare& each : *hello.keyShares) {
    // RFC 8446 §4.2.8: one share a group, and only for groups that are offered.
    const auto has = [&](const std::vector<uint16_t>& list) {
      return std::find(list.begin(), list.end(), each.group) != list.end();
    };
    if (has(shared) || !has(hello.groups)) return illegal("a key share twice, or for a group that is not offered");
    shared.push_back(each.group);
  }
  out.suite = chooseCipherSuite(config, Version::kDtls13, hello.cipherSuites);
  if (out.suite == nullptr) return refuse("no cipher suite in common");
  // A group with a share before a better one without: it saves a round trip.
  auto group = chooseGroup(config, shared);
  const bool ready = group.has_value();
  if (!ready) group = chooseGroup(config, hello.groups);
  if (!group) return refuse("no group in common");
  out.group = *group;
  if (ready) {
    out.share = &*std::find_if(hello.keyShares->begin(), hello.keyShares->end(),
                               [&](const KeyShare& each) { return each.group == static_cast<uint16_t>(*group); });
  }
  const auto scheme = chooseScheme(*config.identity, Version::kDtls13, hello.signatureSchemes);
  if (!scheme) return refuse("no signature scheme in common");
  out.scheme = *scheme;
  out.srtpProfile = chooseSrtpProfile(config, hello.srtpProfiles);
  return Status::success();
}

bool Server::endsFlight(HandshakeType type) const {
  return type == HandshakeType::kClientHello;
}

Status Server::handle(TimePoint now, const HandshakeMessage& message) {
  const uint64_t epoch = state_ < State::kAwaitCertificate ? 0 : kHandshakeEpoch;
  if (state_ != State::kConnected && message.epoch != epoch) return unexpected(message);
  switch (state_) {
    case State::kAwaitClientHello:
      if (message.type == HandshakeType::kClientHello) return onClientHello(now, message);
      break;
    case State::kAwaitSecondHello:
      if (message.type == HandshakeType::kClientHello) return onSecondHello(now, message);
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
      if (message.type == HandshakeType::kFinished) return onFinished(message);
      break;
    case State::kConnected:
      if (message.type != HandshakeType::kKeyUpdate || message.epoch < kApplicationEpoch) break;
      return takeKeyUpdate(now, message);
  }
  return unexpected(message);
}

Status Server::onClientHello(TimePoint now, const HandshakeMessage& message) {
  ClientHello hello;
  if (Status status = ClientHello::parse(message.body, hello); !status) return status;
  Choice choice;
  if (Status status = choose(config_, hello, choice); !status) return status;
  clientRandom_ = hello.random;
  if (retried_) {
    if (Status status = takeUp(hello, choice); !status) return status;
  }
  if (choice.share != nullptr) return sendFlight(now, message, choice);
  sendRetryRequest(now, message, choice);
  firstHello_ = std::move(hello);
  return Status::success();
}

Bytes Server::retryRequest(const Config& config, const HandshakeMessage& message, const ClientHello& hello,
                           const CookieExchange& cookies) {
  Choice choice;
  static_cast<void>(choose(config, hello, choice));
  Transcript first;
  first.add(message);
  first.setHash(choice.suite->hash);
  Retried retried{choice.suite->id, 0, toBytes(first.digest().view())};
  if (choice.share == nullptr) retried.group = static_cast<uint16_t>(choice.group);
  return makeRetryRequest(retried.suite, retried.group, cookies.make13(hello, retried)).serialize();
}

// RFC 8446 §4.4.1: the transcript is what it would be had we kept the first hello and our answer to it.
Status Server::takeUp(const ClientHello& hello, const Choice& choice) {
  const bool shareAsked =
      retried_->group == 0 || (hello.keyShares->size() == 1 && hello.keyShares->front().group == retried_->group);
  if (choice.suite->id != retried_->suite || choice.share == nullptr || !shareAsked) {
    return Status::failure(AlertDescription::kIllegalParameter, "not the key share that was asked for");
  }
  transcript_.setHash(choice.suite->hash);
  transcript_.beginWithHash(retried_->helloHash);
  transcript_.add({HandshakeType::kServerHello, 0, 0,
                   makeRetryRequest(retried_->suite, retried_->group, hello.cookie13).serialize()});
  return Status::success();
}

// Without a cookie exchange, ICE has proved that the hello is our peer's.
void Server::sendRetryRequest(TimePoint now, const HandshakeMessage& message, const Choice& choice) {
  retryGroup_ = choice.group;
  transcript_.setHash(choice.suite->hash);
  transcript_.add(message);
  transcript_.replaceByHash();
  link_.records().settleVersion();
  link_.beginFlight();
  send(HandshakeType::kServerHello, 0,
       makeRetryRequest(choice.suite->id, static_cast<uint16_t>(choice.group), {}).serialize());
  link_.endFlight(now, false);  // RFC 9147 §5.8.1: no timer here; a hello that comes again is answered again
  transition(State::kAwaitSecondHello);
}

// RFC 8446 §4.1.2: the same hello, but for what was asked for.
Status Server::checkSecondHello(const ClientHello& hello) const {
  const ClientHello& first = *firstHello_;
  const bool same = hello.random == first.random && hello.sessionId == first.sessionId &&
                    hello.cipherSuites == first.cipherSuites && hello.versions == first.versions &&
                    hello.groups == first.groups && hello.signatureSchemes == first.signatureSchemes &&
                    hello.srtpProfiles == first.srtpProfiles;
  if (!same) return Status::failure(AlertDescription::kIllegalParameter, "the second ClientHello is another one");
  const auto& shares = *hello.keyShares;
  const auto equal = [](const KeyShare& a, const KeyShare& b) { return a.group == b.group && a.key == b.key; };
  const bool asked =
      retryGroup_ ? shares.size() == 1 && shares[0].group == static_cast<uint16_t>(*retryGroup_)
                  : std::equal(shares.begin(), shares.end(), first.keyShares->begin(), first.keyShares->end(), equal);
  if (!asked) return Status::failure(AlertDescription::kIllegalParameter, "not the key share that was asked for");
  return Status::success();
}

Status Server::onSecondHello(TimePoint now, const HandshakeMessage& message) {
  ClientHello hello;
  if (Status status = ClientHello::parse(message.body, hello); !status) return status;
  if (!hello.offers(Version::kDtls13)) {
    return Status::failure(AlertDescription::kIllegalParameter, "the second ClientHello is another one");
  }
  Choice choice;
  if (Status status = choose(config_, hello, choice); !status) return status;
  if (Status status = checkSecondHello(hello); !status) return status;
  return sendFlight(now, message, choice);
}

Status Server::sendFlight(TimePoint now, const HandshakeMessage& message, const Choice& choice) {
  auto ephemeral = crypto::KeyExchange::generate(choice.group, link_.random());
  if (!ephemeral) return Status::failure(AlertDescription::kInternalError, "no ephemeral key", ErrorCode::kIo);
  const auto shared = ephemeral->derive(choice.share->key);
  if (!shared) return Status::failure(AlertDescription::kIllegalParameter, "the client's key share is invalid");
  transition(State::kAwaitCertificate);

  negotiated_.suite = choice.suite;
  negotiated_.group = choice.group;
  negotiated_.srtpProfile = choice.srtpProfile;
  ServerHello reply;
  link_.random().fill(reply.random);
  reply.cipherSuite = choice.suite->id;
  reply.version = static_cast<uint16_t>(Version::kDtls13);
  reply.keyShare = KeyShare{static_cast<uint16_t>(choice.group), toBytes(ephemeral->publicKey())};
  EncryptedExtensions extensions;
  if (choice.srtpProfile) extensions.srtpProfile = static_cast<uint16_t>(*choice.srtpProfile);

  transcript_.setHash(choice.suite->hash);
  transcript_.add(message);
  acks_.clear();
  link_.records().settleVersion();
  link_.beginFlight();
  send(HandshakeType::kServerHello, 0, reply.serialize());
  makeHandshakeKeys(shared->view());
  send(HandshakeType::kEncryptedExtensions, kHandshakeEpoch, extensions.serialize());
  send(HandshakeType::kCertificateRequest, kHandshakeEpoch,
       CertificateRequest{{}, acceptedSchemes(Version::kDtls13)}.serialize());
  if (Status status = sendAuthentication(choice.scheme); !status) return status;
  sendFinished();
  makeApplicationKeys();
  link_.setWriteEpoch(kApplicationEpoch);
  link_.endFlight(now, true);
  return Status::success();
}

Status Server::onFinished(const HandshakeMessage& message) {
  if (Status status = takeFinished(message); !status) return status;
  readApplicationKeys();
  finish();
  link_.records().dropWriteKeysBefore(kApplicationEpoch);  // our flight has arrived
  acks_.setDue();  // RFC 9147 §7.1: the client's last flight has no other answer
  transition(State::kConnected);
  return Status::success();
}

}  // namespace tincan::inline v0::dtls::dtls13
