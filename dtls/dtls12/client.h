#pragma once

#include "dtls/dtls12/handshake12.h"
#include "dtls/handshake/client_hello.h"

namespace tincan::inline v0::dtls::dtls12 {

/// The client of DTLS 1.2. Its flow is drawn atop client.cc.
class Client final : public Handshake12 {
 public:
  /// `hello` was sent already, as `message`.
  Client(const Config& config, Link& link, ClientHello hello, const HandshakeMessage& message);

  /// The ClientHello of a client that speaks 1.2 and no more; one for both versions is this one with more in it.
  static ClientHello makeHello(const Config& config, RandomSource& random);

  Status handle(TimePoint now, const HandshakeMessage& message) override;
  bool endsFlight(HandshakeType type) const override;
  void noteRepeated(TimePoint now, const FragmentHeader& header, ByteView body) override;
  /// When what came in the clear contradicts itself: begins anew behind the hello that was sent, with the next ServerHello
  /// that comes.
  void flightUnanswered() override;

 private:
  enum class State : uint8_t {
    kAwaitServerHello,
    kAwaitCertificate,
    kAwaitServerKeyExchange,
    kAwaitCertificateRequest,
    kAwaitServerHelloDone,
    kAwaitFinished,
    kConnected,
  };
  void transition(State next) { state_ = next; }

  Status take(TimePoint now, const HandshakeMessage& message);
  Status onHelloVerifyRequest(TimePoint now, const HandshakeMessage& message);
  Status onServerHello(const HandshakeMessage& message);
  Status checkExtensions(const std::vector<uint16_t>& types) const;
  Status onCertificate(const HandshakeMessage& message);
  Status onServerKeyExchange(const HandshakeMessage& message);
  Status onCertificateRequest(const HandshakeMessage& message);
  Status onServerHelloDone(TimePoint now, const HandshakeMessage& message);
  Status onFinished(const HandshakeMessage& message);

  State state_ = State::kAwaitServerHello;
  ClientHello hello_;
  bool verified_ = false;
  HandshakeMessage helloMessage_;  // the last one sent
  bool contradicted_ = false;
  std::vector<HandshakeMessage> taken_;  // of the server's flight, in the clear
  Bytes serverPoint_;
  std::optional<crypto::SignatureScheme> scheme_;
};

}  // namespace tincan::inline v0::dtls::dtls12
