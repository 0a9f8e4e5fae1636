#pragma once

#include "base/bytes.h"
#include "crypto/hash.h"
#include "crypto/secret.h"
#include "dtls/cipher_suite.h"
#include "dtls/handshake/message.h"
#include "dtls/protocol.h"
#include "dtls/record/record_cipher.h"

namespace tincan::inline v0::dtls::dtls12 {

/// All handshake messages so far, as they are: which hash will be needed is known only after the ServerHello, and
/// CertificateVerify may use yet another (RFC 5246 §7.4.8).
class Transcript {
 public:
  void add(const HandshakeMessage& message) {
    const Bytes bytes = message.transcript12();
    messages_.insert(messages_.end(), bytes.begin(), bytes.end());
  }
  crypto::Digest digest(crypto::HashAlgorithm algorithm) const { return crypto::hash(algorithm, messages_); }
  ByteView messages() const { return messages_; }
  void clear() { messages_ = Bytes(); }

 private:
  Bytes messages_;
};

struct KeyBlock {
  RecordKeys client;
  RecordKeys server;
};

/// RFC 5246 §8.1: 48 bytes, of the randoms alone. For peers without RFC 7627.
crypto::SecretBytes masterSecret(const CipherSuite& suite, ByteView premaster, const Random& client,
                                 const Random& server);
/// RFC 7627 §4: 48 bytes, bound to all messages up to ClientKeyExchange.
crypto::SecretBytes extendedMasterSecret(const CipherSuite& suite, ByteView premaster, ByteView sessionHash);
/// RFC 5246 §6.3.
KeyBlock deriveKeys(const CipherSuite& suite, ByteView master, const Random& client, const Random& server);
/// RFC 5246 §7.4.9: 12 bytes.
Bytes verifyData(const CipherSuite& suite, ByteView master, Role sender, ByteView transcriptHash);
/// RFC 5705 §4, without a context.
crypto::SecretBytes exportKeys(const CipherSuite& suite, ByteView master, const Random& client, const Random& server,
                               std::string_view label, size_t size);

}  // namespace tincan::inline v0::dtls::dtls12
