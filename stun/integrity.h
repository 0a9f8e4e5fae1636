#pragma once

#include <array>
#include <string_view>

#include "base/bytes.h"
#include "crypto/hmac_sha1.h"

namespace tincan::inline v0::stun {

/// The key of MESSAGE-INTEGRITY (RFC 8489 §14.5), set up once for many messages.
class IntegrityKey {
 public:
  static constexpr size_t kSize = crypto::HmacSha1::kSize;

  /// RFC 8489 §9.1.1: the password itself (OpaqueString leaves ice-chars as they are).
  static IntegrityKey shortTerm(std::string_view password) { return IntegrityKey(asBytes(password)); }
  /// RFC 8489 §9.2.2: MD5(username ":" realm ":" password). The caller has prepared the strings (RFC 8265).
  static IntegrityKey longTerm(std::string_view username, std::string_view realm, std::string_view password);

  /// The HMAC over a message up to the attribute at `end`, as if the header's length ended right behind it.
  std::array<uint8_t, kSize> sign(ByteView message, size_t end) const;

 private:
  explicit IntegrityKey(ByteView key) : hmac_(key) {}
  crypto::HmacSha1 hmac_;
};

}  // namespace tincan::inline v0::stun
