#pragma once

#include "crypto/secret.h"
#include "dtls/dtls12/keys.h"
#include "dtls/handshake/handshake.h"
#include "dtls/link.h"

namespace tincan::inline v0::dtls::dtls12 {

/// What client and server of DTLS 1.2 share: the transcript, the master secret, Finished, the exporter.
class Handshake12 : public Handshake {
 public:
  bool complete() const override { return complete_; }
  uint64_t applicationEpoch() const override { return 1; }
  crypto::SecretBytes exportKeyingMaterial(std::string_view label, size_t size) const override;
  void forgetKeys() override;

 protected:
  Handshake12(const Config& config, Link& link) : config_(config), link_(link) {
    negotiated_.version = Version::kDtls12;
  }

  /// Adds to the flight and the transcript.
  void send(HandshakeType type, Bytes body);
  /// Master secret and the keys of epoch 1, from the transcript up to ClientKeyExchange.
  void makeKeys(ByteView premaster);
  void sendChangeCipherSpecAndFinished();
  /// Checks the peer's Finished against the transcript before it, and adds it.
  Status takeFinished(const HandshakeMessage& message);
  Status takeCertificates(const HandshakeMessage& message);
  /// `signedBytes` under `scheme` by the peer's certificate.
  Status checkSignature(uint16_t scheme, ByteView signedBytes, ByteView signature) const;
  void finish();
  static Status unexpected(const HandshakeMessage& message);
  /// Of a peer ("client", "server") that lacks extended_master_secret, where Config does not allow for it.
  static Status noExtendedMasterSecret(std::string_view peer);

  const Config& config_;
  Link& link_;
  Transcript transcript_;
  Random clientRandom_{};
  Random serverRandom_{};
  crypto::SecretBytes master_;
  bool extended_ = true;  // both sides have extended_master_secret
  std::optional<crypto::KeyExchange> ephemeral_;
  bool complete_ = false;
};

}  // namespace tincan::inline v0::dtls::dtls12
