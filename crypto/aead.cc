#include "crypto/aead.h"

#include <utility>

#include <openssl/evp.h>

namespace tincan::inline v0::crypto {
namespace {

const EVP_CIPHER* evp(AeadAlgorithm algorithm) {
  switch (algorithm) {
    case AeadAlgorithm::kAes128Gcm: return EVP_aes_128_gcm();
    case AeadAlgorithm::kAes256Gcm: return EVP_aes_256_gcm();
    case AeadAlgorithm::kChaCha20Poly1305: return EVP_chacha20_poly1305();
  }
  return nullptr;
}

int size(ByteView view) {
  return static_cast<int>(view.size());
}

}  // namespace

size_t keySize(AeadAlgorithm algorithm) {
  return algorithm == AeadAlgorithm::kAes128Gcm ? 16 : 32;
}

// A key of the wrong size is none: seal and open fail.
Aead::Aead(AeadAlgorithm algorithm, ByteView key)
    : algorithm_(algorithm), key_(key.size() == keySize(algorithm) ? key : ByteView()) {}

Aead::Aead(Aead&& other) noexcept
    : algorithm_(other.algorithm_),
      key_(std::move(other.key_)),
      seal_(std::exchange(other.seal_, nullptr)),
      open_(std::exchange(other.open_, nullptr)) {}

Aead& Aead::operator=(Aead&& other) noexcept {
  std::swap(algorithm_, other.algorithm_);
  std::swap(key_, other.key_);
  std::swap(seal_, other.seal_);
  std::swap(open_, other.open_);
  return *this;
}

Aead::~Aead() {
  rest();
}

void Aead::rest() const {
  EVP_CIPHER_CTX_free(std::exchange(seal_, nullptr));
  EVP_CIPHER_CTX_free(std::exchange(open_, nullptr));
}

bool Aead::seal(ByteView nonce, ByteView aad, MutableByteView text, MutableByteView tag) const {
  if (seal_ == nullptr) {
    if (key_.size() == 0) return false;
    seal_ = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(seal_, evp(algorithm_), nullptr, key_.view().data(), nullptr);
  }
  int written = 0;
  return nonce.size() == kAeadNonceSize && tag.size() == kAeadTagSize &&
         EVP_EncryptInit_ex(seal_, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
         (aad.empty() || EVP_EncryptUpdate(seal_, nullptr, &written, aad.data(), size(aad)) == 1) &&
         (text.empty() || EVP_EncryptUpdate(seal_, text.data(), &written, text.data(), size(text)) == 1) &&
         EVP_EncryptFinal_ex(seal_, text.data() + text.size(), &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(seal_, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag.data()) == 1;
}

bool Aead::open(ByteView nonce, ByteView aad, MutableByteView text, ByteView tag) const {
  if (open_ == nullptr) {
    if (key_.size() == 0) return false;
    open_ = EVP_CIPHER_CTX_new();
    EVP_DecryptInit_ex(open_, evp(algorithm_), nullptr, key_.view().data(), nullptr);
  }
  int written = 0;
  // OpenSSL takes the tag as mutable but only reads it.
  return nonce.size() == kAeadNonceSize && tag.size() == kAeadTagSize &&
         EVP_DecryptInit_ex(open_, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
         (aad.empty() || EVP_DecryptUpdate(open_, nullptr, &written, aad.data(), size(aad)) == 1) &&
         (text.empty() || EVP_DecryptUpdate(open_, text.data(), &written, text.data(), size(text)) == 1) &&
         EVP_CIPHER_CTX_ctrl(open_, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, const_cast<uint8_t*>(tag.data())) == 1 &&
         EVP_DecryptFinal_ex(open_, text.data() + text.size(), &written) == 1;
}

}  // namespace tincan::inline v0::crypto
