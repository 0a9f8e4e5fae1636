#include "dtls/connection_impl.h"

#include <algorithm>
#include <iterator>

#include "dtls/dtls12/client.h"
#include "dtls/dtls12/messages.h"
#include "dtls/dtls12/server.h"
#include "dtls/dtls13/client.h"
#include "dtls/dtls13/server.h"

//   datagram -> RecordLayer::read -+-> handshake: Reassembly -> Handshake::handle -> Link (flights, keys)
//                                  |       then: fingerprint? complete? -> KeysExported, StateChanged
//                                  +-> ACK (1.3): Handshake::takeAck -> Link (what of the flight arrived)
//                                  +-> alert: close, fail, or nothing
//                                  +-> application data: event (held back until connected)
//                                  +-> keys not there yet: held back, and read again when they are
//                                  +-> anything else: dropped and counted
namespace tincan::inline v0::dtls {
namespace {

// Records that came before their keys: a flight's tail that overtook its head. More will be sent again.
constexpr size_t kMaxEarly = 8;
constexpr size_t kMaxUndelivered = 16;
// Events that wait to be polled: the owner polls after every datagram.
constexpr size_t kMaxEvents = 1024;
// RFC 9147 §4.5.3: forgeries tried on one key, for all AEADs that we have.
constexpr uint64_t kMaxAuthenticationFailures = uint64_t{1} << 36;
constexpr char kDoesNotFit[] = "the data does not fit one datagram, or too many wait to be sent";

Status mismatch() {
  return Status::failure(AlertDescription::kBadCertificate,
                         "the peer's certificate is not the one that its description names",
                         ErrorCode::kUnauthenticated);
}

}  // namespace

Connection::Impl::Impl(Config config, RandomSource& random, PacketPool& pool)
    : config_(std::move(config)), link_(config_, random, pool) {}

void Connection::Impl::setRemoteFingerprints(std::vector<crypto::Fingerprint> fingerprints) {
  if (verified_) return;
  fingerprints_ = std::move(fingerprints);
  checkFingerprint();
  completeIfDone();
}

void Connection::Impl::start(TimePoint now) {
  if (state_ != State::kNew) return;
  if (config_.handshakeTimeout != Duration::infinite()) deadline_ = now + config_.handshakeTimeout;
  enter(State::kConnecting);
  if (config_.identity == nullptr) {
    return fail(Status::failure(AlertDescription::kInternalError, "Config::identity is missing",
                                ErrorCode::kInvalidAccessError));
  }
  if (config_.minVersion == Version::kDtls13 && config_.maxVersion == Version::kDtls12) {
    return fail(Status::failure(AlertDescription::kInternalError, "Config::minVersion is above maxVersion",
                                ErrorCode::kInvalidAccessError));
  }
  if (config_.role == Role::kClient) return startClient(now);
  if (!config_.cookieExchange) return;
  cookies_.emplace(link_.random());
  link_.reassembly().open();
}

void Connection::Impl::startClient(TimePoint now) {
  if (config_.maxVersion == Version::kDtls13) {
    auto client = std::make_unique<dtls13::Client>(config_, link_);
    if (config_.minVersion == Version::kDtls12) offering_ = client.get();
    handshake_ = std::move(client);
    if (Status status = static_cast<dtls13::Client&>(*handshake_).start(now); !status) fail(status);
    return;
  }
  ClientHello hello = dtls12::Client::makeHello(config_, link_.random());
  link_.beginFlight();
  const HandshakeMessage& message = link_.add(HandshakeType::kClientHello, 0, hello.serialize());
  handshake_ = std::make_unique<dtls12::Client>(config_, link_, std::move(hello), message);
  link_.endFlight(now, true);
}

void Connection::Impl::receive(TimePoint now, PacketBuffer datagram) {
  ++link_.stats().datagramsReceived;
  link_.stats().bytesReceived += datagram.size();
  process(now, std::move(datagram));
  releaseEarly(now);
  if (handshake_ && isOpen()) handshake_->afterDatagram(now);
}

void Connection::Impl::noteForeignHello(size_t size) {
  ++link_.stats().datagramsReceived;
  link_.stats().bytesReceived += size;
  ++link_.stats().messagesPassedOver;
  drop();
}

void Connection::Impl::succeed(Impl& other) {
  link_.stats() += other.link_.stats();
  if (state_ == State::kConnecting && !announced_) deadline_ = other.deadline_;
  Queue<Event> behind = std::exchange(events_, std::move(other.events_));
  for (Event& event : behind) events_.push_back(std::move(event));
}

void Connection::Impl::process(TimePoint now, PacketBuffer datagram) {
  MutableByteView rest = datagram.mutableView();
  while (!rest.empty() && datagram) {
    if (!isOpen()) return drop();
    Record record;
    MutableByteView raw;
    switch (link_.records().read(rest, record, raw)) {
      case RecordLayer::Outcome::kRecord: onRecord(now, record, datagram, rest.empty()); break;
      case RecordLayer::Outcome::kReplayed:
        ++link_.stats().recordsReplayed;
        drop();
        break;
      case RecordLayer::Outcome::kUnauthenticated:
        // RFC 6347 §4.1.2.7: dropped, not fatal. The replay window has not moved.
        ++link_.stats().authenticationFailures;
        drop();
        if (link_.stats().authenticationFailures >= kMaxAuthenticationFailures) {
          fail(
              Status::failure(AlertDescription::kBadRecordMac, "too many forged records", ErrorCode::kUnauthenticated));
        }
        break;
      case RecordLayer::Outcome::kEarly: {
        const bool wanted = handshake_ && !handshake_->complete() && early_.size() < kMaxEarly;
        PacketBuffer copy = wanted ? link_.pool().copy(raw) : PacketBuffer();
        if (!copy) {
          drop();
          break;
        }
        early_.push_back(std::move(copy));
        break;
      }
      case RecordLayer::Outcome::kMalformed:
      case RecordLayer::Outcome::kUnexpected: drop(); break;
    }
  }
}

// Once is enough for each: what is still early comes back to the list.
void Connection::Impl::releaseEarly(TimePoint now) {
  if (early_.empty() || !isOpen()) return;
  std::vector<PacketBuffer> held = std::exchange(early_, {});
  for (PacketBuffer& each : held) process(now, std::move(each));
}

void Connection::Impl::onRecord(TimePoint now, const Record& record, PacketBuffer& datagram, bool last) {
  if (record.authenticated) {
    proven_ = true;
    if (Status status = checkContent(record); !status) return fail(status);
  }
  switch (record.type) {
    case ContentType::kHandshake: return onHandshakeRecord(now, record);
    case ContentType::kAlert: return onAlert(record);
    case ContentType::kApplicationData: return onApplicationData(now, record, datagram, last);
    case ContentType::kChangeCipherSpec:
      // The epoch of the records that follow says what this says, and cannot be forged.
      return;
    case ContentType::kAck: return onAck(now, record);
  }
  drop();
}

// What only the peer itself can have sent, and must not.
Status Connection::Impl::checkContent(const Record& record) const {
  const bool dtls13 = handshake_ && handshake_->negotiated().version == Version::kDtls13;
  switch (record.type) {
    case ContentType::kApplicationData: return Status::success();
    case ContentType::kHandshake:
    case ContentType::kAlert:
      // RFC 5246 §6.2.1, RFC 8446 §5.4: never empty.
      if (record.payload.empty()) break;
      // RFC 8446 §5.1: one alert a record, and all of it.
      if (dtls13 && record.type == ContentType::kAlert && record.payload.size() != 2) {
        return Status::failure(AlertDescription::kDecodeError, "malformed alert");
      }
      return Status::success();
    case ContentType::kAck:
      if (dtls13) return Status::success();
      break;
    case ContentType::kChangeCipherSpec: break;  // RFC 5246 §7.1, RFC 8446 §5: in the clear or not at all
  }
  // RFC 5246 §6, RFC 8446 §5: nor of a type that nobody agreed on.
  return Status::failure(AlertDescription::kUnexpectedMessage, "a record that has no business here");
}

void Connection::Impl::onHandshakeRecord(TimePoint now, const Record& record) {
  if (!takeFragments(now, record)) return;
  while (isOpen()) {
    const auto message = link_.reassembly().next();
    if (!message) break;
    onMessage(now, *message);
  }
}

bool Connection::Impl::takeFragments(TimePoint now, const Record& record) {
  Reassembly& reassembly = link_.reassembly();
  ByteReader reader(record.payload);
  bool all = !reader.atEnd(), news = false;
  while (!reader.atEnd()) {
    const FragmentHeader header = FragmentHeader::read(reader);
    const ByteView fragment = reader.view(header.fragmentLength);
    if (!reader.ok()) {
      drop();
      if (record.authenticated) fail(Status::failure(AlertDescription::kDecodeError, "malformed handshake record"));
      return isOpen();
    }
    switch (reassembly.add(header, fragment, record.number.epoch)) {
      case Reassembly::Outcome::kTaken:
        link_.noteProgress();
        news = true;
        break;
      case Reassembly::Outcome::kRefused:
        drop();
        all = false;
        break;
      case Reassembly::Outcome::kOld: {
        const bool lastMessage = header.sequence + 1 == reassembly.nextSequence();
        const bool lastFragment = header.offset + header.fragmentLength == header.length;
        if (handshake_ && lastMessage && lastFragment && handshake_->endsFlight(header.type))
          link_.peerRetransmitted(now);
        if (handshake_ && record.number.epoch == 0 && header.fragmentLength == header.length)
          handshake_->noteRepeated(now, header, fragment);
        break;
      }
    }
  }
  if (all && handshake_) handshake_->noteHandshakeRecord(now, record, news);
  return true;
}

void Connection::Impl::onMessage(TimePoint now, const HandshakeMessage& message) {
  const bool client12 =
      config_.role == Role::kClient && handshake_ && handshake_->negotiated().version == Version::kDtls12;
  if (client12 && message.epoch == 0 && message.type == HandshakeType::kHelloRequest) {
    // RFC 5246 §7.4.1.1: while we are negotiating anyway, it says nothing; nor may a forged one use a message_seq up.
    drop();
    return link_.reassembly().stepOver();
  }
  if (offering_ != nullptr && dtls13::Client::isAnswerOf12(message)) return takeAnswerOf12(now, message);
  if (!handshake_ && !beginServer(message)) return;
  if (Status status = checkPlainCertificate(message); !status) return onRefusedMessage(message, status);
  if (Status status = handshake_->handle(now, message); !status) return onRefusedMessage(message, status);
  if (cookies_) {
    cookies_.reset();
    link_.reassembly().settle(message.sequence);
  }
  offering_ = nullptr;  // the server has answered, in 1.3
  checkFingerprint();
  completeIfDone();
}

// We offered both, and the answer is of 1.2: the hello goes on as 1.2's, once that handshake takes the answer.
void Connection::Impl::takeAnswerOf12(TimePoint now, const HandshakeMessage& message) {
  auto client = std::make_unique<dtls12::Client>(config_, link_, offering_->hello(), offering_->helloMessage());
  if (Status status = client->handle(now, message); !status) return onRefusedMessage(message, status);
  offering_ = nullptr;
  handshake_ = std::move(client);
}

// DTLS 1.2 sends certificates in the clear: one with another fingerprint is somebody else's, and not taken at all.
Status Connection::Impl::checkPlainCertificate(const HandshakeMessage& message) const {
  if (message.epoch > 0 || message.type != HandshakeType::kCertificate || !fingerprints_) return Status::success();
  dtls12::CertificateList list;
  const bool read = dtls12::CertificateList::parse(message.body, list).ok() && !list.certificates.empty();
  if (!read || crypto::matchesFingerprint(list.certificates.front(), *fingerprints_)) return Status::success();
  return mismatch();
}

// In the clear anyone can say it, and the genuine message may still come (RFC 9147 §4.5.2 and RFC 6347 §4.1.2.7 say the
// same of records). Under keys it was the peer, and our own failure is nobody's forgery.
void Connection::Impl::onRefusedMessage(const HandshakeMessage& message, const Status& status) {
  if (message.epoch > 0 || status.alert() == AlertDescription::kInternalError) return fail(status);
  if (!handshake_->committed()) {
    handshake_.reset();  // the genuine hello may be of the other version
    return refuse(status);
  }
  passOver(status);
}

// Nothing was kept of the message, and its message_seq is awaited again. The first reason is what the time-out tells:
// if the peer is the one who spoke, no better one will come.
void Connection::Impl::passOver(const Status& status) {
  drop();
  ++link_.stats().messagesPassedOver;
  if (!passedOver_) passedOver_ = status;
  link_.reassembly().stepBack();
}

// The first flight says which version it will be: the highest that both speak.
bool Connection::Impl::beginServer(const HandshakeMessage& message) {
  ClientHello hello;
  Status status = message.type == HandshakeType::kClientHello
                      ? ClientHello::parse(message.body, hello)
                      : Status::failure(AlertDescription::kUnexpectedMessage, "a handshake begins with ClientHello");
  const bool dtls13 = config_.maxVersion == Version::kDtls13 && hello.offers(Version::kDtls13);
  if (status && dtls13) {
    status = dtls13::Server::judge(config_, hello);
  } else if (status && config_.minVersion == Version::kDtls13) {
    status = Status::failure(AlertDescription::kProtocolVersion, "the client does not speak DTLS 1.3",
                             ErrorCode::kUnsupported);
  } else if (status) {
    status = dtls12::Server::judge(config_, hello);
  }
  if (!status) {
    refuse(status);
    return false;
  }
  if (cookies_ && !passesCookie(message, hello, dtls13)) return false;
  if (handshake_) return true;
  if (dtls13) {
    handshake_ = std::make_unique<dtls13::Server>(config_, link_);
  } else {
    handshake_ = std::make_unique<dtls12::Server>(config_, link_);
  }
  return true;
}

// RFC 9147 §5.1, RFC 6347 §4.2.1: a first hello is answered and forgotten. Whoever sends the second one, with the cookie
// of that answer in it, hears what we send there.
bool Connection::Impl::passesCookie(const HandshakeMessage& message, const ClientHello& hello, bool dtls13) {
  if ((dtls13 ? hello.cookie13 : hello.cookie).empty() && message.sequence == 0) {
    Bytes answer = dtls13 ? dtls13::Server::retryRequest(config_, message, hello, *cookies_)
                          : dtls12::HelloVerifyRequest{cookies_->make12()}.serialize();
    // B10: more than came from there does not go there.
    if (answer.size() > message.body.size()) {
      refuse(Status::failure(AlertDescription::kIllegalParameter, "a ClientHello shorter than its answer"));
      return false;
    }
    if (dtls13) link_.records().settleVersion();
    link_.sendStateless(dtls13 ? HandshakeType::kServerHello : HandshakeType::kHelloVerifyRequest, std::move(answer));
    return false;
  }
  const auto retried = dtls13 ? cookies_->open13(hello) : std::nullopt;
  if (message.sequence != 1 || !(dtls13 ? retried.has_value() : cookies_->isValid12(hello))) {
    refuse(Status::failure(AlertDescription::kIllegalParameter, "the cookie is not ours", ErrorCode::kUnauthenticated));
    return false;
  }
  link_.beginAt(1);
  if (retried) {
    auto server = std::make_unique<dtls13::Server>(config_, link_);
    server->resume(*retried);
    handshake_ = std::move(server);
  }
  return true;
}

// Anyone can send a hello; ours may still come. So nothing is answered, nothing kept, and its message_seq is awaited
// again.
void Connection::Impl::refuse(const Status& status) {
  ++link_.stats().helloesRefused;
  drop();
  refusal_ = status.error().message();
  link_.reassembly().stepBack();
}

//     level(1) description(1)   RFC 5246 §7.2
void Connection::Impl::onAlert(const Record& record) {
  if (!handshake_ || !handshake_->committed() || record.payload.size() != 2) return drop();
  const auto level = static_cast<AlertLevel>(record.payload[0]);
  const auto alert = static_cast<AlertDescription>(record.payload[1]);
  if (alert == AlertDescription::kCloseNotify) {
    if (!record.authenticated) return drop();
    // RFC 5246 §7.2.1: answered with one of our own.
    return close();
  }
  const bool dtls13 = handshake_->negotiated().version == Version::kDtls13;
  // RFC 8446 §6: in 1.3 the level says nothing, and all but user_canceled end the connection.
  const bool fatal = dtls13 ? alert != AlertDescription::kUserCanceled : level == AlertLevel::kFatal;
  if (!fatal) return;
  const std::string text = "the peer sent the alert " + std::string(name(alert));
  if (!record.authenticated) {
    // In the clear anyone can say it: the handshake goes on, and if it comes to nothing, the time-out tells of this.
    ++link_.stats().messagesPassedOver;
    if (!passedOver_) passedOver_ = Status::failure(AlertDescription::kUserCanceled, text, ErrorCode::kOperationError);
    return drop();
  }
  link_.stopTimer();
  emit(Failed{Error(ErrorCode::kOperationError, "DTLS: " + text)});
  enter(State::kFailed);
}

void Connection::Impl::onAck(TimePoint now, const Record& record) {
  // In the clear anyone could end our retransmissions by one.
  if (!record.authenticated || !handshake_ || handshake_->negotiated().version != Version::kDtls13) return drop();
  if (Status status = handshake_->takeAck(now, record); !status) fail(status);
}

void Connection::Impl::onApplicationData(TimePoint now, const Record& record, PacketBuffer& datagram, bool last) {
  if (!record.authenticated || !handshake_ || record.number.epoch < handshake_->applicationEpoch()) return drop();
  handshake_->noteApplicationRecord(now, record.number.epoch);
  PacketBuffer data;
  if (last) {
    datagram.trimFront(static_cast<size_t>(record.payload.data() - datagram.data()));
    datagram.trimBack(datagram.size() - record.payload.size());
    data = std::move(datagram);
  } else {
    data = link_.pool().copy(record.payload);
  }
  if (!data) return drop();
  if (state_ == State::kConnected) return emit(ApplicationData{std::move(data)});
  if (undelivered_.size() >= kMaxUndelivered) return drop();
  undelivered_.push_back(std::move(data));
}

void Connection::Impl::checkFingerprint() {
  if (verified_ || !fingerprints_ || !handshake_ || !isOpen()) return;
  const auto& certificate = handshake_->negotiated().remoteCertificate;
  if (!certificate) return;
  if (!crypto::matchesFingerprint(certificate->der(), *fingerprints_)) {
    return fail(mismatch());
  }
  verified_ = true;
}

void Connection::Impl::completeIfDone() {
  if (!handshake_ || state_ != State::kConnecting || !handshake_->complete()) return;
  if (!announced_) {
    announced_ = true;
    deadline_ = TimePoint::never();  // what is missing now is the description's fingerprint, and not the peer's doing
    link_.records().refusePlaintext();
  }
  if (!verified_) return;
  exportSrtpKeys();
  enter(State::kConnected);
  for (PacketBuffer& each : undelivered_) emit(ApplicationData{std::move(each)});
  undelivered_.clear();
}

//     client_write_SRTP_master_key | server_… | client_write_SRTP_master_salt | server_…   (RFC 5764 §4.2)
void Connection::Impl::exportSrtpKeys() {
  const auto profile = handshake_->negotiated().srtpProfile;
  if (!profile) return;
  const size_t key = crypto::keySize(*profile);
  const size_t salt = crypto::saltSize(*profile);
  const auto material = handshake_->exportKeyingMaterial("EXTRACTOR-dtls_srtp", 2 * (key + salt));
  ByteReader reader(material.view());
  const ByteView clientKey = reader.view(key), serverKey = reader.view(key);
  const ByteView clientSalt = reader.view(salt), serverSalt = reader.view(salt);
  const bool client = config_.role == Role::kClient;
  crypto::SrtpKeys keys;
  keys.profile = *profile;
  keys.localKey = crypto::SecretBytes(client ? clientKey : serverKey);
  keys.localSalt = crypto::SecretBytes(client ? clientSalt : serverSalt);
  keys.remoteKey = crypto::SecretBytes(client ? serverKey : clientKey);
  keys.remoteSalt = crypto::SecretBytes(client ? serverSalt : clientSalt);
  emit(KeysExported{std::move(keys)});
}

void Connection::Impl::handleTimeout(TimePoint now) {
  if (!isOpen()) return;
  if (now >= deadline_) {
    deadline_ = TimePoint::never();
    if (passedOver_) return fail(*passedOver_);
    const std::string why =
        refusal_.empty() ? "the handshake took too long" : "no handshake; the last hello: " + refusal_;
    return fail(Status::failure(AlertDescription::kUserCanceled, why, ErrorCode::kTimeout));
  }
  if (handshake_ && now >= link_.nextTimeout()) handshake_->flightUnanswered();  // and may be another one now
  link_.handleTimeout(now);
  if (handshake_) handshake_->handleTimeout(now);
}

TimePoint Connection::Impl::nextTimeout() const {
  if (!isOpen()) return TimePoint::never();
  const TimePoint next = earlier(deadline_, link_.nextTimeout());
  return handshake_ ? earlier(next, handshake_->nextTimeout()) : next;
}

std::optional<Event> Connection::Impl::pollEvent() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

Result<void> Connection::Impl::mayWrite(TimePoint now, bool early) {
  if (early && !takesEarlyData()) {
    return {ErrorCode::kInvalidStateError, "DTLS has no keys yet that may be used early"};
  }
  if (!early && state_ != State::kConnected) return {ErrorCode::kInvalidStateError, "DTLS is not connected"};
  if (!handshake_->mayWrite(now)) return {ErrorCode::kLimit, "the keys are worn out, and the peer takes no new ones"};
  return {};
}

Result<void> Connection::Impl::send(TimePoint now, ByteView data, bool early) {
  if (Result<void> may = mayWrite(now, early); !may) return may;
  if (link_.send(ContentType::kApplicationData, data)) return {};
  return {ErrorCode::kLimit, kDoesNotFit};
}

Result<void> Connection::Impl::send(TimePoint now, PacketBuffer data, bool early) {
  if (Result<void> may = mayWrite(now, early); !may) return may;
  if (link_.send(std::move(data))) return {};
  return {ErrorCode::kLimit, kDoesNotFit};
}

Result<void> Connection::Impl::updateKeys(TimePoint now, bool peerToo) {
  if (state_ != State::kConnected) return {ErrorCode::kInvalidStateError, "DTLS is not connected"};
  return handshake_->updateKeys(now, peerToo);
}

void Connection::Impl::close() {
  if (state_ == State::kClosed || state_ == State::kFailed) return;
  if (handshake_ && handshake_->committed()) link_.sendAlert(AlertLevel::kWarning, AlertDescription::kCloseNotify);
  link_.stopTimer();
  enter(State::kClosed);
}

Result<crypto::SecretBytes> Connection::Impl::exportKeyingMaterial(std::string_view label, size_t size) const {
  if (state_ != State::kConnected) return {ErrorCode::kInvalidStateError, "DTLS is not connected"};
  return handshake_->exportKeyingMaterial(label, size);
}

void Connection::Impl::fail(const Status& status) {
  link_.sendAlert(AlertLevel::kFatal, status.alert());
  link_.stopTimer();
  emit(Failed{status.error()});
  enter(State::kFailed);
}

void Connection::Impl::enter(State next) {
  state_ = next;
  if (!isOpen()) {
    early_.clear();
    undelivered_.clear();
    link_.records().dropAllKeys();
    if (handshake_) handshake_->forgetKeys();
  }
  events_.push_back(StateChanged{next});
}

void Connection::Impl::emit(Event event) {
  if (std::holds_alternative<ApplicationData>(event) && events_.size() >= kMaxEvents) return drop();
  events_.push_back(std::move(event));
}

}  // namespace tincan::inline v0::dtls
