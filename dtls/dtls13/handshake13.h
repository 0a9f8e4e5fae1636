#pragma once

#include <optional>

#include "crypto/key_exchange.h"
#include "dtls/dtls13/ack.h"
#include "dtls/dtls13/key_schedule.h"
#include "dtls/dtls13/key_update.h"
#include "dtls/dtls13/transcript.h"
#include "dtls/handshake/handshake.h"
#include "dtls/link.h"

namespace tincan::inline v0::dtls::dtls13 {

constexpr uint64_t kHandshakeEpoch = 2;    // RFC 9147 §6.1
constexpr uint64_t kApplicationEpoch = 3;  // RFC 9147 §6.1: the first of them

/// What client and server of DTLS 1.3 share: transcript, keys, authentication, ACKs, and life after the handshake.
class Handshake13 : public Handshake {
 public:
  bool complete() const override { return complete_; }
  uint64_t applicationEpoch() const override { return kApplicationEpoch; }
  crypto::SecretBytes exportKeyingMaterial(std::string_view label, size_t size) const override;
  void forgetKeys() override;

  void noteHandshakeRecord(TimePoint now, const Record& record, bool news) override;
  void noteApplicationRecord(TimePoint now, uint64_t epoch) override;
  void afterDatagram(TimePoint now) override;
  Status takeAck(TimePoint now, const Record& record) override;
  Result<void> updateKeys(TimePoint now, bool peerToo) override;
  bool mayWrite(TimePoint now) override;
  void handleTimeout(TimePoint now) override;
  TimePoint nextTimeout() const override {
    return proven_ ? earlier(acks_.deadline(), updates_.nextTimeout()) : TimePoint::never();
  }

 protected:
  Handshake13(const Config& config, Link& link);

  /// Adds to the flight and the transcript.
  void send(HandshakeType type, uint64_t epoch, Bytes body);
  /// Keys of epoch 2, from the transcript up to ServerHello, which is its end.
  void makeHandshakeKeys(ByteView sharedSecret);
  /// Secrets of epoch 3, from the transcript up to the server's Finished; and the keys that we write under.
  void makeApplicationKeys();
  void readApplicationKeys();
  /// Certificate and CertificateVerify, ours.
  Status sendAuthentication(crypto::SignatureScheme scheme);
  void sendFinished();
  /// The peer's. Each is added to the transcript when it is right.
  Status takeCertificates(const HandshakeMessage& message);
  Status takeCertificateVerify(const HandshakeMessage& message);
  Status takeFinished(const HandshakeMessage& message);
  void finish();
  /// The peer has spoken under keys of this handshake.
  bool proven() const { return proven_; }
  /// A message that may come once all is settled.
  Status takeKeyUpdate(TimePoint now, const HandshakeMessage& message);
  static Status unexpected(const HandshakeMessage& message);

  const Config& config_;
  Link& link_;
  const Role peer_;
  Transcript transcript_;
  Random clientRandom_{};
  std::optional<crypto::KeyExchange> ephemeral_;
  AckState acks_;

 private:
  void logSecret(std::string_view label, const crypto::SecretBytes& secret);
  void sendAck();

  std::optional<KeySchedule> schedule_;
  KeyUpdate updates_;
  bool complete_ = false;
  bool proven_ = false;
};

}  // namespace tincan::inline v0::dtls::dtls13
