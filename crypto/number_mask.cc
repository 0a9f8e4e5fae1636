#include "crypto/number_mask.h"

#include <utility>

#include <openssl/evp.h>

namespace tincan::inline v0::crypto {
namespace {

const EVP_CIPHER* evp(AeadAlgorithm algorithm) {
  switch (algorithm) {
    case AeadAlgorithm::kAes128Gcm: return EVP_aes_128_ecb();
    case AeadAlgorithm::kAes256Gcm: return EVP_aes_256_ecb();
    case AeadAlgorithm::kChaCha20Poly1305: return EVP_chacha20();
  }
  return nullptr;
}

}  // namespace

// A key of the wrong size is none: mask fails.
NumberMask::NumberMask(AeadAlgorithm algorithm, ByteView key)
    : algorithm_(algorithm), key_(key.size() == keySize(algorithm) ? key : ByteView()) {}

NumberMask::NumberMask(NumberMask&& other) noexcept
    : algorithm_(other.algorithm_),
      key_(std::move(other.key_)),
      few_(other.few_),
      context_(std::exchange(other.context_, nullptr)) {}

NumberMask& NumberMask::operator=(NumberMask&& other) noexcept {
  std::swap(algorithm_, other.algorithm_);
  std::swap(key_, other.key_);
  std::swap(few_, other.few_);
  std::swap(context_, other.context_);
  return *this;
}

NumberMask::~NumberMask() {
  rest();
}

void NumberMask::rest() const {
  few_ = 0;
  dropContext();
}

void NumberMask::dropContext() const {
  EVP_CIPHER_CTX_free(std::exchange(context_, nullptr));
}

bool NumberMask::mask(ByteView sample, std::array<uint8_t, 2>& out) const {
  if (sample.size() != kSampleSize || key_.size() == 0) return false;
  if (context_ == nullptr) {
    context_ = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(context_, evp(algorithm_), nullptr, key_.view().data(), nullptr);
    EVP_CIPHER_CTX_set_padding(context_, 0);
  }
  uint8_t block[kSampleSize] = {};
  int written = 0;
  if (algorithm_ == AeadAlgorithm::kChaCha20Poly1305) {
    // OpenSSL's 16-byte IV is the counter (little endian, 4 bytes), then the nonce (12): the sample's own order.
    if (EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, sample.data()) != 1 ||
        EVP_EncryptUpdate(context_, block, &written, block, 2) != 1) {
      return false;
    }
  } else if (EVP_EncryptUpdate(context_, block, &written, sample.data(), kSampleSize) != 1) {
    return false;
  }
  out = {block[0], block[1]};
  if (few_ < Aead::kFew) {
    ++few_;
    dropContext();
  }
  return true;
}

}  // namespace tincan::inline v0::crypto
