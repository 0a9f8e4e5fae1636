#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/aead.h"
#include "crypto/secret.h"

namespace tincan::inline v0::crypto {

/// The mask that hides DTLS 1.3 record numbers (RFC 9147 §4.2.3): one AES block of the ciphertext's first 16 bytes
/// under its own key, or ChaCha20 keyed by them.
class NumberMask {
 public:
  static constexpr size_t kSampleSize = 16;

  NumberMask(AeadAlgorithm algorithm, ByteView key);
  NumberMask(NumberMask&& other) noexcept;
  NumberMask& operator=(NumberMask&& other) noexcept;
  ~NumberMask();

  /// Gives libcrypto's context back, which is made when it is needed, and from Aead::kFew masks on kept; the key stays.
  void rest() const;
  /// The first two bytes of the mask; false when the sample is not 16 bytes.
  bool mask(ByteView sample, std::array<uint8_t, 2>& out) const;

 private:
  void dropContext() const;

  AeadAlgorithm algorithm_;
  SecretBytes key_;
  mutable unsigned few_ = 0;
  mutable evp_cipher_ctx_st* context_ = nullptr;
};

}  // namespace tincan::inline v0::crypto
