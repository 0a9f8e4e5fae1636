#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "crypto/multi_buffer.h"

namespace tincan::crypto {

/// AES in counter mode and HMAC-SHA1 for packets (RFC 3711 §4.1.1, §4.2.1). Belongs to one direction of an SRTP
/// session. It calls no allocator after construction; the keys are wiped when it goes.
class PacketCtrHmac {
 public:
  static constexpr size_t kIvSize = 16;
  static constexpr size_t kMacSize = 20;

  /// Cipher key of 16 or 32 bytes, any MAC key. `engine` null: libcrypto.
  PacketCtrHmac(ByteView cipherKey, ByteView macKey, MultiBuffer* engine);
  PacketCtrHmac(PacketCtrHmac&&) noexcept;
  PacketCtrHmac& operator=(PacketCtrHmac&&) noexcept;
  ~PacketCtrHmac();

  /// Encrypts or decrypts in place with the key stream that starts at `iv` (its last two bytes are the block counter).
  void crypt(const uint8_t* iv, MutableByteView text) const;
  /// The 20 bytes of HMAC-SHA1 over `message` and `trailer` as if they were one.
  void mac(ByteView message, ByteView trailer, uint8_t* out) const;

 private:
  struct Keyed;
  std::unique_ptr<Keyed> keyed_;
};

/// The key stream of AES in counter mode alone, once: what SRTP derives its keys with (RFC 3711 §4.3.3).
void aesCounterStream(ByteView key, const uint8_t* iv, MutableByteView out);

}  // namespace tincan::crypto
