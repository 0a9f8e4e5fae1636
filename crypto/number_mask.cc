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

NumberMask::NumberMask(AeadAlgorithm algorithm, ByteView key)
    : chaCha_(algorithm == AeadAlgorithm::kChaCha20Poly1305), context_(EVP_CIPHER_CTX_new()) {
  if (key.size() != keySize(algorithm)) return;  // stays keyless: mask fails
  EVP_EncryptInit_ex(context_, evp(algorithm), nullptr, key.data(), nullptr);
  EVP_CIPHER_CTX_set_padding(context_, 0);
}

NumberMask::NumberMask(NumberMask&& other) noexcept
    : chaCha_(other.chaCha_), context_(std::exchange(other.context_, nullptr)) {}

NumberMask& NumberMask::operator=(NumberMask&& other) noexcept {
  std::swap(chaCha_, other.chaCha_);
  std::swap(context_, other.context_);
  return *this;
}

NumberMask::~NumberMask() {
  EVP_CIPHER_CTX_free(context_);
}

bool NumberMask::mask(ByteView sample, std::array<uint8_t, 2>& out) const {
  if (sample.size() != kSampleSize) return false;
  uint8_t block[kSampleSize] = {};
  int written = 0;
  if (chaCha_) {
    // OpenSSL's 16-byte IV is the counter (little endian, 4 bytes), then the nonce (12): the sample's own order.
    if (EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, sample.data()) != 1 ||
        EVP_EncryptUpdate(context_, block, &written, block, 2) != 1) {
      return false;
    }
  } else if (EVP_EncryptUpdate(context_, block, &written, sample.data(), kSampleSize) != 1) {
    return false;
  }
  out = {block[0], block[1]};
  return true;
}

}  // namespace tincan::inline v0::crypto
