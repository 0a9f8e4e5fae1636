#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/multi_buffer.h"

namespace tincan::inline v0::crypto {

/// AES-GCM for packets, in place, under one key of 16 or 32 bytes (RFC 7714). Belongs to one direction of an SRTP
/// session. It calls no allocator after construction; the key is wiped when it goes.
class PacketGcm {
 public:
  static constexpr size_t kNonceSize = 12;
  static constexpr size_t kTagSize = 16;

  /// `engine` null: libcrypto. A key of another size makes a cipher that fails.
  PacketGcm(ByteView key, MultiBuffer* engine);
  PacketGcm(PacketGcm&&) noexcept;
  PacketGcm& operator=(PacketGcm&&) noexcept;
  ~PacketGcm();

  /// Encrypts `text` in place and writes 16 bytes of `tag`.
  bool seal(const uint8_t* nonce, ByteView aad, MutableByteView text, uint8_t* tag) const;
  /// Decrypts `text` in place. When the tag does not match, `text` is as it was and the answer is false.
  bool open(const uint8_t* nonce, ByteView aad, MutableByteView text, const uint8_t* tag) const;

 private:
  struct Keyed;
  std::unique_ptr<Keyed> keyed_;
};

}  // namespace tincan::inline v0::crypto
