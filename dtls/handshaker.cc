#include "dtls/handshaker.h"

#include <string>
#include <utility>

#include "dtls/dtls12/client.h"
#include "dtls/dtls13/client.h"

namespace tincan::inline v0::dtls {

Status Handshaker::start(TimePoint now) {
  if (config_.role == Role::kServer) {
    if (config_.cookieExchange) opening_.askForCookies();
    return Status::success();
  }
  if (config_.maxVersion == Version::kDtls13) {
    auto client = std::make_unique<dtls13::Client>(config_, link_);
    dtls13::Client& offering = *client;
    if (config_.minVersion == Version::kDtls12) offering_ = &offering;
    handshake_ = std::move(client);
    return offering.start(now);
  }
  ClientHello hello = dtls12::Client::makeHello(config_, link_.random());
  link_.beginFlight();
  const HandshakeMessage& message = link_.add(HandshakeType::kClientHello, 0, hello.serialize());
  handshake_ = std::make_unique<dtls12::Client>(config_, link_, std::move(hello), message);
  link_.endFlight(now, true);
  return Status::success();
}

Status Handshaker::takeRecord(TimePoint now, const Record& record) {
  ByteReader reader(record.payload);
  bool all = !reader.atEnd(), news = false;
  while (!reader.atEnd()) {
    const FragmentHeader header = FragmentHeader::read(reader);
    const ByteView fragment = reader.view(header.fragmentLength);
    if (!reader.ok()) {
      drop();
      if (!record.authenticated) return Status::success();
      return Status::failure(AlertDescription::kDecodeError, "malformed handshake record");
    }
    switch (link_.reassembly().add(header, fragment, record.number.epoch)) {
      case Reassembly::Outcome::kTaken:
        link_.noteProgress();
        news = true;
        break;
      case Reassembly::Outcome::kRefused:
        drop();
        all = false;
        break;
      case Reassembly::Outcome::kOld: noteOld(now, record, header, fragment); break;
    }
  }
  if (all && handshake_) handshake_->noteHandshakeRecord(now, record, news);
  return Status::success();
}

void Handshaker::noteOld(TimePoint now, const Record& record, const FragmentHeader& header, ByteView fragment) {
  if (!handshake_) return;
  const bool lastMessage = header.sequence + 1 == link_.reassembly().nextSequence();
  const bool lastFragment = header.offset + header.fragmentLength == header.length;
  if (lastMessage && lastFragment && handshake_->endsFlight(header.type)) link_.peerRetransmitted(now);
  if (record.number.epoch == 0 && header.fragmentLength == header.length) {
    handshake_->noteRepeated(now, header, fragment);
  }
}

std::optional<Status> Handshaker::takeMessage(TimePoint now) {
  const auto message = link_.reassembly().next();
  if (!message) return std::nullopt;
  return take(now, *message);
}

Status Handshaker::take(TimePoint now, const HandshakeMessage& message) {
  const bool client12 =
      config_.role == Role::kClient && handshake_ && handshake_->negotiated().version == Version::kDtls12;
  if (client12 && message.epoch == 0 && message.type == HandshakeType::kHelloRequest) {
    // RFC 5246 §7.4.1.1: while we are negotiating anyway, it says nothing; nor may a forged one use a message_seq up.
    drop();
    link_.reassembly().stepOver();
    return Status::success();
  }
  if (offering_ != nullptr && dtls13::Client::isAnswerOf12(message)) return takeAnswerOf12(now, message);
  if (!handshake_ && !(handshake_ = opening_.begin(message))) return Status::success();
  if (Status status = peer_.checkPlain(message); !status) return refused(message, status);
  if (Status status = handshake_->handle(now, message); !status) return refused(message, status);
  opening_.settle(message.sequence);
  offering_ = nullptr;  // the server has answered, in 1.3
  return Status::success();
}

// We offered both, and the answer is of 1.2: the hello goes on as 1.2's, once that handshake takes the answer.
Status Handshaker::takeAnswerOf12(TimePoint now, const HandshakeMessage& message) {
  auto client = std::make_unique<dtls12::Client>(config_, link_, offering_->hello(), offering_->helloMessage());
  if (Status status = client->handle(now, message); !status) return refused(message, status);
  offering_ = nullptr;
  handshake_ = std::move(client);
  return Status::success();
}

// In the clear anyone can say it, and the genuine message may still come (RFC 9147 §4.5.2 and RFC 6347 §4.1.2.7 say the
// same of records). Under keys it was the peer, and our own failure is nobody's forgery.
Status Handshaker::refused(const HandshakeMessage& message, const Status& status) {
  if (message.epoch > 0 || status.alert() == AlertDescription::kInternalError) return status;
  if (!handshake_->committed()) {
    handshake_.reset();  // the genuine hello may be of the other version
    opening_.refuse(status);
  } else {
    passOver(status);
    link_.reassembly().stepBack();  // nothing was kept of the message
  }
  return Status::success();
}

// If the peer is the one who spoke, no better reason will come than the first.
void Handshaker::passOver(const Status& status) {
  drop();
  ++link_.stats().messagesPassedOver;
  if (!passedOver_) passedOver_ = status;
}

Status Handshaker::timedOut() const {
  if (passedOver_) return *passedOver_;
  const std::string& refusal = opening_.refusal();
  const std::string why = refusal.empty() ? "the handshake took too long" : "no handshake; the last hello: " + refusal;
  return Status::failure(AlertDescription::kUserCanceled, why, ErrorCode::kTimeout);
}

}  // namespace tincan::inline v0::dtls
