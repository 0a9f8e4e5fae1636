#pragma once

#include <array>

#include "base/bytes.h"
#include "crypto/hash.h"

namespace tincan::inline v0::stun {

/// The key of MESSAGE-INTEGRITY-SHA256 (RFC 8489 §14.6), set up once for many messages.
class IntegrityKeySha256 {
 public:
  static constexpr size_t kSize = 32;

  explicit IntegrityKeySha256(ByteView key) : hmac_(crypto::HashAlgorithm::kSha256, key) {}

  /// The HMAC over a message up to the attribute at `end`, as if the header's length ended right behind it.
  std::array<uint8_t, kSize> sign(ByteView message, size_t end) const;

 private:
  crypto::Hmac hmac_;
};

}  // namespace tincan::inline v0::stun
