#include "dtls/dtls13/key_schedule.h"

#include "crypto/hash.h"
#include "crypto/prf.h"

namespace tincan::inline v0::dtls::dtls13 {

using crypto::hkdfExpandLabel;
using crypto::SecretBytes;

SecretBytes KeySchedule::deriveSecret(const SecretBytes& secret, std::string_view label, ByteView transcript) const {
  return hkdfExpandLabel(suite_->hash, secret.view(), label, transcript, crypto::digestSize(suite_->hash));
}

void KeySchedule::deriveHandshakeSecrets(ByteView sharedSecret, ByteView transcript) {
  const Bytes zeros(crypto::digestSize(suite_->hash));
  const crypto::Digest empty = crypto::hash(suite_->hash, {});
  const SecretBytes early = crypto::hkdfExtract(suite_->hash, zeros, zeros);
  const SecretBytes derived = deriveSecret(early, "derived", empty.view());
  handshakeSecret_ = crypto::hkdfExtract(suite_->hash, derived.view(), sharedSecret);
  handshake_.client = deriveSecret(handshakeSecret_, "c hs traffic", transcript);
  handshake_.server = deriveSecret(handshakeSecret_, "s hs traffic", transcript);
}

void KeySchedule::deriveApplicationSecrets(ByteView transcript) {
  const Bytes zeros(crypto::digestSize(suite_->hash));
  const crypto::Digest empty = crypto::hash(suite_->hash, {});
  const SecretBytes derived = deriveSecret(handshakeSecret_, "derived", empty.view());
  const SecretBytes master = crypto::hkdfExtract(suite_->hash, derived.view(), zeros);
  application_.client = deriveSecret(master, "c ap traffic", transcript);
  application_.server = deriveSecret(master, "s ap traffic", transcript);
  exporter_ = deriveSecret(master, "exp master", transcript);
  handshakeSecret_ = SecretBytes();
}

Bytes KeySchedule::finished(Role sender, ByteView transcript) const {
  const SecretBytes key = deriveSecret(handshake_.of(sender), "finished", {});
  return toBytes(crypto::hmac(suite_->hash, key.view(), transcript).view());
}

SecretBytes KeySchedule::exportKeyingMaterial(std::string_view label, size_t size) const {
  const crypto::Digest empty = crypto::hash(suite_->hash, {});
  const SecretBytes secret = deriveSecret(exporter_, label, empty.view());
  return hkdfExpandLabel(suite_->hash, secret.view(), "exporter", empty.view(), size);
}

RecordKeys recordKeys(const CipherSuite& suite, const SecretBytes& secret) {
  const size_t keySize = crypto::keySize(suite.aead);
  RecordKeys out;
  out.version = Version::kDtls13;
  out.aead = suite.aead;
  out.key = hkdfExpandLabel(suite.hash, secret.view(), "key", {}, keySize);
  out.iv = hkdfExpandLabel(suite.hash, secret.view(), "iv", {}, crypto::kAeadNonceSize);
  out.numberKey = hkdfExpandLabel(suite.hash, secret.view(), "sn", {}, keySize);
  return out;
}

SecretBytes nextSecret(const CipherSuite& suite, const SecretBytes& secret) {
  return hkdfExpandLabel(suite.hash, secret.view(), "traffic upd", {}, crypto::digestSize(suite.hash));
}

}  // namespace tincan::inline v0::dtls::dtls13
