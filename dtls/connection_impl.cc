#include "dtls/connection_impl.h"

#include <utility>

#include "dtls/srtp_keys.h"

//   datagram -> RecordLayer::read -+-> handshake: Handshaker -> Handshake::handle -> Link (flights, keys)
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

}  // namespace

Connection::Impl::Impl(Config config, RandomSource& random, PacketPool& pool)
    : config_(std::move(config)), link_(config_, random, pool), handshaker_(config_, link_, peer_) {}

void Connection::Impl::setRemoteFingerprints(std::vector<crypto::Fingerprint> fingerprints) {
  if (peer_.verified()) return;
  peer_.setFingerprints(std::move(fingerprints));
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
  if (Status status = handshaker_.start(now); !status) fail(status);
}

void Connection::Impl::receive(TimePoint now, PacketBuffer datagram) {
  ++link_.stats().datagramsReceived;
  link_.stats().bytesReceived += datagram.size();
  process(now, std::move(datagram));
  releaseEarly(now);
  if (handshake() && isOpen()) handshake()->afterDatagram(now);
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
        const bool wanted = handshake() && !handshake()->complete() && early_.size() < kMaxEarly;
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
  const bool dtls13 = handshake() && handshake()->negotiated().version == Version::kDtls13;
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
  if (Status status = handshaker_.takeRecord(now, record); !status) return fail(status);
  while (isOpen()) {
    const auto status = handshaker_.takeMessage(now);
    if (!status) break;
    if (!*status) return fail(*status);
    checkFingerprint();
    completeIfDone();
  }
}

//     level(1) description(1)   RFC 5246 §7.2
void Connection::Impl::onAlert(const Record& record) {
  if (!handshake() || !handshake()->committed() || record.payload.size() != 2) return drop();
  const auto level = static_cast<AlertLevel>(record.payload[0]);
  const auto alert = static_cast<AlertDescription>(record.payload[1]);
  if (alert == AlertDescription::kCloseNotify) {
    if (!record.authenticated) return drop();
    // RFC 5246 §7.2.1: answered with one of our own.
    return close();
  }
  const bool dtls13 = handshake()->negotiated().version == Version::kDtls13;
  // RFC 8446 §6: in 1.3 the level says nothing, and all but user_canceled end the connection.
  const bool fatal = dtls13 ? alert != AlertDescription::kUserCanceled : level == AlertLevel::kFatal;
  if (!fatal) return;
  const std::string text = "the peer sent the alert " + std::string(name(alert));
  if (!record.authenticated) {
    // In the clear anyone can say it: the handshake goes on, and if it comes to nothing, the time-out tells of this.
    return handshaker_.passOver(Status::failure(AlertDescription::kUserCanceled, text, ErrorCode::kOperationError));
  }
  link_.stopTimer();
  emit(Failed{Error(ErrorCode::kOperationError, "DTLS: " + text)});
  enter(State::kFailed);
}

void Connection::Impl::onAck(TimePoint now, const Record& record) {
  // In the clear anyone could end our retransmissions by one.
  if (!record.authenticated || !handshake() || handshake()->negotiated().version != Version::kDtls13) return drop();
  if (Status status = handshake()->takeAck(now, record); !status) fail(status);
}

void Connection::Impl::onApplicationData(TimePoint now, const Record& record, PacketBuffer& datagram, bool last) {
  // What is in the clear is of epoch 0, and so of none that has application data.
  if (!handshake() || record.number.epoch < handshake()->applicationEpoch()) return drop();
  handshake()->noteApplicationRecord(now, record.number.epoch);
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
  if (!handshake() || !isOpen()) return;
  if (Status status = peer_.check(handshake()->negotiated()); !status) fail(status);
}

void Connection::Impl::completeIfDone() {
  if (!handshake() || state_ != State::kConnecting || !handshake()->complete()) return;
  if (!announced_) {
    announced_ = true;
    deadline_ = TimePoint::never();  // what is missing now is the description's fingerprint, and not the peer's doing
    link_.records().refusePlaintext();
  }
  if (!peer_.verified()) return;
  if (auto keys = exportSrtpKeys(*handshake(), config_.role)) emit(KeysExported{std::move(*keys)});
  enter(State::kConnected);
  for (PacketBuffer& each : undelivered_) emit(ApplicationData{std::move(each)});
  undelivered_.clear();
}

void Connection::Impl::handleTimeout(TimePoint now) {
  if (!isOpen()) return;
  if (now >= deadline_) {
    deadline_ = TimePoint::never();
    return fail(handshaker_.timedOut());
  }
  if (handshake() && now >= link_.nextTimeout()) handshake()->flightUnanswered();  // and may be another one now
  link_.handleTimeout(now);
  if (handshake()) handshake()->handleTimeout(now);
}

TimePoint Connection::Impl::nextTimeout() const {
  if (!isOpen()) return TimePoint::never();
  const TimePoint next = earlier(deadline_, link_.nextTimeout());
  return handshake() ? earlier(next, handshake()->nextTimeout()) : next;
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
  if (!handshake()->mayWrite(now)) return {ErrorCode::kLimit, "the keys are worn out, and the peer takes no new ones"};
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
  return handshake()->updateKeys(now, peerToo);
}

void Connection::Impl::close() {
  if (state_ == State::kClosed || state_ == State::kFailed) return;
  if (handshake() && handshake()->committed()) link_.sendAlert(AlertLevel::kWarning, AlertDescription::kCloseNotify);
  link_.stopTimer();
  enter(State::kClosed);
}

Result<crypto::SecretBytes> Connection::Impl::exportKeyingMaterial(std::string_view label, size_t size) const {
  if (state_ != State::kConnected) return {ErrorCode::kInvalidStateError, "DTLS is not connected"};
  return handshake()->exportKeyingMaterial(label, size);
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
    if (handshake()) handshake()->forgetKeys();
  }
  events_.push_back(StateChanged{next});
}

void Connection::Impl::emit(Event event) {
  if (std::holds_alternative<ApplicationData>(event) && events_.size() >= kMaxEvents) return drop();
  events_.push_back(std::move(event));
}

}  // namespace tincan::inline v0::dtls
