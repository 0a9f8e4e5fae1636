#include "crypto/aead.h"

#include <utility>

#include <openssl/evp.h>

#include "crypto/packet_gcm.h"

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
Aead::Aead(AeadAlgorithm algorithm, ByteView key, MultiBuffer* engine)
    : algorithm_(algorithm),
      key_(key.size() == keySize(algorithm) ? key : ByteView()),
      engine_(algorithm == AeadAlgorithm::kChaCha20Poly1305 ? nullptr : engine) {}

Aead::Aead(Aead&& other) noexcept
    : algorithm_(other.algorithm_),
      key_(std::move(other.key_)),
      engine_(other.engine_),
      few_(other.few_),
      bulk_(std::move(other.bulk_)),
      seal_(std::exchange(other.seal_, nullptr)),
      open_(std::exchange(other.open_, nullptr)) {}

Aead& Aead::operator=(Aead&& other) noexcept {
  std::swap(algorithm_, other.algorithm_);
  std::swap(key_, other.key_);
  std::swap(engine_, other.engine_);
  std::swap(few_, other.few_);
  std::swap(bulk_, other.bulk_);
  std::swap(seal_, other.seal_);
  std::swap(open_, other.open_);
  return *this;
}

Aead::~Aead() {
  rest();
}

void Aead::rest() const {
  few_ = 0;
  bulk_.reset();
  dropContexts();
}

void Aead::dropContexts() const {
  EVP_CIPHER_CTX_free(std::exchange(seal_, nullptr));
  EVP_CIPHER_CTX_free(std::exchange(open_, nullptr));
}

bool Aead::isBulk() const {
  if (bulk_) return true;
  if (few_ < kFew) return ++few_, false;
  if (engine_ == nullptr || key_.size() == 0) return false;
  dropContexts();
  bulk_ = std::make_unique<PacketGcm>(key_.view(), engine_);
  return true;
}

bool Aead::seal(ByteView nonce, ByteView aad, MutableByteView text, MutableByteView tag) const {
  if (nonce.size() != kAeadNonceSize || tag.size() != kAeadTagSize) return false;
  if (isBulk()) return bulk_->seal(nonce.data(), aad, text, tag.data());
  if (seal_ == nullptr) {
    if (key_.size() == 0) return false;
    seal_ = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(seal_, evp(algorithm_), nullptr, key_.view().data(), nullptr);
  }
  int written = 0;
  const bool sealed = EVP_EncryptInit_ex(seal_, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
                      (aad.empty() || EVP_EncryptUpdate(seal_, nullptr, &written, aad.data(), size(aad)) == 1) &&
                      (text.empty() || EVP_EncryptUpdate(seal_, text.data(), &written, text.data(), size(text)) == 1) &&
                      EVP_EncryptFinal_ex(seal_, text.data() + text.size(), &written) == 1 &&
                      EVP_CIPHER_CTX_ctrl(seal_, EVP_CTRL_AEAD_GET_TAG, kAeadTagSize, tag.data()) == 1;
  if (few_ < kFew) dropContexts();
  return sealed;
}

bool Aead::open(ByteView nonce, ByteView aad, MutableByteView text, ByteView tag) const {
  if (nonce.size() != kAeadNonceSize || tag.size() != kAeadTagSize) return false;
  if (isBulk()) return bulk_->open(nonce.data(), aad, text, tag.data());
  if (open_ == nullptr) {
    if (key_.size() == 0) return false;
    open_ = EVP_CIPHER_CTX_new();
    EVP_DecryptInit_ex(open_, evp(algorithm_), nullptr, key_.view().data(), nullptr);
  }
  int written = 0;
  // OpenSSL takes the tag as mutable but only reads it.
  const bool opened =
      EVP_DecryptInit_ex(open_, nullptr, nullptr, nullptr, nonce.data()) == 1 &&
      (aad.empty() || EVP_DecryptUpdate(open_, nullptr, &written, aad.data(), size(aad)) == 1) &&
      (text.empty() || EVP_DecryptUpdate(open_, text.data(), &written, text.data(), size(text)) == 1) &&
      EVP_CIPHER_CTX_ctrl(open_, EVP_CTRL_AEAD_SET_TAG, kAeadTagSize, const_cast<uint8_t*>(tag.data())) == 1 &&
      EVP_DecryptFinal_ex(open_, text.data() + text.size(), &written) == 1;
  if (few_ < kFew) dropContexts();
  return opened;
}

}  // namespace tincan::inline v0::crypto
