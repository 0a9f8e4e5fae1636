#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/secret.h"

struct evp_cipher_ctx_st;  // OpenSSL's EVP_CIPHER_CTX

namespace tincan::inline v0::crypto {

class MultiBuffer;
class PacketGcm;

enum class AeadAlgorithm : uint8_t { kAes128Gcm, kAes256Gcm, kChaCha20Poly1305 };

constexpr size_t kAeadNonceSize = 12;
constexpr size_t kAeadTagSize = 16;
size_t keySize(AeadAlgorithm algorithm);

/// One key, any number of messages, in place: the text is replaced and the tag (16 bytes) follows it (RFC 5116).
/// The caller answers for nonces that never repeat. libcrypto's contexts, a KiB for each direction, are made for each of the
/// first kFew messages, as a connection that is seldom used has no more for a while, and then kept; or `engine` takes over,
/// where there is one and the algorithm is GCM: its keys take more room, and each message a fraction of the time.
class Aead {
 public:
  static constexpr unsigned kFew = 64;

  Aead(AeadAlgorithm algorithm, ByteView key, MultiBuffer* engine = nullptr);
  Aead(Aead&& other) noexcept;
  Aead& operator=(Aead&& other) noexcept;
  ~Aead();

  /// Gives the contexts back; the key stays.
  void rest() const;
  /// Contexts are kept from the first message on: where many come, and none may ask for memory.
  void keep() { few_ = kFew; }

  /// Encrypts `text` in place and writes the tag.
  bool seal(ByteView nonce, ByteView aad, MutableByteView text, MutableByteView tag) const;
  /// Decrypts `text` in place; false when the tag does not match, and then `text` is not to be used.
  bool open(ByteView nonce, ByteView aad, MutableByteView text, ByteView tag) const;

 private:
  bool isBulk() const;
  void dropContexts() const;

  AeadAlgorithm algorithm_;
  SecretBytes key_;
  MultiBuffer* engine_;
  mutable unsigned few_ = 0;  // messages so far, up to kFew
  mutable std::unique_ptr<PacketGcm> bulk_;
  mutable evp_cipher_ctx_st* seal_ = nullptr;
  mutable evp_cipher_ctx_st* open_ = nullptr;
};

}  // namespace tincan::inline v0::crypto
