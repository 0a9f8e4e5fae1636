#include "dtls/dtls12/keys.h"

#include "crypto/prf.h"

namespace tincan::inline v0::dtls::dtls12 {
namespace {

constexpr size_t kMasterSize = 48;
constexpr size_t kVerifyDataSize = 12;

// RFC 5288 §3: a salt of 4 bytes, the rest is in the record. RFC 7905 §2: all 12.
size_t ivSize(crypto::AeadAlgorithm aead) {
  return aead == crypto::AeadAlgorithm::kChaCha20Poly1305 ? 12 : 4;
}

}  // namespace

crypto::SecretBytes masterSecret(const CipherSuite& suite, ByteView premaster, const Random& client,
                                 const Random& server) {
  return crypto::tls12Prf(suite.hash, premaster, "master secret", client, server, kMasterSize);
}

crypto::SecretBytes extendedMasterSecret(const CipherSuite& suite, ByteView premaster, ByteView sessionHash) {
  return crypto::tls12Prf(suite.hash, premaster, "extended master secret", sessionHash, {}, kMasterSize);
}

//     client_write_key | server_write_key | client_write_IV | server_write_IV
KeyBlock deriveKeys(const CipherSuite& suite, ByteView master, const Random& client, const Random& server) {
  const size_t key = crypto::keySize(suite.aead);
  const size_t iv = ivSize(suite.aead);
  const auto block = crypto::tls12Prf(suite.hash, master, "key expansion", server, client, 2 * (key + iv));
  ByteReader reader(block.view());
  KeyBlock out;
  out.client.aead = out.server.aead = suite.aead;
  out.client.key = crypto::SecretBytes(reader.view(key));
  out.server.key = crypto::SecretBytes(reader.view(key));
  out.client.iv = crypto::SecretBytes(reader.view(iv));
  out.server.iv = crypto::SecretBytes(reader.view(iv));
  return out;
}

Bytes verifyData(const CipherSuite& suite, ByteView master, Role sender, ByteView transcriptHash) {
  const std::string_view label = sender == Role::kClient ? "client finished" : "server finished";
  return toBytes(crypto::tls12Prf(suite.hash, master, label, transcriptHash, {}, kVerifyDataSize).view());
}

crypto::SecretBytes exportKeys(const CipherSuite& suite, ByteView master, const Random& client, const Random& server,
                               std::string_view label, size_t size) {
  return crypto::tls12Prf(suite.hash, master, label, client, server, size);
}

}  // namespace tincan::inline v0::dtls::dtls12
