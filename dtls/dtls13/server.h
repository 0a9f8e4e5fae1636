#pragma once

#include "base/boxed.h"
#include "dtls/dtls13/handshake13.h"
#include "dtls/handshake/client_hello.h"
#include "dtls/handshake/cookie_exchange.h"

namespace tincan::inline v0::dtls::dtls13 {

/// The server of DTLS 1.3. Its flow is drawn atop server.cc.
class Server final : public Handshake13 {
 public:
  Server(const Config& config, Link& link) : Handshake13(config, link) { negotiated_.version = Version::kDtls13; }

  /// Why this server would have no handshake with that client; success when it would. Asked before anything is kept or
  /// sent, so that a hello that is not our peer's does no harm.
  static Status judge(const Config& config, const ClientHello& hello);

  /// The HelloRetryRequest that answers a first hello without keeping anything of it. Judged before.
  static Bytes retryRequest(const Config& config, const HandshakeMessage& message, const ClientHello& hello,
                            const CookieExchange& cookies);
  /// The hello that handle() is given next is the second one, and its cookie says this.
  void resume(Retried retried) { retried_ = std::move(retried); }

  Status handle(TimePoint now, const HandshakeMessage& message) override;
  bool endsFlight(HandshakeType type) const override;
  bool committed() const override { return state_ != State::kAwaitClientHello; }
  bool maySendEarly() const override { return state_ >= State::kAwaitCertificate && link_.writeEpoch() != 0; }

 private:
  enum class State : uint8_t {
    kAwaitClientHello,
    kAwaitSecondHello,
    kAwaitCertificate,
    kAwaitCertificateVerify,
    kAwaitFinished,
    kConnected,
  };
  struct Choice;
  static Status choose(const Config& config, const ClientHello& hello, Choice& out);
  void transition(State next) { state_ = next; }

  Status onClientHello(TimePoint now, const HandshakeMessage& message);
  Status onSecondHello(TimePoint now, const HandshakeMessage& message);
  Status checkSecondHello(const ClientHello& hello) const;
  Status takeUp(const ClientHello& hello, const Choice& choice);
  void sendRetryRequest(TimePoint now, const HandshakeMessage& message, const Choice& choice);
  Status sendFlight(TimePoint now, const HandshakeMessage& message, const Choice& choice);
  Status onFinished(const HandshakeMessage& message);

  State state_ = State::kAwaitClientHello;
  Boxed<ClientHello> firstHello_;                 // while the second is awaited
  std::optional<crypto::NamedGroup> retryGroup_;  // that we asked a share for
  std::optional<Retried> retried_;                // by a cookie that came back
};

}  // namespace tincan::inline v0::dtls::dtls13
