#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/bytes.h"
#include "crypto/multi_buffer.h"

namespace tincan::inline v0::crypto {

/// AES in counter mode and HMAC-SHA1 for packets (RFC 3711 §4.1.1, §4.2.1). Belongs to one direction of an SRTP
/// session. It calls no allocator after construction; the keys are wiped when it goes.
///
/// SHA-1 of one message is a chain that no CPU speeds up, but sixteen messages are hashed side by side: the burst
/// functions take packets of any sessions, each under its own key.
class PacketCtrHmac {
 public:
  static constexpr size_t kIvSize = 16;
  static constexpr size_t kMacSize = 20;
  /// What a burst takes at once: two turns of the sixteen lanes of AVX-512.
  static constexpr size_t kMaxBurst = 32;

  struct CryptJob {
    const PacketCtrHmac* cipher = nullptr;
    const uint8_t* iv = nullptr;  ///< kIvSize bytes
    MutableByteView text;
  };
  struct MacJob {
    const PacketCtrHmac* cipher = nullptr;
    ByteView message;
    uint8_t* out = nullptr;  ///< kMacSize bytes
  };

  /// Cipher key of 16 or 32 bytes, any MAC key. `engine` null: libcrypto.
  PacketCtrHmac(ByteView cipherKey, ByteView macKey, MultiBuffer* engine);
  PacketCtrHmac(PacketCtrHmac&&) noexcept;
  PacketCtrHmac& operator=(PacketCtrHmac&&) noexcept;
  ~PacketCtrHmac();

  /// Encrypts or decrypts in place with the key stream that starts at `iv` (its last two bytes are the block counter).
  void crypt(const uint8_t* iv, MutableByteView text) const;
  /// The 20 bytes of HMAC-SHA1 over `message` and `trailer` as if they were one.
  void mac(ByteView message, ByteView trailer, uint8_t* out) const;

  /// The same for at most kMaxBurst packets. All ciphers have keys of one size and were made with an engine, of which
  /// `engine` may be any: it lends the workspace.
  static void crypt(MultiBuffer& engine, std::span<const CryptJob> jobs);
  static void mac(MultiBuffer& engine, std::span<const MacJob> jobs);

 private:
  struct Keyed;
  std::unique_ptr<Keyed> keyed_;
};

/// The key stream of AES in counter mode alone, once: what SRTP derives its keys with (RFC 3711 §4.3.3).
void aesCounterStream(ByteView key, const uint8_t* iv, MutableByteView out);

}  // namespace tincan::inline v0::crypto
