#pragma once

#include <string_view>

#include "base/bytes.h"
#include "crypto/secret.h"
#include "dtls/cipher_suite.h"
#include "dtls/record/record_cipher.h"

namespace tincan::inline v0::dtls::dtls13 {

/// The two secrets of one stage, by who sends under them.
struct TrafficSecrets {
  crypto::SecretBytes client;
  crypto::SecretBytes server;
  const crypto::SecretBytes& of(Role sender) const { return sender == Role::kClient ? client : server; }
};

/// RFC 8446 §7.1 with DTLS's labels (RFC 9147 §5.9), without pre-shared keys. Owned by the handshake.
///
///     0 ─ Extract(0, 0) = early
///           │ "derived"
///           └ Extract(·, key exchange) = handshake
///               ├ "c hs traffic", "s hs traffic"           transcript to ServerHello: epoch 2
///               │ "derived"
///               └ Extract(·, 0) = master
///                   ├ "c ap traffic", "s ap traffic"       transcript to the server's Finished: epoch 3
///                   └ "exp master"                         the same transcript
class KeySchedule {
 public:
  explicit KeySchedule(const CipherSuite& suite) : suite_(&suite) {}

  /// `transcript`: of ClientHello to ServerHello.
  void deriveHandshakeSecrets(ByteView sharedSecret, ByteView transcript);
  /// `transcript`: of ClientHello to the server's Finished.
  void deriveApplicationSecrets(ByteView transcript);

  const CipherSuite& suite() const { return *suite_; }
  const TrafficSecrets& handshake() const { return handshake_; }
  const TrafficSecrets& application() const { return application_; }
  const crypto::SecretBytes& exporter() const { return exporter_; }

  /// The verify_data of a Finished (RFC 8446 §4.4.4).
  Bytes finished(Role sender, ByteView transcript) const;
  /// RFC 8446 §7.5, with an empty context.
  crypto::SecretBytes exportKeyingMaterial(std::string_view label, size_t size) const;
  /// Once all keys were made of them; the exporter stays.
  void forgetTraffic() { handshake_ = application_ = TrafficSecrets(); }

 private:
  crypto::SecretBytes deriveSecret(const crypto::SecretBytes& secret, std::string_view label,
                                   ByteView transcript) const;

  const CipherSuite* suite_;
  crypto::SecretBytes handshakeSecret_;
  TrafficSecrets handshake_;
  TrafficSecrets application_;
  crypto::SecretBytes exporter_;
};

/// RFC 8446 §7.3, and RFC 9147 §4.2.3 for the key that hides the numbers.
RecordKeys recordKeys(const CipherSuite& suite, const crypto::SecretBytes& secret);
/// RFC 8446 §7.2: application_traffic_secret_N+1.
crypto::SecretBytes nextSecret(const CipherSuite& suite, const crypto::SecretBytes& secret);

}  // namespace tincan::inline v0::dtls::dtls13
