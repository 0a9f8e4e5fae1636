#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace tincan::inline v0::crypto {

/// HMAC-SHA1 (RFC 2104) for short messages under one key: the two key blocks are hashed once, and a MAC then costs its
/// own blocks and nothing else. No allocation; about a third of what `Hmac` costs for a 100-byte message.
class HmacSha1 {
 public:
  static constexpr size_t kSize = 20;

  explicit HmacSha1(ByteView key);
  HmacSha1(const HmacSha1&) = default;
  HmacSha1& operator=(const HmacSha1&) = default;
  ~HmacSha1();

  /// The MAC over the two pieces as if they were one message.
  std::array<uint8_t, kSize> sign(ByteView first, ByteView second = {}) const;

  /// SHA-1's states behind the two key blocks, five words in the machine's order: what multi-buffer code starts from.
  const uint8_t* innerState() const { return bytesOf(inner_); }
  const uint8_t* outerState() const { return bytesOf(outer_); }

 private:
  static const uint8_t* bytesOf(const std::array<uint32_t, 5>& state) {
    return static_cast<const uint8_t*>(static_cast<const void*>(state.data()));
  }

  std::array<uint32_t, 5> inner_;  ///< SHA-1's state after key ^ ipad
  std::array<uint32_t, 5> outer_;  ///< … and after key ^ opad
};

}  // namespace tincan::inline v0::crypto
