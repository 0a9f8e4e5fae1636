#pragma once

#include <memory>
#include <vector>

#include "dtls/dtls13/handshake13.h"
#include "dtls/handshake/client_hello.h"
#include "dtls/handshake/server_hello.h"

namespace tincan::inline v0::dtls::dtls13 {

/// The client of DTLS 1.3. Its flow is drawn atop client.cc. Its hello may offer 1.2 too; when the server takes that,
/// the Connection goes on with a client of 1.2 and the same hello.
class Client final : public Handshake13 {
 public:
  Client(const Config& config, Link& link) : Handshake13(config, link) {}

  /// Sends the ClientHello.
  Status start(TimePoint now);
  /// Whether a server that speaks no 1.3 said this to our hello.
  static bool isAnswerOf12(const HandshakeMessage& message);
  const ClientHello& hello() const { return opening_->hello; }
  const HandshakeMessage& helloMessage() const { return opening_->helloMessage; }

  Status handle(TimePoint now, const HandshakeMessage& message) override;
  bool endsFlight(HandshakeType type) const override;
  void noteRepeated(TimePoint now, const FragmentHeader& header, ByteView body) override;
  void flightUnanswered() override;

 private:
  enum class State : uint8_t {
    kAwaitServerHello,
    kAwaitEncryptedExtensions,
    kAwaitCertificateRequest,
    kAwaitCertificate,
    kAwaitCertificateVerify,
    kAwaitFinished,
    kConnected,
  };
  void transition(State next) { state_ = next; }

  Status makeShare(crypto::NamedGroup group);
  Status checkServerHello(const ServerHello& hello) const;
  Status onServerHello(TimePoint now, const HandshakeMessage& message);
  Status onRetryRequest(TimePoint now, const HandshakeMessage& message, const ServerHello& hello);
  void noteOtherRequest(const FragmentHeader& header, ByteView body);
  Status takeServerHello(TimePoint now, const HandshakeMessage& message, const ServerHello& hello);
  Status checkRetryRequest(const ServerHello& hello) const;
  Status answerRetryRequest(const HandshakeMessage& message, const ServerHello& hello);
  Status onEncryptedExtensions(const HandshakeMessage& message);
  Status onCertificateRequest(const HandshakeMessage& message);
  Status onFinished(TimePoint now, const HandshakeMessage& message);
  Status onConnected(TimePoint now, const HandshakeMessage& message);

  State state_ = State::kAwaitServerHello;
  /// What the hellos were. A KiB and more, and of no use behind them.
  struct Opening {
    ClientHello hello;
    HandshakeMessage helloMessage;
    std::optional<crypto::KeyExchange> firstShare;  // of the first hello, while another is in the second
    // A server that keeps no state answers a hello that somebody made up, too, and says so to us. So each of the first few
    // HelloRetryRequests may be the one that is meant for us: they are tried in turn, as long as no ServerHello comes.
    std::vector<HandshakeMessage> requests;
    size_t request = 0;
    // A ServerHello is only believed once a record under its keys is read. Before that the newest one counts: the genuine
    // one has such records behind it in its datagram.
    HandshakeMessage serverHello;
    Transcript beforeServerHello;
  };
  std::unique_ptr<Opening> opening_ = std::make_unique<Opening>();  // null once connected
  const CipherSuite* retrySuite_ = nullptr;                         // of the HelloRetryRequest, if there was one
  crypto::SignatureScheme scheme_ = crypto::SignatureScheme::kEcdsaP256Sha256;
};

}  // namespace tincan::inline v0::dtls::dtls13
