#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/queue.h"
#include "dtls/connection.h"
#include "dtls/handshake/client_hello.h"
#include "dtls/handshake/cookie_exchange.h"
#include "dtls/handshake/handshake.h"
#include "dtls/link.h"

namespace tincan::inline v0::dtls {
namespace dtls13 {
class Client;
}

/// What a Connection is made of: the Link, and the handshake of the version that was settled on. It moves records
/// between the two, checks the fingerprint, and tells the owner what happened.
class Connection::Impl {
 public:
  Impl(Config config, RandomSource& random, PacketPool& pool);

  void setRemoteFingerprints(std::vector<crypto::Fingerprint> fingerprints);
  void start(TimePoint now);
  void receive(TimePoint now, PacketBuffer datagram);
  void handleTimeout(TimePoint now);
  void setRoundTripTime(Duration rtt) { link_.setRoundTripTime(rtt); }
  TimePoint nextTimeout() const;
  bool pollTransmit(PacketBuffer& out) { return link_.pollTransmit(out); }
  std::optional<Event> pollEvent();
  Result<void> send(TimePoint now, ByteView data, bool early);
  Result<void> send(TimePoint now, PacketBuffer data, bool early);
  bool takesEarlyData() const { return state_ == State::kConnecting && handshake_ && handshake_->maySendEarly(); }
  Result<void> updateKeys(TimePoint now, bool peerToo);
  void close();
  Result<crypto::SecretBytes> exportKeyingMaterial(std::string_view label, size_t size) const;

  State state() const { return state_; }
  const Negotiated* negotiated() const { return handshake_ ? &handshake_->negotiated() : nullptr; }
  const std::string& keyLog() const { return handshake_ ? handshake_->keyLog() : noLog_; }
  const Stats& stats() const { return link_.stats(); }
  /// The peer has spoken under keys of this handshake.
  bool isProven() const { return proven_; }
  /// A hello of somebody else's; counted here, and not taken.
  void noteForeignHello(size_t size);
  /// Takes the place of one that was not the peer's: its counters, its events that wait, its time-out.
  void succeed(Impl& other);

 private:
  bool isOpen() const { return state_ == State::kConnecting || state_ == State::kConnected; }
  void process(TimePoint now, PacketBuffer datagram);
  void releaseEarly(TimePoint now);
  void onRecord(TimePoint now, const Record& record, PacketBuffer& datagram, bool last);
  void startClient(TimePoint now);
  Status checkContent(const Record& record) const;
  void onHandshakeRecord(TimePoint now, const Record& record);
  /// False when the connection is over.
  bool takeFragments(TimePoint now, const Record& record);
  void onMessage(TimePoint now, const HandshakeMessage& message);
  void takeAnswerOf12(TimePoint now, const HandshakeMessage& message);
  Status checkPlainCertificate(const HandshakeMessage& message) const;
  void onRefusedMessage(const HandshakeMessage& message, const Status& status);
  void passOver(const Status& status);
  bool beginServer(const HandshakeMessage& message);
  bool passesCookie(const HandshakeMessage& message, const ClientHello& hello, bool dtls13);
  void refuse(const Status& status);
  void onAlert(const Record& record);
  void onAck(TimePoint now, const Record& record);
  void onApplicationData(TimePoint now, const Record& record, PacketBuffer& datagram, bool last);
  void checkFingerprint();
  Result<void> mayWrite(TimePoint now, bool early);
  void completeIfDone();
  void exportSrtpKeys();
  void drop() { ++link_.stats().recordsDropped; }
  void fail(const Status& status);
  void enter(State next);
  void emit(Event event);

  Config config_;
  Link link_;
  std::optional<CookieExchange> cookies_;  // servers, with Config::cookieExchange
  std::unique_ptr<Handshake> handshake_;
  dtls13::Client* offering_ = nullptr;  // handshake_, while the server may still choose 1.2
  State state_ = State::kNew;
  std::optional<std::vector<crypto::Fingerprint>> fingerprints_;
  bool verified_ = false;
  bool proven_ = false;
  bool announced_ = false;  // handshake complete, plaintext refused
  TimePoint deadline_ = TimePoint::never();
  std::string refusal_;
  std::optional<Status> passedOver_;  // the first of them, for the time-out
  std::string noLog_;
  std::vector<PacketBuffer> early_;        // records whose keys we do not have yet
  std::vector<PacketBuffer> undelivered_;  // application data from before we are connected
  Queue<Event> events_;
};

}  // namespace tincan::inline v0::dtls
