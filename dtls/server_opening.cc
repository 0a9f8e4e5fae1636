#include "dtls/server_opening.h"

#include <utility>

#include "dtls/dtls12/messages.h"
#include "dtls/dtls12/server.h"
#include "dtls/dtls13/server.h"

namespace tincan::inline v0::dtls {

void ServerOpening::askForCookies() {
  cookies_.emplace(link_.random());
  link_.reassembly().open();
}

std::unique_ptr<Handshake> ServerOpening::begin(const HandshakeMessage& message) {
  ClientHello hello;
  if (Status status = judge(message, hello); !status) {
    refuse(status);
    return nullptr;
  }
  std::optional<Retried> retried;
  if (cookies_ && !passesCookie(message, hello, retried)) return nullptr;
  if (!isOf13(hello)) return std::make_unique<dtls12::Server>(config_, link_);
  auto server = std::make_unique<dtls13::Server>(config_, link_);
  if (retried) server->resume(std::move(*retried));
  return server;
}

Status ServerOpening::judge(const HandshakeMessage& message, ClientHello& hello) const {
  if (message.type != HandshakeType::kClientHello) {
    return Status::failure(AlertDescription::kUnexpectedMessage, "a handshake begins with ClientHello");
  }
  if (Status status = ClientHello::parse(message.body, hello); !status) return status;
  if (isOf13(hello)) return dtls13::Server::judge(config_, hello);
  if (config_.minVersion == Version::kDtls13) {
    return Status::failure(AlertDescription::kProtocolVersion, "the client does not speak DTLS 1.3",
                           ErrorCode::kUnsupported);
  }
  return dtls12::Server::judge(config_, hello);
}

// A first hello is answered and forgotten. Whoever sends the second one, with the cookie of that answer in it, hears what
// we send there.
bool ServerOpening::passesCookie(const HandshakeMessage& message, const ClientHello& hello,
                                 std::optional<Retried>& retried) {
  const bool dtls13 = isOf13(hello);
  if ((dtls13 ? hello.cookie13 : hello.cookie).empty() && message.sequence == 0) {
    answerFirst(message, hello, dtls13);
    return false;
  }
  if (dtls13) retried = cookies_->open13(hello);
  if (message.sequence != 1 || !(dtls13 ? retried.has_value() : cookies_->isValid12(hello))) {
    refuse(Status::failure(AlertDescription::kIllegalParameter, "the cookie is not ours", ErrorCode::kUnauthenticated));
    return false;
  }
  link_.beginAt(1);
  return true;
}

void ServerOpening::answerFirst(const HandshakeMessage& message, const ClientHello& hello, bool dtls13) {
  Bytes answer = dtls13 ? dtls13::Server::retryRequest(config_, message, hello, *cookies_)
                        : dtls12::HelloVerifyRequest{cookies_->make12()}.serialize();
  // B10: more than came from there does not go there.
  if (answer.size() > message.body.size()) {
    return refuse(Status::failure(AlertDescription::kIllegalParameter, "a ClientHello shorter than its answer"));
  }
  if (dtls13) link_.records().settleVersion();
  link_.sendStateless(dtls13 ? HandshakeType::kServerHello : HandshakeType::kHelloVerifyRequest, std::move(answer));
}

void ServerOpening::settle(uint16_t sequence) {
  if (!cookies_) return;
  cookies_.reset();
  link_.reassembly().settle(sequence);
}

void ServerOpening::refuse(const Status& status) {
  ++link_.stats().helloesRefused;
  ++link_.stats().recordsDropped;
  refusal_ = status.error().message();
  link_.reassembly().stepBack();
}

}  // namespace tincan::inline v0::dtls
