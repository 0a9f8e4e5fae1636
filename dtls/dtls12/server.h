#pragma once

#include "dtls/dtls12/handshake12.h"
#include "dtls/handshake/client_hello.h"

namespace tincan::inline v0::dtls::dtls12 {

/// The server of DTLS 1.2. Its flow is drawn atop server.cc. With a cookie exchange it begins behind that: the first hello
/// and the HelloVerifyRequest are in no transcript (RFC 6347 §4.2.1).
class Server final : public Handshake12 {
 public:
  Server(const Config& config, Link& link);

  /// Why this server would have no handshake with that client; success when it would. Asked before anything is kept or
  /// sent, so that a hello that is not our peer's does no harm.
  static Status judge(const Config& config, const ClientHello& hello);

  Status handle(TimePoint now, const HandshakeMessage& message) override;
  bool endsFlight(HandshakeType type) const override;
  void noteRepeated(TimePoint now, const FragmentHeader& header, ByteView body) override;
  bool committed() const override { return state_ != State::kAwaitClientHello; }

 private:
  enum class State : uint8_t {
    kAwaitClientHello,
    kAwaitCertificate,
    kAwaitClientKeyExchange,
    kAwaitCertificateVerify,
    kAwaitFinished,
    kConnected,
  };
  struct Choice;
  static Status choose(const Config& config, const ClientHello& hello, Choice& out);
  void transition(State next) { state_ = next; }

  Status onClientHello(TimePoint now, const HandshakeMessage& message);
  Status sendFlight4(TimePoint now, const ClientHello& hello, const Choice& choice);
  Status onCertificate(const HandshakeMessage& message);
  Status onClientKeyExchange(const HandshakeMessage& message);
  Status onCertificateVerify(const HandshakeMessage& message);
  Status onFinished(TimePoint now, const HandshakeMessage& message);

  State state_ = State::kAwaitClientHello;
  // The client's key share is only believed once its signature over all before it is right. Before that the newest one
  // counts: the genuine one has such a signature behind it.
  HandshakeMessage keyExchange_;
  Transcript beforeKeyExchange_;
};

}  // namespace tincan::inline v0::dtls::dtls12
